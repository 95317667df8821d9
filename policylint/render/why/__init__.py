"""The steps of a decision in every format."""
