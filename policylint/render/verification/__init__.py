"""What became of tests and assertions, in every format."""
