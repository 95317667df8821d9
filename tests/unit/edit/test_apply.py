"""Edits of a policy file: what they may change, and what is refused."""

from __future__ import annotations

from textwrap import dedent

import pytest

from policylint.edit.apply import FileEdits, Path, apply_edits
from policylint.edits import OverlapError, TextEdit
from policylint.source import Source, Span
from tests.worlds import POLICY_SCHEMA, policy_file

TEXT = dedent("""\
    # mobile access
    mailboxes:
      - Identity: anna@contoso.com
      # left in May
      - Identity: bert@contoso.com
        ActiveSyncEnabled: false # policylint: ignore[a] why
      - Identity: carl@contoso.com
        ActiveSyncAllowedDeviceIDs: [A, B] # policylint: ignore[b] why
    """)


def edits(
    *replacements: tuple[str, str],
    old: tuple[Path, ...] = (),
    new: tuple[Path, ...] = (),
    text: str = TEXT,
    path: str = "a.yaml",
) -> FileEdits:
    """Return the edits that replace parts of a text, each of which is in it once."""
    file = policy_file(text, path)
    found = []
    for part, replacement in replacements:
        start = text.index(part)
        assert start == text.rindex(part)
        found.append(TextEdit(Span(file.source, start, start + len(part)), replacement))
    return FileEdits(file, tuple(found), frozenset(old), frozenset(new))


BERT = "  # left in May\n  - Identity: bert@contoso.com\n    ActiveSyncEnabled: false # policylint: ignore[a] why\n"
ANNA = ("mailboxes", 0, "Identity")
ANNA_ENABLED = ("mailboxes", 0, "ActiveSyncEnabled")

ACCEPTED = {
    "nothing": edits(),
    "the-same-value-written-otherwise": edits(("anna@contoso.com", '"anna@contoso.com"')),
    "value": edits(("anna@", "anne@"), old=(ANNA,), new=(ANNA,)),
    "value-with-an-ignore-comment": edits(
        ("false", "true"), old=(("mailboxes", 1, "ActiveSyncEnabled"),), new=(("mailboxes", 1, "ActiveSyncEnabled"),)
    ),
    "key-added": edits(("anna@contoso.com\n", "anna@contoso.com\n    ActiveSyncEnabled: true\n"), new=(ANNA_ENABLED,)),
    "item-of-a-list-in-brackets-added": edits(
        ("A, B", "A, B, C"), new=(("mailboxes", 2, "ActiveSyncAllowedDeviceIDs", 2),)
    ),
    "item-of-a-list-in-brackets-removed": edits(("A, ", ""), old=(("mailboxes", 2, "ActiveSyncAllowedDeviceIDs", 0),)),
    "entry-removed-with-its-comments": edits((BERT, ""), old=(("mailboxes", 1),)),
    "entry-added": edits(
        ("mailboxes:\n", "mailboxes:\n  - Identity: zoe@contoso.com # new\n"), new=(("mailboxes", 0),)
    ),
    "comment-removed": edits((" # policylint: ignore[a] why", "")),
    "comment-extended": edits(("left in May", "left in May 2026")),
    "two-edits": edits((BERT, ""), ("anna@", "anne@"), old=(("mailboxes", 1), ANNA), new=(ANNA,)),
    "invalid-before": edits(
        ("yes", "true"),
        text="mailboxes: [{Identity: anna@contoso.com, ActiveSyncEnabled: yes}]\n",
        old=(ANNA_ENABLED,),
        new=(ANNA_ENABLED,),
    ),
}

CHANGED = "this edit would change more than it is meant to"
MOVED = "after the edit this comment would be about another line"

REFUSED = {
    "value-that-is-not-named": (edits(("anna@", "anne@")), f"3:15 {CHANGED}"),
    "other-value-than-named": (edits(("bert@", "bart@"), old=(ANNA,), new=(ANNA,)), f"5:15 {CHANGED}"),
    "keys-that-fall-to-the-entry-above": (
        edits(("  - Identity: bert@contoso.com\n", ""), old=(("mailboxes", 1),)),
        f"5:1 {CHANGED}",
    ),
    "next-line-becomes-part-of-the-text": (
        edits(
            ("anna@contoso.com\n  # left in May\n  - Identity: bert@contoso.com", "|\n      text"),
            old=(ANNA,),
            new=(ANNA,),
        ),
        f"3:15 {CHANGED}",
    ),
    "comment-becomes-text": (
        edits(("anna@contoso.com", "|"), old=(ANNA,), new=(ANNA,)),
        "3:15 `Identity` is empty",
    ),
    "not-yaml": (edits(("[A", "[[A"), old=(("mailboxes", 2),), new=(("mailboxes", 2),)), "9:1 not YAML"),
    "not-valid": (edits(("Identity: anna", "Name: anna"), old=(ANNA,)), "3:5 `Identity` is missing"),
    "not-a-mapping": (edits((TEXT, "- a\n")), f"1:1 {CHANGED}"),
    "nothing-left": (edits((TEXT, "# mobile access\n")), f"1:1 {CHANGED}"),
    "ignore-comment-about-another-line": (
        edits(("[A, B]", "\n      [A, B]")),
        f"8:40 {MOVED}",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_named_may_change(name: str) -> None:
    case = ACCEPTED[name]
    expected = case.file.source.text
    for edit in sorted(case.edits, key=lambda edit: edit.span.start, reverse=True):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert (expected, ()) == apply_edits(case, POLICY_SCHEMA)


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_what_is_inserted_has_the_line_ends_of_the_file(end: str) -> None:
    new = "mailboxes:\n  - Identity: zoe@contoso.com # new\n"
    case = edits((f"mailboxes:{end}", new), new=(("mailboxes", 0),), text=TEXT.replace("\n", end))
    assert (TEXT.replace("mailboxes:\n", new).replace("\n", end), ()) == apply_edits(case, POLICY_SCHEMA)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_named_may_not(name: str) -> None:
    case, expected = REFUSED[name]
    text, problems = apply_edits(case, POLICY_SCHEMA)
    assert text is None
    found = [f"{str(problem.span).removeprefix('a.yaml:')} {problem.message}" for problem in problems]
    assert found[0].startswith(expected), found


def test_edits_that_overlap() -> None:
    with pytest.raises(OverlapError):
        apply_edits(edits(("anna@contoso.com", "a"), ("na@", "b")), POLICY_SCHEMA)


def test_an_edit_of_an_older_text() -> None:
    stale = TextEdit(Span(Source("a.yaml", "mailboxes: []\n"), 0, 1), "")
    with pytest.raises(ValueError, match=r"an edit of another text than a\.yaml"):
        apply_edits(edits()._replace(edits=(stale,)), POLICY_SCHEMA)
