"""Everything outside: files, clock, packaged data."""
