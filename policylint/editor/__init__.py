"""What an editor shows of a project while its files are edited, as values: no protocol, no files."""
