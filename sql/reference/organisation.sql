-- One row an organisation, region and England: newest name and region, first and last month seen in any dataset.
with
provider as (
    select
        organisation,
        'provider' as level,
        arg_max(name, month) as name,
        arg_max(region, month) as region,
        min(month) as first_seen,
        max(month) as last_seen,
        bool_or(has_type_1) as has_type_1
    from reference.organisation_month
    group by organisation
),

region as (
    select
        region as organisation,
        'region' as level,
        name,
        region,
        (select min(month) from reference.organisation_month) as first_seen,
        (select max(month) from reference.organisation_month) as last_seen,
        true as has_type_1
    from reference.region
),

england as (
    select
        'ENG' as organisation,
        'england' as level,
        'England' as name,
        null as region,
        min(month) as first_seen,
        max(month) as last_seen,
        true as has_type_1
    from reference.organisation_month
),

successor as (
    select organisation, string_agg(distinct successor, ' ' order by successor) as successor
    from reference.organisation_successor
    group by organisation
)

select
    every.organisation,
    every.level,
    every.name,
    every.region,
    region_name.name as region_name,
    every.first_seen,
    every.last_seen,
    successor.successor,
    every.has_type_1
from (
    select * from provider
    union all by name select * from region
    union all by name select * from england
) as every
left join successor using (organisation)
left join reference.region as region_name on region_name.region = every.region
