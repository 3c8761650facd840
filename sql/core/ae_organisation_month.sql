-- Which organisations reported, under which name and region, month by month.
with newest as (
    select tidy.*
    from ae.tidy as tidy
    join ae.file as file using (sha256)
    where not tidy.is_total
    qualify file.vintage = max(file.vintage) over (partition by tidy.month)
)

select
    organisation,
    month,
    organisation_name as name,
    region,
    attendances_type_1 + coalesce(booked_attendances_type_1, 0) > 0 as has_type_1
from newest
