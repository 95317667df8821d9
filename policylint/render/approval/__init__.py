"""Devices that were approved or denied, as text and as JSON."""
