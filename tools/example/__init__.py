"""The example organization: `python -m tools.example`."""
