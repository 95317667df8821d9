"""CSV as Export-Csv, spreadsheets and scripts write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.reading import read
from tests.readers.render_rows import render_csv

ROWS = [{"Name": "a,b;c\td", "Id": "1"}, {"Name": 'say "x"', "Id": ""}, {"Name": "two\r\nlines", "Id": " 3 "}]


@pytest.mark.parametrize("quote_all", [True, False])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_tells_the_separator(separator: str, quote_all: bool) -> None:
    text = render_csv(ROWS, separator=separator, quote_all=quote_all)
    assert read(text).values == ROWS
    assert read(text).losses == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('#TYPE Selected.Contoso.Rule\r\n"Name"\r\n"a"\r\n', (3, {"Name": "a"}, "Selected.Contoso.Rule")),
        ("sep=;\r\nName;Id,x\r\na;1\r\n", (3, {"Name": "a", "Id,x": "1"}, None)),
        ('"sep=\t"\r\nName\tId\r\na\t1\r\n', (3, {"Name": "a", "Id": "1"}, None)),
        ("#TYPE T\nsep=,\n\nName,Id\na,1", (5, {"Name": "a", "Id": "1"}, "T")),
        ('\n\n"Name;x";"Id"\n"a";"1"\n', (4, {"Name;x": "a", "Id": "1"}, None)),
        ("Name,Id,\na,1,\n", (2, {"Name": "a", "Id": "1"}, None)),
        ("Name;Id;\n;;\na;1;\n;;\n", (3, {"Name": "a", "Id": "1"}, None)),
        ("Name , Id\na, 1\n", (2, {"Name": "a", "Id": " 1"}, None)),
        ('"first\r\nsecond",Id\r\na,1\r\n', (3, {"first\r\nsecond": "a", "Id": "1"}, None)),
    ],
)
def test_what_comes_before_the_rows_is_understood(text: str, expected: object) -> None:
    found = read(text)
    assert (found.rows, found.losses) == ([expected], [])


def test_lines_are_counted_through_cells_of_many_lines() -> None:
    text = 'Name,Id\r\n"a\r\nb\r\n\r\nc",1\r\n\r\nd,2\r\n"e\nf",3\n'
    assert [line for line, _row, _type in read(text).rows] == [2, 7, 8]


def test_files_one_after_the_other_are_one() -> None:
    text = render_csv(ROWS, type_line="T")
    assert read(text + text).values == [*ROWS, *ROWS]


@pytest.mark.parametrize("type_line", [None, "T"])
def test_another_file_begins_with_its_mark(type_line: str | None) -> None:
    text = render_csv(ROWS, type_line=type_line)
    assert read(f"{text}\ufeff{text}".encode("utf-8-sig")).values == [*ROWS, *ROWS]


def test_a_value_may_be_called_as_a_column() -> None:
    assert read("Name,Id\nName,1\nId,2\n").values == [{"Name": "Name", "Id": "1"}, {"Name": "Id", "Id": "2"}]


LOSSES = [
    # id, text, code, line, property, rows before it
    ("no-rows", '"Name","Id"\r\n', "empty-file", 1, None, 0),
    ("no-rows-after-a-type", '#TYPE T\r\n"Name","Id"\r\n\r\n', "empty-file", 2, None, 0),
    ("type-alone", "#TYPE T\r\n", "empty-file", 1, None, 0),
    ("other-columns-after-a-mark", "Name,Id\na,1\n\ufeffName,Type\nb,2\n", "damaged", 3, None, 1),
    ("other-columns-after-a-type", "Name,Id\na,1\n#TYPE T\nName,Type\nb,2\n", "damaged", 4, None, 1),
    ("columns-in-another-order", "Name,Id\na,1\nId,Name\n2,b\n", "damaged", 3, None, 1),
    ("twice", '"Name","Id","name"\r\na,b,c\r\n', "damaged", 1, "name", 0),
    ("cut-in-a-row", "Name,Id\r\na,1\r\nb", "cut-file", 3, None, 1),
    ("cut-after-a-separator", '"Name","Id"\r\n"a","1"\r\n"b",', "cut-file", 3, None, 2),
    ("cut-in-quotes", '"Name","Id"\r\n"a","1"\r\n"b","2', "cut-file", 3, None, 1),
    ("cut-in-a-text-of-lines", '"Name","Id"\r\n"a","x\r\ny\r\n', "cut-file", 2, None, 0),
    ("fewer", "Name,Id\r\na\r\nb,2\r\n", "damaged", 2, None, 0),
    ("more", "Name,Id\r\na,1\r\nb,2,3\r\n", "damaged", 3, None, 1),
    ("quote-within", '"Name","Id"\r\n"a"b,"1"\r\n', "damaged", 2, None, 0),
    ("other-file", 'Name,Id\r\na,1\r\n"Guid"\r\n"x"\r\n', "damaged", 3, None, 1),
]


@pytest.mark.parametrize("size", [1, None], ids=repr)
@pytest.mark.parametrize("case", LOSSES, ids=[case[0] for case in LOSSES])
def test_what_is_cut_or_damaged_is_refused_with_its_line(case: tuple[Any, ...], size: int | None) -> None:
    _id, text, code, line, name, rows = case
    found = read(text, size)
    assert [(code, line, name)] == [(loss.code, loss.line, loss.property) for loss in found.losses]
    assert rows == len(found.rows)


def test_a_cell_may_be_long() -> None:
    ids = ";".join(f"ID{number}" for number in range(40_000))
    assert read(f"Name,Ids\r\na,{ids}\r\n").values == [{"Name": "a", "Ids": ids}]


NAMES = st.lists(st.sampled_from(["Name", "Id", "Email Address", "X_UTC", "Größe"]), min_size=2, unique=True)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(NAMES, st.data(), st.sampled_from(",;\t"), st.integers(1, 40))
def test_rows_come_back(names: list[str], data: st.DataObject, separator: str, size: int) -> None:
    row = st.fixed_dictionaries(dict.fromkeys(names, CELLS)).filter(
        lambda row: any(row.values()) and [*row] != [*row.values()]
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    found = read(render_csv(rows, names, separator=separator), size)
    assert (found.values, found.losses) == (rows, [])


@given(st.integers(1, len(render_csv(ROWS)) - 1))
def test_a_file_that_is_cut_is_refused_where_a_row_is_not_whole(end: int) -> None:
    text = render_csv(ROWS)[:end]
    found = read(text)
    assert found.losses or (found.values == ROWS[: len(found.rows)] and text.endswith(('"', "\r", "\n")))
