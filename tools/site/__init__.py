"""The documentation site, made from the Markdown of the repository."""
