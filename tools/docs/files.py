"""The pages of the documentation, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def pages() -> tuple[Path, ...]:
    """Return every page of documentation, sorted."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
