"""The text of policylint.lock to what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.bind.matcher import bind_matcher
from policylint.model.lock import Lock, LockedValue, LockEntry
from policylint.model.matcher import KEY
from policylint.model.origin import Origin
from policylint.regex import regex
from policylint.source import Span
from policylint.syntax.node import MappingNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.source import Source

SECTION = "deviceAccessRules"
_COMMENT = regex(r"[ \t]+#[ ]?([^\r\n]*)")


def bind_lock(source: Source, node: MappingNode, value: dict[str, Any]) -> Lock:
    """Return what a lock says, after validation; what could not be read is left out."""
    section, data = node.values.get(SECTION), value.get(SECTION)
    if not isinstance(section, SequenceNode) or not isinstance(data, list):
        return Lock()
    pairs = zip(section.items, data, strict=True)
    return Lock(tuple(entry for item, part in pairs for entry in _entries(source, item, part)))


def _entries(source: Source, node: Any, value: Any) -> Iterator[LockEntry]:
    if not isinstance(node, MappingNode) or not isinstance(value, dict):
        return
    matcher = bind_matcher(value.get(KEY))
    named = (value.get("Characteristic"), value.get("AccessLevel"))
    values = node.values.get("values")
    if matcher is None or not all(type(text) is str for text in named) or not isinstance(values, SequenceNode):
        return
    locked = tuple(
        LockedValue(text, _why(source, item.end), Span(source, item.start, item.end))
        for item, text in zip(values.items, value["values"], strict=True)
        if type(text) is str
    )
    head = Origin(source.path, source, node).head()
    yield LockEntry(str(named[0]), str(named[1]), matcher, locked, head)


def _why(source: Source, end: int) -> str:
    """Return what the comment behind a value says, empty where there is none."""
    found = _COMMENT.match(source.text, end)
    return found[1].rstrip() if found is not None else ""
