"""What has to change, in which order, and whom it touches."""
