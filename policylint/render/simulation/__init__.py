"""Who gets in, in every format."""
