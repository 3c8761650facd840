"""What exists: one Dagster module a dataset, then what is made of all of them."""
