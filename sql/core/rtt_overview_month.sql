-- England as the newest overview time series workbook prints it, month by month.
with newest_workbook as (
    select control.sha256, any_value(control.published) as published, max(series.month) as last_month
    from rtt.control as control
    join rtt.series as series using (sha256)
    group by control.sha256
    order by last_month desc, published desc nulls last, max(control.first_seen) desc, control.sha256
    limit 1
)

select
    series.* exclude (sha256, link_month, name_month),
    newest_workbook.published,
    series.month = newest_workbook.last_month as is_last_month,
    series.sha256 as file
from rtt.series as series
join newest_workbook using (sha256)
