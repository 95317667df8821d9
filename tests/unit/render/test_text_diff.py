"""The lines that differ: a difference made into the new text is the new text, however it is looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.render import text_diff
from policylint.render.style import Style
from policylint.render.text_diff import _pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = "--- a\n+++ b\n"


def diff(before: str, after: str) -> str:
    return text_diff.text_diff(before, after, ("a", "b"), Style(color=False))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "1\n", "@@ -0,0 +1 @@\n+1\n"),
        ("1\n2\n", "", "@@ -1,2 +0,0 @@\n-1\n-2\n"),
        ("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nx\n6\n", "@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+x\n 6\n"),
        (
            "x\n1\n2\n3\n4\n5\n6\nx\n",
            "1\n2\n3\n4\n5\n6\n",
            "@@ -1,8 +1,6 @@\n-x\n 1\n 2\n 3\n 4\n 5\n 6\n-x\n",
        ),
        (
            "x\n1\n2\n3\n4\n5\n6\n7\nx\n",
            "1\n2\n3\n4\n5\n6\n7\n",
            "@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-x\n",
        ),
    ],
    ids=["new", "gone", "one line", "one hunk", "two hunks"],
)
def test_a_unified_difference(before: str, after: str, shown: str) -> None:
    assert HEAD + shown == diff(before, after)


def made(old: list[str], shown: Sequence[str]) -> list[str]:
    """Return the lines after a difference is made in the old ones."""
    new: list[str] = []
    at = 0
    for line in shown:
        if place := re.match(r"@@ -(\d+)(,0)?", line):
            start = int(place[1]) - (place[2] is None)
            new += old[at:start]
            at = start
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            new += [line[1:]] if line[0] == " " else []
            at += 1
    return new + old[at:]


LINES = st.lists(st.sampled_from("abcdefgh"), max_size=20)


@given(LINES, LINES, st.sampled_from([0, 4, 250_000]))
def test_a_difference_made_in_the_old_text_gives_the_new_one(old: list[str], new: list[str], exact: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_diff, "_EXACT", exact)
        patch.setattr(text_diff, "_EXACT_WITHIN", exact)
        shown = list(text_diff._unified(old, new, ("a", "b")))
    assert new == made(old, shown[2:])


def test_lines_that_are_there_once_are_found_between_many_that_are_not() -> None:
    old = [line for number in range(1_000) for line in (f"id: {number}", "level: Allow")]
    new = [line.replace("id: 5", "id: x") for line in old if line != "id: 700"]
    changed = sum(line.startswith("id: 5") for line in old)
    assert len(old) - changed - 1 == len(_pairs(old, new, 100))
