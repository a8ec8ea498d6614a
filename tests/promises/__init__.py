"""What the service promises, the runs that try it, and how the last ones ended."""
