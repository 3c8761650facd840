-- Which providers reported, under which name and region, month by month.
with newest as (
    select tidy.*
    from rtt.tidy as tidy
    join rtt.file as file using (sha256)
    qualify file.vintage = max(file.vintage) over (partition by tidy.month)
)

select organisation, month, max(organisation_name) as name, max(region) as region, false as has_type_1
from newest
group by organisation, month
