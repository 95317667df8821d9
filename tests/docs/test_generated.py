"""What is generated is fresh: pages, outputs shown in pages, pictures, the example's snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import ROOT
from tools.docs.generated import generated

if TYPE_CHECKING:
    from pathlib import Path

GENERATED = generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_generated_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "run: python -m tools.docs"
