"""What is known of devices: the values they report, and characters that are confused."""
