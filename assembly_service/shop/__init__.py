"""The shop's HTTP calls: product lists, single products, recent changes."""
