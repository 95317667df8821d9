"""The version of policylint, read by the build and by `policylint --version`."""

__version__ = "0.1.0"
