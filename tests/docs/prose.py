"""The prose of the project: what people read, without code, outputs and names."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from policylint.strict_json import parse_json
from tools import ROOT
from tools.docs.files import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HIDDEN = re.compile(
    r"^ *```.*?^ *```|^    \S[^\n]*|<!--.*?-->|`[^`\n]*`|https?://\S+|\]\([^)]*\)|<[^>\n]*>", re.MULTILINE | re.DOTALL
)
_SPOKEN = {"title", "message", "help", "description", "summary", "meaning", "text", "fix"}
"""The keys of data files whose values people read."""


class Passage(NamedTuple):
    """A text, and where it is."""

    path: str
    line: int
    text: str


def passages() -> Iterator[Passage]:
    """Yield everything that people read: pages, rules, descriptions of settings, and what the program says."""
    for page in (*pages(), *sorted((ROOT / "rules").rglob("rule.md"))):
        if "adr" not in page.parts and page.name != "CHANGELOG.md":
            yield from _page(page)
    for file in sorted((ROOT / "rules").rglob("rule.yaml")):
        yield from _data(file, yaml.safe_load(file.read_text(encoding="utf-8")))
    for file in sorted((ROOT / "schemas").rglob("*.json")):
        yield from _data(file, parse_json(file.read_text(encoding="utf-8")))
    for file in sorted((ROOT / "policylint").rglob("*.py")):
        yield from _program(file)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _page(path: Path) -> Iterator[Passage]:
    text = _HIDDEN.sub(lambda match: "\n" * match[0].count("\n") + "``", path.read_text(encoding="utf-8"))
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Passage(_name(path), number, line)


def _data(path: Path, value: Any, key: str = "") -> Iterator[Passage]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _data(path, each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _data(path, each, key)
    elif isinstance(value, str) and key in _SPOKEN:
        yield Passage(_name(path), 0, re.sub(r"`[^`]*`", "``", value))


def _program(path: Path) -> Iterator[Passage]:
    """Yield the texts of a module that are sentences, its docstrings not among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in said
            and " " in node.value
        ):
            yield Passage(_name(path), node.lineno, re.sub(r"`[^`]*`", "``", node.value))
