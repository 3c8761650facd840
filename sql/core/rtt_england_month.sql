-- England month by month: the publisher's own figures, and how much of the list the extract of the month holds of them.
with
overview as (
    select
        *,
        -- releases before 2026 print no removals: the same sum of the same figures
        coalesce(
            unreported_removals,
            case
                when lag(month) over (order by month) = month - interval 1 month
                    then lag(waiting) over (order by month) + new_periods - admitted - not_admitted - waiting
            end
        ) as removals_not_reported
    from core.rtt_overview_month
),

extract_total as (
    select
        month,
        max(release) as release,
        sum(pathways) filter (where part = 'Part_2') as waiting,
        sum(pathways) filter (where part = 'Part_1A') as admitted,
        sum(pathways) filter (where part = 'Part_1B') as not_admitted,
        sum(pathways) filter (where part = 'Part_3') as new_periods,
        count(distinct part) filter (where part in ('Part_1A', 'Part_1B', 'Part_2', 'Part_3')) = 4 as has_all_parts
    from core.rtt_pathway_month
    group by month
),

extract_band as (
    select month, band, sum(pathways) as pathways
    from core.rtt_wait_band
    where part = 'Part_2'
    group by month, band
),

extract_running as (
    select
        *,
        sum(pathways) over (partition by month order by band) as reached,
        sum(pathways) over (partition by month) as waiting
    from extract_band
),

extract_wait as (
    select
        month,
        sum(pathways) filter (where band < 18) as within_18_weeks,
        coalesce(sum(pathways) filter (where band >= 18), 0) as over_18_weeks,
        coalesce(sum(pathways) filter (where band >= 52), 0) as over_52_weeks,
        coalesce(sum(pathways) filter (where band >= 65), 0) as over_65_weeks,
        coalesce(sum(pathways) filter (where band >= 78), 0) as over_78_weeks,
        coalesce(sum(pathways) filter (where band >= 104), 0) as over_104_weeks,
        arg_min(case when band = 104 then 104 else band + (0.5 * waiting - reached + pathways) / pathways end, band)
            filter (where reached >= 0.5 * waiting) as median_weeks,
        arg_min(case when band = 104 then 104 else band + (0.92 * waiting - reached + pathways) / pathways end, band)
            filter (where reached >= 0.92 * waiting) as p92_weeks
    from extract_running
    group by month
),

extract_england as (
    select extract_total.*, extract_wait.* exclude (month)
    from extract_total
    left join extract_wait on extract_wait.month = extract_total.month
),

compared as (
    select
        coalesce(overview.month, extract_england.month) as month,
        1 - extract_england.waiting / nullif(overview.waiting, 0) as share_missing,
        -- a file of all organisations may differ by what was revised since; without a figure to compare, by its parts
        case
            when extract_england.month is not null
                then coalesce(abs(1 - extract_england.waiting / nullif(overview.waiting, 0)) <= 0.005, extract_england.has_all_parts)
        end as is_whole,
        case
            when overview.month is not null and extract_england.month is not null then concat_ws(
                ', ',
                case when overview.waiting <> extract_england.waiting then 'waiting' end,
                case when overview.waiting_within_18_weeks <> extract_england.within_18_weeks then 'within_18_weeks' end,
                case when overview.waiting_over_18_weeks <> extract_england.over_18_weeks then 'over_18_weeks' end,
                case when overview.waiting_over_52_weeks <> extract_england.over_52_weeks then 'over_52_weeks' end,
                case when overview.waiting_over_65_weeks <> extract_england.over_65_weeks then 'over_65_weeks' end,
                case when overview.waiting_over_78_weeks <> extract_england.over_78_weeks then 'over_78_weeks' end,
                case when overview.waiting_over_104_weeks <> extract_england.over_104_weeks then 'over_104_weeks' end,
                case when abs(overview.waiting_median_weeks - extract_england.median_weeks) > 1e-6 then 'median_weeks' end,
                case when abs(overview.waiting_p92_weeks - extract_england.p92_weeks) > 1e-6 then 'p92_weeks' end,
                case when overview.admitted is distinct from extract_england.admitted then 'admitted' end,
                case when overview.not_admitted is distinct from extract_england.not_admitted then 'not_admitted' end,
                case when overview.new_periods is distinct from extract_england.new_periods then 'new_periods' end
            )
        end as differs
    from overview
    full join extract_england on extract_england.month = overview.month
)

select
    'ENG' as organisation,
    compared.month,
    case when overview.month is not null then 'overview' when compared.is_whole then 'extract' end as taken_from,
    case when overview.month is not null then overview.waiting when compared.is_whole then extract_england.waiting end as waiting,
    case when overview.month is not null then overview.waiting_within_18_weeks when compared.is_whole then extract_england.within_18_weeks end
        as within_18_weeks,
    case when overview.month is not null then overview.waiting_over_18_weeks when compared.is_whole then extract_england.over_18_weeks end
        as over_18_weeks,
    case when overview.month is not null then overview.waiting_over_52_weeks when compared.is_whole then extract_england.over_52_weeks end
        as over_52_weeks,
    case when overview.month is not null then overview.waiting_over_65_weeks when compared.is_whole then extract_england.over_65_weeks end
        as over_65_weeks,
    case when overview.month is not null then overview.waiting_over_78_weeks when compared.is_whole then extract_england.over_78_weeks end
        as over_78_weeks,
    case when overview.month is not null then overview.waiting_over_104_weeks when compared.is_whole then extract_england.over_104_weeks end
        as over_104_weeks,
    case when overview.month is not null then overview.waiting_median_weeks when compared.is_whole then extract_england.median_weeks end
        as median_weeks,
    case when overview.month is not null then overview.waiting_p92_weeks when compared.is_whole then extract_england.p92_weeks end as p92_weeks,
    case when overview.month is not null then overview.admitted when compared.is_whole then extract_england.admitted end as admitted,
    case when overview.month is not null then overview.not_admitted when compared.is_whole then extract_england.not_admitted end as not_admitted,
    case when overview.month is not null then overview.new_periods when compared.is_whole then extract_england.new_periods end as new_periods,
    overview.removals_not_reported as unreported_removals,
    extract_england.waiting as extract_waiting,
    compared.share_missing,
    compared.is_whole,
    compared.differs,
    coalesce(extract_england.release, case when overview.is_last_month then 'first' else 'revised' end) as release,
    overview.file as overview_file
from compared
left join overview on overview.month = compared.month
left join extract_england on extract_england.month = compared.month
