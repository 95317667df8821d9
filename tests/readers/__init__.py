"""Readers of what administrators already have: each format, whole, cut, damaged and hostile."""
