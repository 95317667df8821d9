"""The plan in every format."""
