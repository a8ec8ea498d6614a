"""The queue door: messages in, products out. Look, decide, act, announce, settle."""
