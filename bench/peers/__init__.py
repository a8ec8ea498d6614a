"""Honest competitors, measured beside the service on the same work."""
