"""Comments that silence a finding: `# policylint: ignore[rule-id] reason`, with who answers for it and until when.

Those two may stand anywhere behind the bracket: `owner: NAME`, a name without spaces, and `until YYYY-MM-DD`. In
parentheses of their own, `(owner: NAME, until YYYY-MM-DD)`, the name may have spaces. All other words are the reason:
`until` before anything but a day is one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.source import Source, Span
from policylint.syntax.comment import comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.syntax.node import Node

_COMMENT = regex(r"#[ \t]*policylint:[ \t]*ignore(?:\[([^\]\r\n]*)\])?([^\r\n]*)")
_GROUP = regex(r"\(\s*((?:owner:|until[ \t])[^()]*)\)")
_OWNER_IN_GROUP = regex(r"owner:(.*)")
_UNTIL_IN_GROUP = regex(r"until[ \t]+(\S+)")
_OWNER = regex(r"(?<![^\s(,;])owner:(?:[ \t]*(?!until[ \t])([^\s,;()]+),?)?")
_UNTIL = regex(r"(?<![^\s(,;])until[ \t]+((?:\d{4}-\d|\d+/\d+/\d|\d{1,2}\.\d{1,2}\.\d{4})[^\s,;()]*),?")
"""A day however it is written: one that is not right is to be found, not to be taken for words of the reason."""


class _Said(NamedTuple):
    """What a comment says behind its bracket."""

    reason: str
    until: str | None
    owner: str | None


class Suppression(NamedTuple):
    """A comment, the rules it names, each once, and the line it is about: its own, or the next with code.

    `until` is the text after `until` and `owner` the name after `owner:`, None where there is none; the name may be
    empty. The reason is what is left.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    until: str | None
    line: int
    owner: str | None = None


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
        said = _said(match[2])
        yield Suppression(
            span=Span(source, match.start(), match.end()),
            rules=tuple(dict.fromkeys(part.strip() for part in (match[1] or "").split(",") if part.strip())),
            reason=said.reason,
            until=said.until,
            line=line,
            owner=said.owner,
        )


def _said(text: str) -> _Said:
    """Return what a comment says: in parentheses of their own, owner and day, else wherever they are."""
    for group in _GROUP.finditer(text):
        found = _in_group(group[1])
        if found is not None:
            return found._replace(reason=_words(text[: group.start()], text[group.end() :]))
    until = _UNTIL.search(text)
    if until is not None:
        text = _words(text[: until.start()], text[until.end() :])
    owner = _OWNER.search(text)
    if owner is not None:
        text = _words(text[: owner.start()], text[owner.end() :])
    return _Said(
        _words(text),
        until[1].rstrip(".") if until is not None else None,
        (owner[1] or "") if owner is not None else None,
    )


def _in_group(text: str) -> _Said | None:
    """Return what parentheses say that hold nothing but an owner and a day, None where they hold other words."""
    owner = until = None
    for part in text.split(","):
        words = part.strip()
        if (match := _UNTIL_IN_GROUP.fullmatch(words)) is not None and until is None:
            until = match[1]
        elif (match := _OWNER_IN_GROUP.fullmatch(words)) is not None and owner is None:
            owner = match[1].strip()
        else:
            return None
    if owner is None and until is not None and not _UNTIL.fullmatch(f"until {until}"):
        return None
    return _Said("", until, owner)


def _words(before: str, after: str = "") -> str:
    """Return the words of two texts that follow each other."""
    return " ".join(f"{before}{'' if before.endswith('(') else ' '}{after.lstrip()}".split())


def _next_code_line(source: Source, line: int) -> int:
    """Return the first line after a line with a key or a value on it, past the last line where there is none."""
    following = line + 1
    while following <= source.last_line and source.line(following).lstrip(" \t-")[:1] in ("", "#"):
        following += 1
    return following
