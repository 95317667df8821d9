"""The value of `matches` to a matcher, and what is wrong with it that no schema can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.devices.matching import glob_problem
from policylint.devices.versions import read_range
from policylint.diagnostic import Diagnostic, error
from policylint.model.matcher import KEY, NOT, Condition, Matcher
from policylint.phrases import quoted
from policylint.source import Span
from policylint.syntax.node import MappingNode, Node, SequenceNode, key_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.source import Source

RULE = "schema"
READ_AS_VERSIONS = "DeviceOS"
"""The characteristic whose values are a name and a version of it.

Other values hold numbers that are no versions of a system: `Apple-iPhone15C2/2208.31` is of iOS 18.7.1.
"""


_POSITIVE = {"family", "glob", "one-of", "file"}
"""The keys of which a condition has one at least: one without would be about everything."""


def bind_matcher(value: Any) -> Matcher | None:
    """Return the matcher that a value says, None where it says none that can be read."""
    if not isinstance(value, dict):
        return None
    excluded = value.get(NOT, [])
    parts = [_condition(part) for part in (value, *(excluded if isinstance(excluded, list) else [excluded]))]
    known = [part for part in parts if part is not None]
    return Matcher(known[0], tuple(known[1:])) if len(known) == len(parts) else None


def _condition(value: Any) -> Condition | None:
    if not isinstance(value, dict):
        return None
    if not value.keys() & _POSITIVE or value.keys() - {*_POSITIVE, "version", NOT}:
        return None
    texts = [value.get(name) for name in ("family", "version", "glob", "file")]
    one_of = value.get("one-of")
    if not all(text is None or type(text) is str for text in texts):
        return None
    if one_of is not None and not (isinstance(one_of, list) and all(type(text) is str for text in one_of)):
        return None
    family, version, glob, file = texts
    found = Condition(family, version, glob, tuple(one_of) if one_of is not None else None, file)
    return found if _is_readable(found) else None


def _is_readable(condition: Condition) -> bool:
    version, glob = condition.version, condition.glob
    if version is not None and (condition.family is None or read_range(version) is None):
        return False
    return glob is None or glob_problem(glob) is None


def matcher_problems(source: Source, entry: Node, characteristic: Any) -> Iterator[Diagnostic]:
    """Yield what is wrong with the `matches` of an entry, about values of a characteristic if any."""
    node = entry.values.get(KEY) if isinstance(entry, MappingNode) else None
    if not isinstance(node, MappingNode):
        return
    if node.values.keys() == {NOT}:
        hint = "say what it is about beside `not`, such as a `glob`; `*` is all"
        yield error(RULE, key_span(source, node, NOT), "`not` leaves out and names nothing", hint)
    inner = node.values.get(NOT)
    excluded = inner.items if isinstance(inner, SequenceNode) else [inner]
    for part in (node, *excluded):
        if isinstance(part, MappingNode):
            yield from _condition_problems(source, part, characteristic)


def _condition_problems(source: Source, node: MappingNode, characteristic: Any) -> Iterator[Diagnostic]:
    family, version, glob = (node.values.get(name) for name in ("family", "version", "glob"))
    if family is not None and characteristic is not None and characteristic != READ_AS_VERSIONS:
        words = f"`family` is of {READ_AS_VERSIONS} only: the numbers in {characteristic} are no versions of a system"
        hint = f"write `Characteristic: {READ_AS_VERSIONS}`, or `glob` or `one-of` instead"
        yield error(RULE, key_span(source, node, "family"), words, hint)
    if version is not None and family is None:
        hint = "add `family`, such as Android or iOS"
        yield error(RULE, key_span(source, node, "version"), "`version` is without its `family`", hint)
    text = getattr(version, "text", "")
    if text and version is not None and read_range(text) is None:
        words = f"`version` is {quoted(text)}, which is no range of versions"
        hint = 'write comparisons such as "<14" or ">=12.1 <14", or 14 for all that begin with 14'
        yield error(RULE, Span(source, version.start, version.end), words, hint)
    text = getattr(glob, "text", "")
    if text and glob is not None and (problem := glob_problem(text)) is not None:
        words = f"`glob` is {quoted(text)}: {problem}"
        hint = "`*` stands for any characters and `?` for one; write several values as `one-of`"
        yield error(RULE, Span(source, glob.start, glob.end), words, hint)
