"""What has to change, in which order, and who is affected."""
