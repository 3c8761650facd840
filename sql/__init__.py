"""How a table is made: one SELECT a file, and beside it what the table is, in words."""
