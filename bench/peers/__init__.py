"""Honest competitors, measured beside the service with the same work."""
