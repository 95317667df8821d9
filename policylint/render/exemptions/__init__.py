"""Who has which exemption, in every format."""
