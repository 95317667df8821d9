"""What makes a release: its files, what is said of them, and the version in every place that names it."""
