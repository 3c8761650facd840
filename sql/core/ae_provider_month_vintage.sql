-- Every published release of every month, one row an organisation and department type.
with
department as (
    select * from (values ('type_1'), ('type_2'), ('other')) as department(department_type)
),

published_row as (
    select
        tidy.*,
        file.vintage,
        file.release,
        file.published,
        -- England's row is the publisher's total; nothing is set missing there
        exists (
            select 1
            from reference.known_missing as missing
            where missing.dataset = 'ae'
                and missing.organisation = tidy.organisation
                and tidy.month between missing.month_from and missing.month_to
                and 0 = over_4h_type_1 + over_4h_type_2 + over_4h_other
                + coalesce(booked_over_4h_type_1 + booked_over_4h_type_2 + booked_over_4h_other, 0)
        ) as zero_means_no_data
    from ae.tidy as tidy
    join ae.file as file using (sha256)
)

select
    organisation,
    month,
    department_type,
    case department_type
        when 'type_1' then attendances_type_1
        when 'type_2' then attendances_type_2
        else attendances_other
    end as attendances,
    case department_type
        when 'type_1' then booked_attendances_type_1
        when 'type_2' then booked_attendances_type_2
        else booked_attendances_other
    end as booked_attendances,
    case
        when zero_means_no_data then null
        when department_type = 'type_1' then over_4h_type_1
        when department_type = 'type_2' then over_4h_type_2
        else over_4h_other
    end as over_4h,
    case
        when zero_means_no_data then null
        when department_type = 'type_1' then booked_over_4h_type_1
        when department_type = 'type_2' then booked_over_4h_type_2
        else booked_over_4h_other
    end as booked_over_4h,
    region,
    vintage,
    release,
    published,
    sha256 as file
from published_row
cross join department
