"""Text to nodes: what was written, and where."""
