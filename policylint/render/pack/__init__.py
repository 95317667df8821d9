"""Whether the controls of a pack hold, in every format."""
