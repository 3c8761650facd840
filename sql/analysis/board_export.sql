with
    place as (
        select level, organisation, any_value(name) as name
        from reference.organisation
        group by level, organisation
    )
select
    concat(definition.name, ', ', coalesce(place.name, point.organisation), ' (', point.organisation, ')') as facet,
    measure,
    level,
    organisation,
    point.month as date,
    point.numerator,
    point.denominator,
    point.value,
    point.target,
    case definition.better when 'up' then 'increase' when 'down' then 'decrease' else 'neutral' end as direction,
    case definition.chart when 'xmr' then 'i' when 'ip' then 'i' else definition.chart end as chart,
    definition.scale as multiplier,
    point.phase,
    point.phase > lag(point.phase, 1, point.phase) over series as rebase,
    point.in_window
from analysis.spc_point as point
join measure.definition as definition using (measure)
left join place using (level, organisation)
window series as (partition by measure, level, organisation order by point.month)
