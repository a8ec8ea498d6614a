"""Settings: read from the environment, checked once, with a sentence for every mistake."""
