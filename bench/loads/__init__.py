"""Loads: processes that put load on the measured program, and the tools to run and measure them."""
