"""What every HTTP door shares: call table, problems, parameters, middleware, documentation."""
