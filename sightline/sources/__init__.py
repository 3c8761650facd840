"""Published file -> tidy frame, one module a dataset."""
