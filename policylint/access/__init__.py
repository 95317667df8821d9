"""Who gets in: the order of decision that Exchange follows."""
