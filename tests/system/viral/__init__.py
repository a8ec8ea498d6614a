"""`make viral`: simulates the hour in which everybody watches one seller, in a minute."""
