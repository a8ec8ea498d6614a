"""A shop's calls: lists, single products, what changed of late."""
