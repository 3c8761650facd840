"""Charts of a person's own data: a file read within bounds, its page, and the folder it is written to."""
