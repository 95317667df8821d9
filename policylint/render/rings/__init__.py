"""A change in stages, as text and as JSON."""
