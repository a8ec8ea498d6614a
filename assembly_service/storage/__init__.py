"""The tables: rows, conditional writes, consistent reads."""
