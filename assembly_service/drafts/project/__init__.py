"""Project sessions: saved while people type, resumed anywhere, committed to one project."""
