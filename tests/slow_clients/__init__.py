"""Measures what clients that never read cost those that do: `python -m tests.slow_clients`."""
