"""Shared by every process: clock, garbage collector, retries, tasks, logs, metrics."""
