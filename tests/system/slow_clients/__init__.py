"""Measures what clients that never read cost those that do: `make slow-clients`."""
