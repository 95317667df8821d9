"""Mined rules as a policy file, as text and as JSON."""
