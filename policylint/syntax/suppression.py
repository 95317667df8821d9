"""Comments that silence a finding: `# policylint: ignore[rule-id] reason`, with `until YYYY-MM-DD` where it ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policylint.source import Source, Span
from policylint.syntax.node import Node, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"#[ \t]*policylint:[ \t]*ignore(?:\[([^\]\r\n]*)\])?([^\r\n]*)")
_UNTIL = re.compile(r"\buntil (\S+)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment, the rules it names, and the line it is about: its own, or the next where it stands alone.

    `until` is the text after `until`, None where there is none; the reason is what is left.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    until: str | None
    line: int


def suppressions(source: Source, root: Node | None) -> tuple[Suppression, ...]:
    """Return the comments of a text that silence findings, in the order written."""
    if "policylint:" not in source.text:
        return ()
    return tuple(_find(source, root))


def _find(source: Source, root: Node | None) -> Iterator[Suppression]:
    values = [(scalar.start, scalar.end) for scalar in scalars(root)] if root is not None else []
    starts = [start for start, _ in values]
    for match in _COMMENT.finditer(source.text):
        index = bisect_right(starts, match.start()) - 1
        if index >= 0 and match.start() < values[index][1]:
            continue
        line = source.position(match.start()).line
        alone = not source.line(line)[: source.position(match.start()).column - 1].strip()
        until = _UNTIL.search(match[2])
        reason = (match[2][: until.start()] + match[2][until.end() :]) if until else match[2]
        yield Suppression(
            span=Span(source, match.start(), match.end()),
            rules=tuple(part.strip() for part in (match[1] or "").split(",") if part.strip()),
            reason=" ".join(reason.split()),
            until=until[1] if until else None,
            line=_next_code_line(source, line) if alone else line,
        )


def _next_code_line(source: Source, line: int) -> int:
    last = source.position(len(source.text)).line
    following = line + 1
    while following < last and source.line(following).lstrip()[:1] in ("", "#"):
        following += 1
    return following
