"""Loads: processes that put work on what is measured, and how each is run and weighed."""
