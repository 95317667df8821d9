"""What has expired, as text and as JSON."""
