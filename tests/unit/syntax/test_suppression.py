"""Comments that silence findings: which are comments, and which line they are about."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
    ("until-not-a-date", "a: 1 # policylint: ignore[x] why until spring\n", [(1, ("x",), "why until spring", None)]),
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


def said(words: str) -> tuple[str, str | None, str | None]:
    """Return what a comment with these words behind its bracket says: reason, owner, last day."""
    (comment,) = found(f"a: 1 # policylint: ignore[x] {words}\n")
    return comment.reason, comment.owner, comment.until


OWNERS = [
    ("none", "why", ("why", None, None)),
    ("both-in-parentheses", "why (owner: help-desk, until 2027-01-31)", ("why", "help-desk", "2027-01-31")),
    ("the-other-way", "why (until 2027-01-31, owner: help-desk)", ("why", "help-desk", "2027-01-31")),
    ("name-with-spaces", "why (owner: help desk)", ("why", "help desk", None)),
    ("day-in-parentheses", "why (until 2027-01-31)", ("why", None, "2027-01-31")),
    ("parentheses-first", "(owner: it) why", ("why", "it", None)),
    ("parentheses-inside", "until spring (owner: it) comes", ("until spring comes", "it", None)),
    ("bare", "why owner: help-desk until 2027-01-31", ("why", "help-desk", "2027-01-31")),
    ("bare-first", "owner: it@contoso.com why", ("why", "it@contoso.com", None)),
    ("without-a-space", "why owner:it", ("why", "it", None)),
    ("empty", "why owner:", ("why", "", None)),
    ("empty-in-parentheses", "why (owner: )", ("why", "", None)),
    ("empty-before-a-day", "why owner: until 2027-01-31", ("why", "", "2027-01-31")),
    ("no-day-in-parentheses", "why (owner: it, until spring)", ("why", "it", "spring")),
    ("a-day-of-another-form", "why until 31.01.2027", ("why", None, "31.01.2027")),
    ("a-day-with-slashes", "why until 1/31/2027", ("why", None, "1/31/2027")),
    ("a-day-that-is-none", "why until 2027-13-45", ("why", None, "2027-13-45")),
    ("end-of-a-sentence", "why until 2027-01-31.", ("why", None, "2027-01-31")),
    ("other-parentheses", "iOS (until 17.4.1) is old", ("iOS (until 17.4.1) is old", None, None)),
    ("more-than-an-owner", "why (owner: it, see ticket)", ("why (see ticket)", "it", None)),
    ("an-owner-in-a-word", "the homeowner: he knows", ("the homeowner: he knows", None, None)),
    ("until-with-words", "blocked until we know more", ("blocked until we know more", None, None)),
    ("until-a-version", "kept until 16.1 is there", ("kept until 16.1 is there", None, None)),
    ("owner-without-a-colon", "the owner said so", ("the owner said so", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), [case[1:] for case in OWNERS], ids=[case[0] for case in OWNERS])
def test_owner_and_day(words: str, expected: tuple[str, str | None, str | None]) -> None:
    assert expected == said(words)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
REASONS = st.lists(WORDS | st.sampled_from(["until", "spring", "16.1", "(", ")", "owner", ","]), min_size=1)


@given(REASONS.map(" ".join).filter(lambda text: "owner:" not in text and not re.search(r"until \d", text)))
@settings(max_examples=50)
def test_any_other_words_are_the_reason(reason: str) -> None:
    """Words are taken out of no reason, and an owner and a day are found behind any."""
    assume("(until " not in reason)
    assert (reason, None, None) == said(reason)
    assert (reason, "it", "2027-01-31") == said(f"{reason} (owner: it, until 2027-01-31)")
    assert (reason, "it", "2027-01-31") == said(f"{reason} owner: it until 2027-01-31")


def test_the_span_is_the_comment() -> None:
    text = "a: 1 # policylint: ignore[x] why\n"
    (comment,) = found(text)
    assert "# policylint: ignore[x] why" == text[comment.span.start : comment.span.end]


@pytest.mark.parametrize("text", [
    "# policylint: ignore[x] why\n" * 20_000 + "a: 1\n",
    "# policylint: ignore[x] why\n\n" * 10_000,
    "- 1 # policylint: ignore[x] why\n" * 20_000,
    f"a: 1 # policylint: ignore[x] {'(owner: ' * 40_000}{'until 1/1' * 40_000}\n",
], ids=["stacked", "without-code", "behind-values", "long-reason"])  # fmt: skip
def test_many_comments_take_linear_time(text: str) -> None:
    source = Source("a.yaml", text)
    node, _ = parse(source)
    began = time.process_time()
    assert suppressions(source, node)
    assert time.process_time() - began < 2
