select *
from (
    values
        ('Y56', 'London'),
        ('Y58', 'South West'),
        ('Y59', 'South East'),
        ('Y60', 'Midlands'),
        ('Y61', 'East of England'),
        ('Y62', 'North West'),
        ('Y63', 'North East and Yorkshire')
) as region(region, name)
