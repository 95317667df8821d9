"""The patterns of `policies:`, matched name by name on the way down a tree of folders."""

from __future__ import annotations

import os
import re
from fnmatch import translate
from typing import TYPE_CHECKING, TypeAlias

from policylint.errors import PatternError
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANY_DEPTH = "**"
_WILD = regex(r"[*?\[]")
_ABSOLUTE = regex(r"/|\\|[A-Za-z]:")

SUFFIXES = {".yaml": ".yml", ".yml": ".yaml"}
"""The endings of YAML files, and the other one of each."""

Place: TypeAlias = frozenset[tuple[int, int]]
"""How far each pattern has matched in a folder: the number of the pattern, and that of the part that is next."""


class Pattern(NamedTuple):
    """A pattern as it was written, and its parts from the root of the tree: names, wildcards, `**` for any depth."""

    text: str
    parts: tuple[re.Pattern[str] | None, ...]


def parse_pattern(text: str, folder: str) -> Pattern:
    """Return a pattern that counts from a folder of the tree, `""` for its root.

    Raises PatternError where it can match no file, or none in the tree.
    """
    if _ABSOLUTE.match(text):
        raise PatternError(text, "is not relative", help="write it relative to policylint.yaml")
    parts: list[re.Pattern[str] | None] = [_literal(name) for name in folder.split("/") if name]
    wild: list[bool] = [False] * len(parts)
    for part in text.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            if not parts:
                raise PatternError(text, "leads out of the repository", help="keep the policy inside of it")
            parts.pop()
            if wild.pop():
                raise PatternError(text, "has `..` after a wildcard", help="write the folder that is meant")
        elif part != ANY_DEPTH or parts[-1:] != [None]:
            parts.append(None if part == ANY_DEPTH else re.compile(translate(os.path.normcase(part))))
            wild.append(bool(_WILD.search(part)))
    if text.rpartition("/")[2] in {"", ".", "..", ANY_DEPTH}:
        raise PatternError(text, "matches folders, not files", help="end it in a name such as `*.yaml`")
    return Pattern(text, tuple(parts))


def _literal(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(os.path.normcase(name)) + r"\Z")


def start(patterns: Sequence[Pattern]) -> Place:
    """Return the place of the root of the tree."""
    return _closed(patterns, ((number, 0) for number in range(len(patterns))))


def enter(patterns: Sequence[Pattern], place: Place, name: str) -> Place:
    """Return the place of what has a name in the folder of a place; empty where no pattern leads there."""
    name, found = os.path.normcase(name), []
    for number, at in place:
        parts = patterns[number].parts
        if at < len(parts):
            part = parts[at]
            if part is None:
                found.append((number, at))
            elif part.match(name):
                found.append((number, at + 1))
    return _closed(patterns, found) if found else _NOWHERE


_NOWHERE: Place = frozenset()


def matched(patterns: Sequence[Pattern], place: Place) -> frozenset[int]:
    """Return the numbers of the patterns that a place matches whole."""
    return frozenset(number for number, at in place if at == len(patterns[number].parts))


def matches(patterns: Sequence[Pattern], path: str) -> bool:
    """Return whether a pattern matches a path whole."""
    place = start(patterns)
    for name in path.split("/"):
        place = enter(patterns, place, name)
    return bool(matched(patterns, place))


def leads_on(patterns: Sequence[Pattern], place: Place) -> bool:
    """Return whether a pattern may match something below a place."""
    return any(at < len(patterns[number].parts) for number, at in place)


def _closed(patterns: Sequence[Pattern], found: Iterable[tuple[int, int]]) -> Place:
    """Return positions with those behind a `**`, which matches no folder, too."""
    every: set[tuple[int, int]] = set()
    for number, at in found:
        every.add((number, at))
        if at < len(patterns[number].parts) and patterns[number].parts[at] is None:
            every.add((number, at + 1))
    return frozenset(every)
