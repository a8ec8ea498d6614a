"""Benches: what a product, a delivery and a page cost, compared with other implementations."""
