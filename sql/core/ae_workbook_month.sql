-- What the publisher's workbook prints for each organisation and England, held against the CSV of the same release.
with
-- a workbook that says it is revised is, whatever the words of its link
workbook_file as (
    select
        control.sha256,
        control.month,
        case when said.revised_on is null then control.release else 'revised' end as release,
        coalesce(said.revised_on, control.published) as published
    from ae.control as control
    left join (select sha256, max(revised_on) as revised_on from ae.workbook group by sha256) as said on said.sha256 = control.sha256
    where control.role = 'workbook'
),

-- the CSV that came out with the workbook: of the same release, its day within a fortnight; where a day is not known, the only one of that release
same_release as (
    select
        workbook.sha256,
        csv.month,
        csv.vintage as csv_vintage
    from workbook_file as workbook
    join (select distinct sha256, month from ae.workbook) as inside using (sha256)
    join ae.file as csv on csv.month = inside.month and csv.release = workbook.release
    qualify coalesce(abs(date_diff('day', csv.published, workbook.published)) <= 14, count(*) over (partition by workbook.sha256, csv.month) = 1)
        and 1 = row_number() over (
            partition by workbook.sha256, csv.month
            order by abs(date_diff('day', csv.published, workbook.published)) nulls last, csv.vintage desc
        )
),

csv_department as (
    select
        organisation,
        month,
        vintage,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_1') as attendances_type_1,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_2') as attendances_type_2,
        sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'other') as attendances_other,
        sum(over_4h + coalesce(booked_over_4h, 0)) filter (where department_type = 'type_1') as over_4h_type_1,
        sum(over_4h + coalesce(booked_over_4h, 0)) filter (where department_type = 'type_2') as over_4h_type_2,
        sum(over_4h + coalesce(booked_over_4h, 0)) filter (where department_type = 'other') as over_4h_other
    from core.ae_provider_month_vintage
    group by organisation, month, vintage
),

-- England's percentage leaves out organisations without four-hour figures
csv_share as (
    select
        case when grouping(organisation) = 1 then 'ENG' else organisation end as organisation,
        month,
        vintage,
        1 - sum(over_4h + coalesce(booked_over_4h, 0))
            / nullif(sum(attendances + coalesce(booked_attendances, 0)) filter (where over_4h is not null), 0) as percentage_all,
        1 - sum(over_4h + coalesce(booked_over_4h, 0)) filter (where department_type = 'type_1')
            / nullif(sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_1' and over_4h is not null), 0)
            as percentage_type_1
    from core.ae_provider_month_vintage
    where organisation <> 'ENG'
    group by grouping sets ((organisation, month, vintage), (month, vintage))
),

csv as (
    select
        same_release.sha256,
        same_release.csv_vintage,
        csv_department.* exclude (vintage),
        admission.dta_4_to_12h + admission.dta_12h as dta_over_4h,
        admission.dta_12h,
        admission.emergency_admissions_type_1,
        admission.emergency_admissions_type_2,
        admission.emergency_admissions_other,
        admission.other_emergency_admissions,
        csv_share.percentage_all as csv_percentage_all,
        csv_share.percentage_type_1 as csv_percentage_type_1
    from same_release
    join csv_department on csv_department.month = same_release.month and csv_department.vintage = same_release.csv_vintage
    join core.ae_admission_month_vintage as admission
        on admission.organisation = csv_department.organisation
        and admission.month = csv_department.month
        and admission.vintage = csv_department.vintage
    left join csv_share
        on csv_share.organisation = csv_department.organisation
        and csv_share.month = csv_department.month
        and csv_share.vintage = csv_department.vintage
),

both_files as (
    select
        coalesce(workbook.organisation, csv.organisation) as organisation,
        coalesce(workbook.month, csv.month) as month,
        coalesce(workbook.sha256, csv.sha256) as file,
        workbook.attendances_type_1,
        workbook.attendances_type_2,
        workbook.attendances_other,
        workbook.over_4h_type_1,
        workbook.over_4h_type_2,
        workbook.over_4h_other,
        workbook.dta_over_4h,
        workbook.dta_12h,
        workbook.emergency_admissions_type_1,
        workbook.emergency_admissions_type_2,
        workbook.emergency_admissions_other,
        workbook.other_emergency_admissions,
        workbook.percentage_all,
        workbook.percentage_type_1,
        workbook.percentage_type_2,
        workbook.percentage_other,
        csv.csv_vintage,
        csv.csv_percentage_all,
        csv.csv_percentage_type_1,
        case
            when csv.organisation is null and exists (select 1 from same_release where same_release.sha256 = workbook.sha256)
                then 'organisation is in the workbook alone'
            when workbook.organisation is null then 'organisation is in the CSV alone'
            when csv.organisation is not null then concat_ws(
                ', ',
                case when workbook.attendances_type_1 is distinct from csv.attendances_type_1 then 'attendances_type_1' end,
                case when workbook.attendances_type_2 is distinct from csv.attendances_type_2 then 'attendances_type_2' end,
                case when workbook.attendances_other is distinct from csv.attendances_other then 'attendances_other' end,
                case when workbook.over_4h_type_1 is distinct from csv.over_4h_type_1 then 'over_4h_type_1' end,
                case when workbook.over_4h_type_2 is distinct from csv.over_4h_type_2 then 'over_4h_type_2' end,
                case when workbook.over_4h_other is distinct from csv.over_4h_other then 'over_4h_other' end,
                case when workbook.dta_over_4h is distinct from csv.dta_over_4h then 'dta_over_4h' end,
                case when workbook.dta_12h is distinct from csv.dta_12h then 'dta_12h' end,
                case when workbook.emergency_admissions_type_1 is distinct from csv.emergency_admissions_type_1 then 'emergency_admissions_type_1' end,
                case when workbook.emergency_admissions_type_2 is distinct from csv.emergency_admissions_type_2 then 'emergency_admissions_type_2' end,
                case when workbook.emergency_admissions_other is distinct from csv.emergency_admissions_other then 'emergency_admissions_other' end,
                case when workbook.other_emergency_admissions is distinct from csv.other_emergency_admissions then 'other_emergency_admissions' end
            )
        end as differs
    from ae.workbook as workbook
    full join csv on csv.sha256 = workbook.sha256 and csv.organisation = workbook.organisation
)

select
    both_files.*,
    workbook_file.release,
    workbook_file.published
from both_files
join workbook_file on workbook_file.sha256 = both_files.file
