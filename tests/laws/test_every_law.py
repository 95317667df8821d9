"""Each law of docs/architecture.md has tests that bear its number, in the files that the table names."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ROW = re.compile(r"^\| (\d+) \| ([^|]+?) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
TABLE = ROW.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))


def laws_of(path: Path) -> set[str]:
    """Return the numbers of the laws that the tests of a file are named after: the file itself, or single tests."""
    tests = re.findall(r"^def test_(?:law_(\d+)_)?", path.read_text(encoding="utf-8"), re.MULTILINE)
    in_name = re.match(r"test_law_(\d+)_", path.name)
    return {in_name[1]} if in_name and tests else set(tests) - {""}


FILES = {
    path.relative_to(ROOT).as_posix(): laws
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if (laws := laws_of(path))
}


def test_the_table_has_every_law() -> None:
    assert [str(number + 1) for number in range(len(TABLE))] == [number for number, _, _ in TABLE]


@pytest.mark.parametrize(("number", "name", "files"), TABLE, ids=[name for _, name, _ in TABLE])
def test_a_law_is_tested_where_the_table_says_and_nowhere_else(number: str, name: str, files: str) -> None:
    patterns = re.findall(r"`(tests/[^`]+)`", files)
    tested = [path for path, laws in FILES.items() if number in laws]
    assert tested != []
    assert [] == [path for path in tested if not any(fnmatch(path, pattern) for pattern in patterns)]
    assert [] == [pattern for pattern in patterns if not any(fnmatch(path, pattern) for path in tested)]
    stem = f"test_law_{number}_{name.lower().replace(' ', '_')}"
    assert all(path.rpartition("/")[2].startswith(stem) for path in tested if f"test_law_{number}_" in path)
