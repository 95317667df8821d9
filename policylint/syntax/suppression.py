"""Comments that silence a finding: `# policylint: ignore[rule-id] reason`, with `until YYYY-MM-DD` where it ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policylint.source import Source, Span
from policylint.syntax.comment import comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.syntax.node import Node

_COMMENT = re.compile(r"#[ \t]*policylint:[ \t]*ignore(?:\[([^\]\r\n]*)\])?([^\r\n]*)")
_UNTIL = re.compile(r"\buntil (\S+)")


class Suppression(NamedTuple):
    """A comment, the rules it names, each once, and the line it is about: its own, or the next with code.

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
    following = 0
    for start, end in comments(source, root):
        match = _COMMENT.search(source.text, start, end)
        if match is None:
            continue
        position = source.position(match.start())
        line = position.line
        if not source.line(line)[: position.column - 1].strip(" \t-"):
            if following <= line:
                following = _next_code_line(source, line)
            line = following if following <= source.last_line else line
        until = _UNTIL.search(match[2])
        reason = (match[2][: until.start()] + match[2][until.end() :]) if until else match[2]
        yield Suppression(
            span=Span(source, match.start(), match.end()),
            rules=tuple(dict.fromkeys(part.strip() for part in (match[1] or "").split(",") if part.strip())),
            reason=" ".join(reason.split()),
            until=until[1] if until else None,
            line=line,
        )


def _next_code_line(source: Source, line: int) -> int:
    """Return the first line after a line with a key or a value on it, past the last line where there is none."""
    following = line + 1
    while following <= source.last_line and source.line(following).lstrip(" \t-")[:1] in ("", "#"):
        following += 1
    return following
