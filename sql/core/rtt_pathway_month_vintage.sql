-- Pathways in all, every published release of every month; commissioners are summed, those of NONC in a column of their own.
select
    tidy.organisation,
    tidy.month,
    tidy.part,
    tidy.treatment_function,
    coalesce(sum(tidy.pathways) filter (where not tidy.is_nonc), 0)::double as pathways,
    sum(tidy.unknown_clock_start) filter (where not tidy.is_nonc and tidy.part in ('Part_1A', 'Part_1B'))::double as unknown_clock_start,
    coalesce(sum(tidy.pathways) filter (where tidy.is_nonc), 0)::double as nonc_pathways,
    max(tidy.region) as region,
    file.vintage,
    file.release,
    file.published,
    file.sha256 as file
from rtt.tidy as tidy
join rtt.file as file using (sha256)
where not tidy.is_total
group by tidy.organisation, tidy.month, tidy.part, tidy.treatment_function, file.vintage, file.release, file.published, file.sha256
