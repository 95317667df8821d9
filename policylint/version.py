"""The version of policylint, and where its source is. The build, `policylint --version` and outputs read them here."""

__version__ = "0.2.0"
REPOSITORY = "https://github.com/contoso/policylint"
