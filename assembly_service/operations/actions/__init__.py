"""What operators can do over HTTP: put dead letters back, repair them, announce products again."""
