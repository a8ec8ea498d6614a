"""Who may call the draft systems."""
