"""What every draft system shares: the draft, its conditional writes, its commit and its events."""
