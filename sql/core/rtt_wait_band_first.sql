-- Each month as it was first published; months whose first release is not in the archive are absent.
select released.* exclude (vintage)
from core.rtt_wait_band_vintage as released
semi join (select month, min(vintage) as vintage from rtt.file where release = 'first' group by month) as earliest
    on earliest.month = released.month and earliest.vintage = released.vintage
