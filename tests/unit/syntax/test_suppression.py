"""Comments that silence findings: which are comments, and which line they are about."""

from __future__ import annotations

import time

import pytest

from policylint.source import Source
from policylint.syntax.parse import parse
from policylint.syntax.suppression import Suppression, suppressions


def found(text: str) -> list[Suppression]:
    """Return the comments of a text."""
    source = Source("a.yaml", text)
    node, _ = parse(source)
    return list(suppressions(source, node))


Parts = tuple[int, tuple[str, ...], str, str | None]

COMMENTS: list[tuple[str, str, list[Parts]]] = [
    ("behind-a-value", "a: 1  # policylint: ignore[x] why\n", [(1, ("x",), "why", None)]),
    ("above", "# policylint: ignore[x] why\na: 1\n", [(2, ("x",), "why", None)]),
    ("above-indented", "a:\n  # policylint: ignore[x] why\n  b: 1\n", [(3, ("x",), "why", None)]),
    ("above-blank-and-comment", "# policylint: ignore[x] why\n\n# c\n  # d\na: 1\n", [(5, ("x",), "why", None)]),
    ("stacked", "# policylint: ignore[x] one\n# policylint: ignore[y] two\na: 1\n", [
        (3, ("x",), "one", None), (3, ("y",), "two", None)]),
    ("several-rules", "a: 1 # policylint: ignore[x, y-z] why\n", [(1, ("x", "y-z"), "why", None)]),
    ("until", "a: 1 # policylint: ignore[x] until 2027-01-31 the pilot ends\n", [
        (1, ("x",), "the pilot ends", "2027-01-31")]),
    ("until-last", "a: 1 # policylint: ignore[x] the pilot until 2027-01-31\n", [
        (1, ("x",), "the pilot", "2027-01-31")]),
    ("until-not-a-date", "a: 1 # policylint: ignore[x] why until spring\n", [(1, ("x",), "why", "spring")]),
    ("no-space", "a: 1 #policylint:ignore[x]why\n", [(1, ("x",), "why", None)]),
    ("no-reason", "a: 1 # policylint: ignore[x]\n", [(1, ("x",), "", None)]),
    ("no-rule", "a: 1 # policylint: ignore why\n", [(1, (), "why", None)]),
    ("empty-rules", "a: 1 # policylint: ignore[] why\n", [(1, (), "why", None)]),
    ("crlf", "a: 1 # policylint: ignore[x] why\r\nb: 2\r\n", [(1, ("x",), "why", None)]),
    ("behind-a-list-item", "a:\n  - 1 # policylint: ignore[x] why\n", [(2, ("x",), "why", None)]),
    ("behind-a-bracket", "a: [1, # policylint: ignore[x] why\n    2]\n", [(1, ("x",), "why", None)]),
    ("behind-a-key", "a: # policylint: ignore[x] why\n  b: 1\n", [(1, ("x",), "why", None)]),
    ("behind-a-block-header", "a: | # policylint: ignore[x] why\n  text\n", [(1, ("x",), "why", None)]),
    ("behind-a-folded-header", "a: >- # policylint: ignore[x] why\n  text\n", [(1, ("x",), "why", None)]),
    ("after-a-block", "a: |\n  text\n# policylint: ignore[x] why\nb: 1\n", [(4, ("x",), "why", None)]),
    ("at-the-end", "a: 1\n# policylint: ignore[x] why", [(2, ("x",), "why", None)]),
    ("in-double-quotes", 'a: "# policylint: ignore[x] why"\n', []),
    ("in-single-quotes", "a: 'b # policylint: ignore[x] why'\n", []),
    ("in-quotes-over-lines", 'a: "b\n  # policylint: ignore[x] why\n  c"\n', []),
    ("in-a-literal", "a: |\n  # policylint: ignore[x] why\nb: 1\n", []),
    ("in-a-folded-text", "a: >\n  b # policylint: ignore[x] why\n", []),
    ("in-a-plain-text", "a: b#policylint:ignore[x]\n", []),
    ("in-a-quoted-key", "'# policylint: ignore[x] why': 1\n", []),
    ("other-comment", "# see policylint for ignore[x]\na: 1\n", []),
    ("text-not-yaml", "a: [\n# policylint: ignore[x] why\n", [(2, ("x",), "why", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in COMMENTS], ids=[case[0] for case in COMMENTS])
def test_comments(text: str, expected: list[Parts]) -> None:
    assert expected == [(comment.line, comment.rules, comment.reason, comment.until) for comment in found(text)]


def test_the_span_is_the_comment() -> None:
    text = "a: 1 # policylint: ignore[x] why\n"
    (comment,) = found(text)
    assert "# policylint: ignore[x] why" == text[comment.span.start : comment.span.end]


@pytest.mark.parametrize("text", [
    "# policylint: ignore[x] why\n" * 20_000 + "a: 1\n",
    "# policylint: ignore[x] why\n\n" * 10_000,
    "- 1 # policylint: ignore[x] why\n" * 20_000,
], ids=["stacked", "without-code", "behind-values"])  # fmt: skip
def test_many_comments_take_linear_time(text: str) -> None:
    source = Source("a.yaml", text)
    node, _ = parse(source)
    began = time.process_time()
    assert suppressions(source, node)
    assert time.process_time() - began < 2
