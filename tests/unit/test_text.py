"""Text as Exchange compares it."""

from __future__ import annotations

import pytest

from policylint.text import fold
from policylint.uppercase import upper_case

SAME = {
    "ascii": ("iPhone", "IPHONE"),
    "accents": ("m\u00fcller", "M\u00dcLLER"),
    "prosgegrammeni": ("\u1f80\u1fb3", "\u1f88\u1fbc"),
    "the micro sign": ("\u00b5", "\u03bc"),
    "final sigma": ("\u03c2", "\u03a3"),
    "title case": ("\u01c5", "\u01c6"),
    "beyond the first plane": ("\U00010428", "\U00010400"),
    "newer than Python's Unicode": ("\u1c8a", "\u1c89"),
}
DIFFERENT = {
    "the long s": ("\u017f", "s"),
    "the Kelvin sign": ("\u212a", "k"),
    "the \u00c5ngstr\u00f6m sign": ("\u212b", "\u00e5"),
    "sharp s": ("\u00df", "ss"),
    "capital sharp s": ("\u1e9e", "\u00df"),
    "the dotless i": ("\u0131", "i"),
    "the dotted I": ("\u0130", "i"),
    "a ligature": ("\ufb01", "FI"),
    "an accent of its own": ("e\u0301", "\u00e9"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_letters_that_differ_in_case(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_letters_that_are_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_twice_changes_nothing() -> None:
    assert not upper_case().keys() & set(upper_case().values())


def test_a_text_keeps_its_length() -> None:
    text = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x20000))))
    assert len(text) == len(fold(text))
    assert fold(text) == "".join(map(fold, text))
