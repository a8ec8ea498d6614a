"""What every room may use while it runs: retries, waiting, tasks."""
