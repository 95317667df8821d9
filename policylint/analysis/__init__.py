"""Exact answers about configurations: comparison, assertions, minimal changes."""
