"""The difference of two configurations in every format."""
