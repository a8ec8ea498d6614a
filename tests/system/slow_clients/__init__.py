"""`make slow-clients`: measures what clients that never read cost those that do."""
