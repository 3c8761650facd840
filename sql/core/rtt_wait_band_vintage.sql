-- Pathways by week waited, every published release of every month; commissioners are summed, those of NONC and zero bands left out.
with published_band as (
    select
        tidy.sha256,
        tidy.organisation,
        tidy.month,
        tidy.part,
        tidy.treatment_function,
        tidy.region,
        unnest(tidy.bands) as pathways,
        generate_subscripts(tidy.bands, 1) - 1 as band
    from rtt.tidy as tidy
    where not tidy.is_total and not tidy.is_nonc
)

select
    published_band.organisation,
    published_band.month,
    published_band.part,
    published_band.treatment_function,
    published_band.band::integer as band,
    published_band.pathways::double as pathways,
    published_band.region,
    file.vintage,
    file.release,
    file.published,
    published_band.sha256 as file
from published_band
join rtt.file as file using (sha256)
where published_band.pathways > 0
