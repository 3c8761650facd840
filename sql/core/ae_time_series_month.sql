-- The newest national time series workbook, month by month, held against England as the CSV files stood on its day.
with
newest as (
    select series.*, coalesce(series.published, control.published) as released
    from ae.series as series
    join ae.control as control using (sha256)
    qualify dense_rank() over (order by released desc, control.first_seen desc, sha256) = 1
),

standing as (
    select newest.month, max(csv.vintage) as vintage
    from newest
    join ae.file as csv on csv.month = newest.month and csv.published <= newest.released
    group by newest.month
),

england as (
    select
        standing.month,
        standing.vintage as csv_vintage,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_1' and organisation = 'ENG') as attendances_type_1,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_2' and organisation = 'ENG') as attendances_type_2,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'other' and organisation = 'ENG') as attendances_other,
        sum(over_4h + coalesce(booked_over_4h, 0)) filter (where organisation = 'ENG') as over_4h_all,
        1 - sum(over_4h + coalesce(booked_over_4h, 0)) filter (where organisation <> 'ENG')
            / sum(attendances + coalesce(booked_attendances, 0)) filter (where organisation <> 'ENG' and over_4h is not null) as csv_percentage_all
    from standing
    join core.ae_provider_month_vintage using (month, vintage)
    group by standing.month, standing.vintage
),

csv as (
    select
        england.*,
        admission.dta_4_to_12h + admission.dta_12h as dta_over_4h,
        admission.dta_12h,
        admission.emergency_admissions_type_1 + admission.emergency_admissions_type_2 + admission.emergency_admissions_other
            as emergency_admissions_via_ae,
        admission.other_emergency_admissions
    from england
    join core.ae_admission_month_vintage as admission
        on admission.month = england.month and admission.vintage = england.csv_vintage and admission.organisation = 'ENG'
)

select
    newest.month,
    newest.released as published,
    newest.attendances_type_1,
    newest.attendances_type_2,
    newest.attendances_other,
    newest.over_4h_all,
    newest.dta_over_4h,
    newest.dta_12h,
    newest.emergency_admissions_via_ae,
    newest.other_emergency_admissions,
    newest.percentage_all,
    newest.percentage_type_1,
    newest.sha256 as file,
    csv.csv_vintage,
    csv.csv_percentage_all,
    case
        when csv.csv_vintage is not null then concat_ws(
            ', ',
            case when newest.attendances_type_1 <> csv.attendances_type_1 then 'attendances_type_1' end,
            case when newest.attendances_type_2 <> csv.attendances_type_2 then 'attendances_type_2' end,
            case when newest.attendances_other <> csv.attendances_other then 'attendances_other' end,
            case when newest.over_4h_all <> csv.over_4h_all then 'over_4h_all' end,
            case when newest.dta_over_4h <> csv.dta_over_4h then 'dta_over_4h' end,
            case when newest.dta_12h <> csv.dta_12h then 'dta_12h' end,
            case when newest.emergency_admissions_via_ae <> csv.emergency_admissions_via_ae then 'emergency_admissions_via_ae' end,
            case when newest.other_emergency_admissions <> csv.other_emergency_admissions then 'other_emergency_admissions' end,
            case when abs(newest.percentage_all - csv.csv_percentage_all) > 1e-9 then 'percentage_all' end
        )
    end as differs
from newest
left join csv using (month)
