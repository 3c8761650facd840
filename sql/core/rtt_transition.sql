-- Each month and the next: the releases between which departures can be told, alike where there is such a pair.
select
    earlier.month as month_from,
    later.month as month_to,
    earlier.release as release_from,
    later.release as release_to,
    earlier.vintage as vintage_from,
    later.vintage as vintage_to,
    earlier.release = later.release as is_alike
from rtt.file as earlier
join rtt.file as later on later.month = earlier.month + interval 1 month
qualify 1 = row_number() over (
    partition by earlier.month
    order by earlier.release = later.release desc, earlier.release desc, earlier.vintage desc, later.vintage desc
)
