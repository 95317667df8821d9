"""Programs for the people who work on policylint: generated documentation, pictures, the shipped example."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout."""
EXAMPLE: Final = ROOT / "docs" / "examples" / "contoso"
"""The repository of the shipped example."""
