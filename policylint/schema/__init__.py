"""What may be written: the settings of Exchange, described once as JSON Schemas."""
