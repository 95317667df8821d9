"""What a wheel has that a checkout has not: the rules as one module, so that no run reads a hundred folders of them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "policylint/_index.py"


class IndexHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the module to the wheel. An editable install has none: there the folders count, which may change."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the module, and have the builder take it in."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            text = index_text()
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "index.py"
        file.write_text(text, encoding="utf-8")
        build_data["force_include"][str(file)] = MODULE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was written for the builder."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def index_text() -> str:
    """Return the source of the module, with the rules of this checkout."""
    from policylint.adapters import resources
    from policylint.lint.compiled import rows_of
    from policylint.project.resources import Resources

    rows = "".join(f"    {row!r},\n" for row in rows_of(Resources(resources).rules))
    head = '"""The rules of this version, as its build read them."""\n\nimport datetime\n\n'
    return f"{head}from policylint.lint.rule import Control\n\nRULES = (\n{rows})\n"
