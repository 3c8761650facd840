-- The newest release of each month.
select released.* exclude (vintage)
from core.rtt_wait_band_vintage as released
semi join (select month, max(vintage) as vintage from core.rtt_wait_band_vintage group by month) as kept
    on kept.month = released.month and kept.vintage = released.vintage
