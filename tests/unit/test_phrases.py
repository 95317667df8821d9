"""Values and counts in messages."""

from __future__ import annotations

import pytest

from policylint.phrases import LONGEST, count, listed, quoted, show


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(None, "null", id="null"),
        pytest.param(6, "6", id="number"),
        pytest.param("iPhone", "iPhone", id="text"),
        pytest.param(("a", "b"), "[a, b]", id="list"),
        pytest.param("two\nlines", "two\\nlines", id="line-end"),
        pytest.param("grün\x1b", "grün\\x1b", id="control"),
        pytest.param("x" * 200, "x" * (LONGEST - 3) + "...", id="long"),
    ],
)
def test_a_value_is_shown_as_in_yaml(value: bool | int | str | tuple[str, ...] | None, expected: str) -> None:
    assert show(value) == expected
    assert quoted(value) == f"`{expected}`"


@pytest.mark.parametrize(
    ("words", "most", "expected"),
    [
        ((), 5, ""),
        (("a",), 5, "a"),
        (("a", "b"), 5, "a and b"),
        (("a", "b", "c"), 5, "a, b and c"),
        (("a", "b", "c", "d"), 2, "a, b and 2 more"),
        (("a", "b", "c", "d", "e", "f"), None, "a, b, c, d, e and f"),
    ],
)
def test_words_are_listed(words: tuple[str, ...], most: int | None, expected: str) -> None:
    assert listed(words, most) == expected
    assert listed(words, most, last=", ") == (expected if most == 2 else ", ".join(words))


def test_things_are_counted() -> None:
    assert count(1, "device") == "1 device"
    assert count(12, "device") == "12 devices"
    assert count(0, "mailbox") == "0 mailboxes"
