"""The output of Format-List: what it shows whole is read, what it breaks or leaves out is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.reading import read
from tests.readers.render_rows import render_format_list

VALUES = [
    # id, lines of one property X, value
    ("text", ["X : Allow"], "Allow"),
    ("nothing", ["X : "], None),
    ("nothing-without-a-blank", ["X :"], None),
    ("blanks", ["X :    "], None),
    ("colon", ["X : say : so"], "say : so"),
    ("time-span", ["X : 00:15:00"], "00:15:00"),
    ("inner-blanks", ["X : a  b "], "a  b "),
    ("no-items", ["X : {}"], []),
    ("item", ["X : {a}"], ["a"]),
    ("items", ["X : {a, b c, d}"], ["a", "b c", "d"]),
    ("items-over-lines", ["X : {a, b,", "    c}"], ["a", "b", "c"]),
    ("items-over-lines-with-blanks", ["X : {a, b, ", "    c, ", "    d}  "], ["a", "b", "c", "d"]),
    ("one-brace", ["X : {a"], "{a"),
    ("color", ["\x1b[32;1mX : \x1b[0mAllow"], "Allow"),
]


@pytest.mark.parametrize(("lines", "expected"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_a_value_is_what_is_shown(lines: list[str], expected: object) -> None:
    found = read("\n".join(["", "Name : n", *lines, "Last : z", "", ""]))
    assert found.rows == [(2, {"Name": "n", "X": expected, "Last": "z"}, None)]
    assert found.losses == []


def test_another_file_begins_with_its_mark() -> None:
    text = "Name : a\r\nId   : 1\r\n"
    assert read(f"{text}\ufeff{text}\ufeff\r\n{text}").values == [{"Name": "a", "Id": "1"}] * 3


LOSSES = [
    # id, lines of one property X, code, value
    ("wrapped", ["X : one two", "    three"], "text-wrapped", "one two"),
    ("wrapped-over-many-lines", ["X : a", "    b", "    c"], "text-wrapped", "a"),
    ("wrapped-with-an-empty-line", ["X : a", "", "    b"], "text-wrapped", "a"),
    ("wrapped-within-an-item", ["X : {a, b-", "    c}"], "text-wrapped", "{a, b-"),
    ("wrapped-and-open", ["X : {a,", "    b"], "text-wrapped", "{a,"),
    ("cut", ["X : {a, b...}"], "list-cut", ["a", "b"]),
    ("cut-after-a-comma", ["X : {a, b, ...}"], "list-cut", ["a", "b"]),
    ("cut-with-one-character", ["X : {a, b…}"], "list-cut", ["a", "b"]),
    ("cut-at-once", ["X : {...}"], "list-cut", []),
    ("cut-over-lines", ["X : {a,", "    b...}"], "list-cut", ["a", "b"]),
]


@pytest.mark.parametrize(("lines", "code", "value"), [case[1:] for case in LOSSES], ids=[case[0] for case in LOSSES])
def test_what_is_not_shown_whole_is_named_and_the_rest_is_read(lines: list[str], code: str, value: object) -> None:
    found = read("\n".join(["", "Name : n", *lines, "Last : z", ""]))
    assert found.values == [{"Name": "n", "X": value, "Last": "z"}]
    assert [(loss.code, loss.line, loss.property) for loss in found.losses] == [(code, 3, "X")]
    assert "`X`" in found.losses[0].message


DAMAGED = [
    ("prose", "Name : a\nsome words\n", 2, None),
    ("twice", "Name : a\nId : 1\nName : b\n", 3, "Name"),
    ("prose-after-an-object", "Name : a\n\n\nthe end\n", 4, None),
]


@pytest.mark.parametrize(("text", "line", "name"), [case[1:] for case in DAMAGED], ids=[case[0] for case in DAMAGED])
def test_a_line_that_does_not_belong_is_refused(text: str, line: int, name: str | None) -> None:
    assert [(loss.code, loss.line, loss.property) for loss in read(text).losses] == [("damaged", line, name)]


NAMES = st.lists(st.sampled_from(["Name", "DeviceId", "X_UTC", "IsDefault", "Größe"]), min_size=1, unique=True)
ITEM = st.text(st.characters(codec="utf-8", exclude_characters=", \x1b\0"), min_size=1, max_size=6).filter(
    lambda text: text.splitlines() == [text] and not text.endswith((".", "…", "}"))
)
TEXT = ITEM.filter(lambda text: not text.startswith("{") and bool(text.strip()))


@given(NAMES, st.data(), st.sampled_from([None, 1, 50]))
def test_rows_come_back(names: list[str], data: st.DataObject, size: int | None) -> None:
    value: st.SearchStrategy[Any] = st.one_of(st.none(), TEXT, st.lists(ITEM.filter(lambda text: "{" not in text)))
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, value)), min_size=1, max_size=4))
    found = read(render_format_list(rows), size)
    assert (found.values, found.losses) == (rows, [])


@given(st.text("abc ", min_size=1, max_size=60).filter(lambda text: text == text.strip()), st.integers(20, 40))
def test_a_text_that_was_broken_is_named(text: str, width: int) -> None:
    found = read(render_format_list([{"QueryString": text, "AccessLevel": "Allow"}], width=width))
    is_broken = len(text) > width - len("QueryString : ")
    assert found.codes == ["text-wrapped"] * is_broken
    assert found.values[0]["AccessLevel"] == "Allow"
    assert is_broken or found.values[0]["QueryString"] == text


@given(st.lists(st.sampled_from(["ID1", "android2", "x"]), max_size=8), st.integers(1, 5))
def test_a_list_that_was_cut_is_named(items: list[str], most: int) -> None:
    found = read(render_format_list([{"Name": "a", "Ids": items}], most=most))
    assert found.codes == ["list-cut"] * (len(items) > most)
    assert found.values == [{"Name": "a", "Ids": items[:most]}]
