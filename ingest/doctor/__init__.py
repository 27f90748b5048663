"""What is wrong with pictures and with a set of them, and the report that says so."""
