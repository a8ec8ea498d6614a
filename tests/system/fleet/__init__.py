"""The form of compose.yaml, for people without a container engine."""
