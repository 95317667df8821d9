"""The quarantine queue, as text and as JSON."""
