"""What must hold: one suite a table."""
