-- Each month as it was first published; months whose first release is not in the archive are absent.
select * exclude (vintage)
from core.ae_admission_month_vintage
where release = 'first'
qualify vintage = min(vintage) over (partition by month)
