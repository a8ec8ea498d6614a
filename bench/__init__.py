"""Benches: what a product, a delivery and a page cost, beside what others would need."""
