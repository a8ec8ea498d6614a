"""The command line. Each command has a file in `commands`; beside it is what they share."""
