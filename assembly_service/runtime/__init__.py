"""What every process stands on: clock, garbage collector, retries, tasks, logs, metrics."""
