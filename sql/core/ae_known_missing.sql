-- How far the known upstream errors still hold: once figures appear in their months, the entry has to go.
with newest as (
    select
        tidy.organisation,
        tidy.month,
        tidy.over_4h_type_1 + tidy.over_4h_type_2 + tidy.over_4h_other
        + coalesce(tidy.booked_over_4h_type_1 + tidy.booked_over_4h_type_2 + tidy.booked_over_4h_other, 0) as over_4h
    from ae.tidy as tidy
    join ae.file as file using (sha256)
    where not tidy.is_total
    qualify file.vintage = max(file.vintage) over (partition by tidy.month)
)

select
    missing.organisation,
    missing.month_from,
    missing.month_to,
    count(*) filter (where newest.over_4h = 0) as months_set_missing,
    count(*) filter (where newest.over_4h > 0) as months_with_figures
from reference.known_missing as missing
left join newest on newest.organisation = missing.organisation and newest.month between missing.month_from and missing.month_to
where missing.dataset = 'ae'
group by missing.organisation, missing.month_from, missing.month_to
