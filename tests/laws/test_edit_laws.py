"""Edits of a text: those that do not overlap can be applied in any order, and those that do are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.edits import OverlapError, TextEdit, in_order, splice
from policylint.source import Source, Span

if TYPE_CHECKING:
    from random import Random


@st.composite
def disjoint_edits(draw: st.DrawFn) -> tuple[str, list[TextEdit]]:
    """Return a text and edits of it from its beginning to its end, at most one insertion at each offset."""
    text = draw(st.text(max_size=40))
    source = Source("a.yaml", text)
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    ranges = dict.fromkeys(zip(bounds[::2], bounds[1::2], strict=False))
    return text, [TextEdit(Span(source, *found), draw(st.text(max_size=5))) for found in ranges]


def edit(start: int, end: int, text: str) -> TextEdit:
    return TextEdit(Span(Source("a.yaml", "abcdef"), start, end), text)


@given(disjoint_edits())
def test_splice_is_replacement_from_the_end(case: tuple[str, list[TextEdit]]) -> None:
    text, edits = case
    expected = text
    for found in reversed(edits):
        expected = expected[: found.span.start] + found.text + expected[found.span.end :]
    assert expected == splice(text, edits)


@given(disjoint_edits(), st.randoms())
def test_the_order_of_edits_is_irrelevant(case: tuple[str, list[TextEdit]], dice: Random) -> None:
    text, edits = case
    shuffled = list(edits)
    dice.shuffle(shuffled)
    assert edits == in_order(shuffled)
    assert splice(text, edits) == splice(text, shuffled)


@given(st.text())
def test_no_edits_keep_the_text(text: str) -> None:
    assert text == splice(text, [])


@given(disjoint_edits())
def test_edits_that_write_what_is_there_keep_the_text(case: tuple[str, list[TextEdit]]) -> None:
    text, edits = case
    assert text == splice(text, [TextEdit(span, text[span.start : span.end]) for span, _ in edits])


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param([edit(2, 2, "1"), edit(2, 2, "2")], "ab12cdef", id="insertions-keep-their-order"),
        pytest.param([edit(2, 4, "X"), edit(2, 2, "1")], "ab1Xef", id="insertion-before-a-replacement"),
        pytest.param([edit(4, 4, "1"), edit(2, 4, "X")], "abX1ef", id="insertion-after-a-replacement"),
        pytest.param([edit(2, 4, ""), edit(4, 6, "")], "ab", id="side-by-side"),
    ],
)
def test_splice_where_edits_meet(edits: list[TextEdit], expected: str) -> None:
    assert expected == splice("abcdef", edits)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(edit(1, 3, "x"), edit(2, 4, "y"), id="overlap"),
        pytest.param(edit(1, 4, "x"), edit(2, 2, "y"), id="insertion-inside"),
        pytest.param(edit(1, 3, "x"), edit(1, 3, "x"), id="twice"),
    ],
)
def test_overlapping_edits_are_refused(first: TextEdit, second: TextEdit) -> None:
    with pytest.raises(OverlapError, match=r"^edits overlap at a\.yaml:1:2 and a\.yaml:1:\d$") as caught:
        splice("abcdef", [second, first])
    assert {first, second} == {caught.value.first, caught.value.second}
