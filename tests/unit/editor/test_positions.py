"""Positions as editors count them, and texts after their changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.editor.positions import Extent, Place, changed, offset_at, place_at, readable
from policylint.source import Source

PHONE = "\U0001f4f1"
TEXT = f"a: {PHONE}é\r\nb: 1\rc: \u2028x\n"


@pytest.mark.parametrize(
    ("encoding", "place", "offset"),
    [
        ("utf-16", Place(0, 3), 3),
        ("utf-16", Place(0, 4), 3),
        ("utf-16", Place(0, 5), 4),
        ("utf-16", Place(0, 6), 5),
        ("utf-16", Place(0, 99), 5),
        ("utf-8", Place(0, 7), 4),
        ("utf-8", Place(0, 9), 5),
        ("utf-32", Place(0, 4), 4),
        ("utf-16", Place(1, 0), 7),
        ("utf-16", Place(2, 4), 16),
        ("utf-16", Place(3, 0), 18),
        ("utf-16", Place(99, 0), 18),
        ("utf-16", Place(-1, 0), 0),
        ("utf-16", Place(0, -1), 0),
    ],
)
def test_a_place_has_an_offset(encoding: str, place: Place, offset: int) -> None:
    assert offset == offset_at(Source("", TEXT), place, encoding)


def extent(*numbers: int) -> Extent:
    return Extent(Place(*numbers[:2]), Place(*numbers[2:]))


@pytest.mark.parametrize(
    ("text", "at", "new", "expected"),
    [
        pytest.param("a: 1\n", extent(0, 3, 0, 4), "2", "a: 2\n", id="plain"),
        pytest.param(f"{PHONE}x", extent(0, 2, 0, 3), "y", f"{PHONE}y", id="behind-a-pair"),
        pytest.param(f"{PHONE}x", extent(0, 1, 0, 2), "", "\ud83dx", id="half-of-a-pair-gone"),
        pytest.param("\ud83dx", extent(0, 1, 0, 1), "\udcf1", f"{PHONE}x", id="halves-meet"),
        pytest.param(f"{PHONE}", extent(0, 1, 0, 1), "é", "\ud83dé\udcf1", id="between-halves"),
        pytest.param("a\r\nb\rc", extent(1, 0, 2, 1), "x", "a\r\nx", id="line-ends-of-all-kinds"),
        pytest.param("a\u2028é", extent(0, 2, 0, 3), "x", "a\u2028x", id="separators-end-no-line"),
        pytest.param("abc", extent(0, 2, 0, 1), "x", "abxc", id="backwards"),
        pytest.param("abc", extent(5, 0, 9, 9), "x", "abcx", id="past-the-end"),
    ],
)
def test_a_change_is_made_where_the_editor_means(text: str, at: Extent, new: str, expected: str) -> None:
    assert expected == changed(text, at, new, "utf-16")


def test_halves_of_characters_are_shown_as_unknown() -> None:
    assert f"a\ufffd{PHONE}" == readable(f"a\ud83d{PHONE}")


@given(st.text(st.sampled_from(["a", "é", PHONE, "\n", "\r", "\u2028"]), max_size=12), st.data())
def test_a_place_is_where_its_offset_is(text: str, data: st.DataObject) -> None:
    source = Source("", text)
    offset = data.draw(st.integers(0, len(text)))
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        return
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert offset == offset_at(source, place_at(source, offset, encoding), encoding)
