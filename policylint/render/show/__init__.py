"""What a snapshot says of single objects, in every format."""
