-- Each month as it was first published; months whose first release is not in the archive are absent.
select released.* exclude (vintage)
from core.rtt_wait_band_vintage as released
semi join (select month, min(vintage) as vintage from core.rtt_wait_band_vintage where release = 'first' group by month) as kept
    on kept.month = released.month and kept.vintage = released.vintage
