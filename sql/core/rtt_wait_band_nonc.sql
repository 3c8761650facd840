-- Pathways of patients for whom no English commissioner is responsible, by week waited: the newest release of each month.
with
newest as (
    select tidy.*, file.release, file.published
    from rtt.tidy as tidy
    join rtt.file as file using (sha256)
    qualify file.vintage = max(file.vintage) over (partition by tidy.month)
),

published_band as (
    select * exclude (pathways), unnest(bands) as pathways, generate_subscripts(bands, 1) - 1 as band
    from newest
    where is_nonc and not is_total
)

select
    organisation,
    month,
    part,
    treatment_function,
    band::integer as band,
    pathways::double as pathways,
    region,
    release,
    published,
    sha256 as file
from published_band
where pathways > 0
