"""Generators of the documentation, its pictures and the example; nothing of them is in the package."""
