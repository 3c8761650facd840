-- Waits for a bed and emergency admissions, every published release of every month.
select
    tidy.organisation,
    tidy.month,
    tidy.dta_4_to_12h,
    tidy.dta_12h,
    tidy.emergency_admissions_type_1,
    tidy.emergency_admissions_type_2,
    tidy.emergency_admissions_other,
    tidy.other_emergency_admissions,
    tidy.region,
    file.vintage,
    file.release,
    file.published,
    tidy.sha256 as file
from ae.tidy as tidy
join ae.file as file using (sha256)
