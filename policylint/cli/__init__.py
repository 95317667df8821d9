"""The commands: they read, call the stages, print and exit."""
