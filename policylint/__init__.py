"""Policy as code for Exchange mobile device access."""

from policylint.version import __version__

__all__ = ["__version__"]
