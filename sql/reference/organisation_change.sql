-- What happened to an organisation that makes a step in its charts without any change of care.
with
named as (
    select distinct organisation, name, month, lag(name) over (partition by organisation order by month) as earlier_name
    from reference.organisation_month
),

newest_name as (
    select organisation, arg_max(name, month) as name from reference.organisation_month group by organisation
),

merged as (
    select
        successor.successor as organisation,
        successor.month,
        'merger' as kind,
        string_agg(successor.organisation, ' ' order by successor.organisation) as partner,
        'merger: patients of ' || string_agg(successor.name, ' and ' order by successor.organisation) || ' come in' as description,
        min(successor.source) as source
    from reference.organisation_successor as successor
    semi join newest_name on newest_name.organisation = successor.successor
    semi join newest_name on newest_name.organisation = successor.organisation
    group by all
),

ended as (
    select
        successor.organisation,
        successor.month,
        'ended' as kind,
        string_agg(successor.successor, ' ' order by successor.successor) as partner,
        'went over to ' || string_agg(successor.successor_name, ' and ' order by successor.successor) as description,
        min(successor.source) as source
    from reference.organisation_successor as successor
    semi join newest_name on newest_name.organisation = successor.organisation
    group by all
),

renamed as (
    select
        organisation,
        month,
        'renamed' as kind,
        null as partner,
        'renamed; until then ' || earlier_name as description,
        'the published files' as source
    from named
    where regexp_replace(lower(earlier_name), '[^a-z0-9]', '', 'g') <> regexp_replace(lower(name), '[^a-z0-9]', '', 'g')
)

select * from merged
union all by name select * from ended
union all by name select * from renamed
