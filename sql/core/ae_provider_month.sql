-- The newest release of each month.
select * exclude (vintage)
from core.ae_provider_month_vintage
qualify vintage = max(vintage) over (partition by month)
