"""What all HTTP calls share: declarations, parameters, problems, middleware, documentation."""
