"""From queue messages to products: look, decide, execute, announce, settle."""
