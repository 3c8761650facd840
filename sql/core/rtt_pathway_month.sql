-- The newest release of each month.
select released.* exclude (vintage)
from core.rtt_pathway_month_vintage as released
semi join (select month, max(vintage) as vintage from rtt.file group by month) as newest
    on newest.month = released.month and newest.vintage = released.vintage
