"""JSON to rows: each form of it, each loss, and many objects at once as one by one."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.readers import json_blocks, json_rows
from policylint.readers.json_text import LARGEST, JsonText
from policylint.readers.rows import Document, Loss, SourceRow, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOT_ALIKE = 1 << 40


def pieces(text: str, size: int) -> Iterator[bytes]:
    """Yield a text as UTF-8 in pieces of some characters."""
    return (text[at : at + size].encode() for at in range(0, len(text), size))


def read(text: str, size: int = LARGEST) -> tuple[list[SourceRow], Document]:
    document = Document("json")
    return list(json_rows.read_json(pieces(text, size), document)), document


def rows_of(text: str) -> list[Mapping[str, Any]]:
    return [row for _, row, _ in read(text)[0]]


FORMS = [
    # id, the text, the objects with their lines and types
    ("list", '[{"A": 1}, {"A": 2}]', [(1, {"A": 1}, None), (1, {"A": 2}, None)]),
    ("one", '\n {"A": null}\n', [(2, {"A": None}, None)]),
    ("lines", '{"A": 1}\n{"A": 2}\n', [(1, {"A": 1}, None), (2, {"A": 2}, None)]),
    (
        "one-after-the-other",
        '{"A": 1}{"A": 2}\r\n\r\n{"A": 3}',
        [(1, {"A": 1}, None), (1, {"A": 2}, None), (3, {"A": 3}, None)],
    ),
    ("lists-one-after-the-other", '[{"A": 1}]\n[]\n[{"A": 2}]', [(1, {"A": 1}, None), (3, {"A": 2}, None)]),
    ("nothing-found-between", '{"A": 1}\nnull\n{"A": 2}', [(1, {"A": 1}, None), (3, {"A": 2}, None)]),
    (
        "windows-powershell",
        '[\r\n    {\r\n        "A":  "x",\r\n        "B":  [\r\n                  "y"\r\n'
        "              ]\r\n    },\r\n    {\r\n    }\r\n]",
        [(2, {"A": "x", "B": ["y"]}, None), (8, {}, None)],
    ),
    (
        "page",
        '{"@odata.context": "c",\n "value": [{"A@odata.type": "t", "A": []}]}',
        [(2, {"A@odata.type": "t", "A": []}, None)],
    ),
    ("list-and-count", '{"value": [{"A": 1}], "Count": 1}', [(1, {"A": 1}, None)]),
    ("pages", '[{"value": [{"A": 1}]}, {"VALUE": [{"A": 2}]}]', [(1, {"A": 1}, None), (1, {"A": 2}, None)]),
    ("page-in-an-object", '{"d":\n {"results":\n [{"A": 1}]}}', [(3, {"A": 1}, None)]),
    ("not-a-page", '{"A": {"B": 1}, "value": 2}', [(1, {"A": {"B": 1}, "value": 2}, None)]),
    (
        "graph",
        '{"displayName": "d", "resources": [{"resourceType": "microsoft.exchange.x", "properties": {"A": 1}}]}',
        [(1, {"A": 1}, "microsoft.exchange.x")],
    ),
    (
        "graph-beside-names",
        '{"Status": "succeeded", "Resources": ["t"],\n "Content": {"resources": [\n'
        '{"resourceType": "t", "properties": {"A": 1}}]}}',
        [(3, {"A": 1}, "t")],
    ),
    ("graph-list-beside-names", '{"Resources": ["t"], "Content": [{"A": 1}]}', [(1, {"A": 1}, None)]),
    ("texts-are-no-page", '{"value": ["x"], "Count": 1}', [(1, {"value": ["x"], "Count": 1}, None)]),
    ("graph-alone", '{"resourceType": "t", "properties": {"value": []}}', [(1, {"value": []}, "t")]),
    (
        "times",
        r'{"A": "\/Date(1768039205000)\/", "B": "/Date(-62135596800000)/", "C": ["/Date(1)/"], "D": "/Date(x)/"}',
        [
            (
                1,
                {
                    "A": "2026-01-10T10:00:05Z",
                    "B": "0001-01-01T00:00:00Z",
                    "C": ["1970-01-01T00:00:00.001Z"],
                    "D": "/Date(x)/",
                },
                None,
            )
        ],
    ),
    ("list-of-windows-powershell", '{"A": {"value": ["x", "y"], "Count": 2}}', [(1, {"A": ["x", "y"]}, None)]),
    (
        "numbers",
        '{"A": 1.5, "B": -0, "C": 1e3, "D": 123456789012345678901}',
        [(1, {"A": 1.5, "B": 0, "C": 1000.0, "D": 123456789012345678901}, None)],
    ),
    ("page-of-none", '{"value": []}', []),
    ("none", "[\n]", []),
]


@pytest.mark.parametrize(("text", "rows"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
def test_forms(text: str, rows: list[SourceRow]) -> None:
    found, document = read(text)
    assert rows == found
    assert [] == document.losses
    assert document.says_none is not bool(rows)
    assert (rows, []) == (read(text, 1)[0], read(text, 1)[1].losses)


LOSSES = [
    # id, the text, how many objects, code, a part of the message, line, column
    ("empty", "  ", 0, "empty-file", "no object", 1, None),
    ("null", "null", 0, "empty-file", "nothing but `null`", 1, None),
    ("list-of-null", "[null]", 0, "empty-file", "nothing but `null`", 1, None),
    ("text", '""', 0, "empty-file", "nothing but", 1, None),
    ("null-among-objects", '[{"A": 1},\n null]', 1, "unknown-objects", "`null` where an object should be", 2, 2),
    ("list-in-a-list", '[[{"A": 1}]]', 0, "unknown-objects", "a list where an object", 1, 2),
    ("scalars", '[1, {"A": 1}, true]', 1, "unknown-objects", "`1` where an object should be, and 1 more", 1, 2),
    ("texts-among-objects", '{"value": [{"A": 1}, "x"]}', 1, "unknown-objects", "`x` where", 1, 22),
    (
        "next-page",
        '{"value": [{"A": 1}],\n "@odata.nextLink": "https://x"}',
        1,
        "rows-cut",
        "`@odata.nextLink`",
        1,
        None,
    ),
    (
        "next-page-beside",
        '{"Results": [{"A": 1}], "Metadata": {"nextLink": "https://x"}}',
        1,
        "rows-cut",
        "`nextLink`",
        1,
        None,
    ),
    (
        "next-page-before",
        '{"Metadata": {"nextLink": "https://x"}, "Results": [{"A": 1}]}',
        1,
        "rows-cut",
        "`nextLink`",
        1,
        None,
    ),
    ("count", '{"@odata.count": 5, "value": [{"A": 1}]}', 1, "rows-cut", "is 5, and it holds 1 object", 1, None),
    ("partial", '{"status": "partiallySuccessful", "resources": [{"A": 1}]}', 1, "rows-cut", "not all of it", 1, None),
]


@pytest.mark.parametrize(
    ("text", "number", "code", "message", "line", "column"),
    [case[1:] for case in LOSSES],
    ids=[case[0] for case in LOSSES],
)
def test_losses(text: str, number: int, code: str, message: str, line: int, column: int | None) -> None:
    rows, document = read(text)
    (loss,) = document.losses
    assert (number, code, line, column) == (len(rows), loss.code, loss.line, loss.column)
    assert message in loss.message
    assert not document.says_none


def test_the_last_page_says_so_with_an_empty_link() -> None:
    assert [] == read('{"value": [{"A": 1}], "@odata.nextLink": "", "@odata.count": 1}')[1].losses


UNREADABLE = [
    # id, the text, code, a part of the message, line, column
    ("cut-list", '[{"A": 1}', "cut-file", "after 1 object", 1, 10),
    ("cut-after-comma", '[{"A": 1},\n', "cut-file", "after 1 object", 2, 1),
    ("cut-text", '[\n{"A": "é', "cut-file", "before its first object", 2, 9),
    ("cut-word", '{"A": tr', "cut-file", "", 1, 9),
    ("cut-number", '{"A": 1.', "cut-file", "", 1, 9),
    ("cut-escape", '{"A": "\\u12', "cut-file", "", 1, 12),
    ("cut-name", '{"A', "cut-file", "", 1, 4),
    ("cut-page", '{"value": [{"A": 1}', "cut-file", "after 1 object", 1, 20),
    ("twice", '[{"A": 1,\n"A": 2}]', "damaged", '"A" is there twice', 2, 1),
    ("twice-deep", '{"A": {"B": 1, "B": 1}}', "damaged", '"B" is there twice', 1, 16),
    ("twice-in-a-page", '{"x": 1, "value": [], "x": 1}', "damaged", '"x" is there twice', 1, 23),
    ("nan", '{"A": NaN}', "damaged", "`NaN` is no JSON", 1, 1),
    ("too-large", '{"A": 1e999}', "damaged", "no number that fits", 1, 1),
    ("half", '{"A": "\\ud800"}', "damaged", "surrogate", 1, 1),
    ("deep", "[" * 40 + "]" * 40, "damaged", "32 levels", 1, 34),
    ("line-feed-in-a-text", '{"é": "x\ny"}', "damaged", "control character", 1, 9),
    ("no-comma", '[{"A": 1} {"A": 2}]', "damaged", "',' delimiter", 1, 11),
    ("comma-at-the-end", '[{"A": 1},]', "damaged", "expecting value", 1, 11),
    ("commas-without-a-list", '{"A": 1},{"A": 2}', "damaged", "expecting value", 1, 9),
    ("not-closed-right", '[{"A": 1}}', "damaged", "',' delimiter", 1, 10),
    ("words", "hello", "damaged", "expecting value", 1, 1),
    ("escape", '{"A": "\\q"}', "damaged", "escape", 1, 8),
    ("more", '[{"A": 1}] x', "damaged", "expecting value", 1, 12),
]


@pytest.mark.parametrize(
    ("text", "code", "message", "line", "column"),
    [case[1:] for case in UNREADABLE],
    ids=[case[0] for case in UNREADABLE],
)
def test_what_is_not_whole_or_not_json(text: str, code: str, message: str, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    loss = caught.value.loss
    assert (code, line, column) == (loss.code, loss.line, loss.column)
    assert message in loss.message


def test_a_value_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JsonText.find_end, "__defaults__", (100,))
    monkeypatch.setattr(json_blocks, "LARGEST", 16)
    endless = '{"A": "' + "x" * 20_000 + '", "B": 1}'
    monkeypatch.setattr(json_rows, "_AT_ONCE", 50)
    with pytest.raises(Unreadable) as caught:
        read(endless, 16)
    assert "damaged" == caught.value.loss.code


def test_a_large_object_is_read_member_by_member(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "_AT_ONCE", 8)
    for name, text, rows in FORMS:
        assert rows == read(text, 3)[0], name


# Many at once

SCALARS = st.one_of(
    st.sampled_from(["", "x", 'q"\\', '":"', '},{"A":1', "/Date(1000)/", "é\U0001f600", "\u2028", None, True, 0, 1.5]),
    st.text(max_size=4),
    st.integers(),
)
NAMES = st.sampled_from(["A", "B", "DeviceId", "é x", "A@odata.type", "value", "", "Count"])
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2))
ALIKE = st.lists(NAMES, min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, SCALARS)), min_size=1, max_size=12)
)
OTHERS = st.lists(
    st.dictionaries(NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=2)), max_size=3), max_size=4
)
ROWS = st.builds(lambda one, other, more: [*one, *other, *more], ALIKE, OTHERS, ALIKE)
WAYS = st.sampled_from(
    [
        lambda rows: json.dumps(rows),
        lambda rows: json.dumps(rows, ensure_ascii=False, separators=(",", ":")),
        lambda rows: json.dumps(rows, ensure_ascii=False, indent=2),
        lambda rows: json.dumps(rows, indent=4, separators=(",", ":  ")).replace("\n", "\r\n"),
        lambda rows: "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
        lambda rows: "\r\n".join(json.dumps(row, separators=(",", ":")) for row in rows),
        lambda rows: "\n".join(json.dumps(row, indent=2) for row in rows),
        lambda rows: json.dumps({"@odata.context": "c", "value": rows}, ensure_ascii=False),
    ]
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["", '"', ",", "}", "{", "[", "\n", "\\", "1", '"A":1,'])),
    max_size=2,
)


def outcome(text: str, size: int) -> tuple[list[SourceRow], Loss | None, list[Loss]]:
    """Return the objects of a text, why no more could be read, and what else is wrong."""
    document = Document("json")
    rows: list[SourceRow] = []
    try:
        for line, row, type_name in json_rows.read_json(pieces(text, size), document):
            rows.append((line, dict(row.items()), type_name))
    except Unreadable as problem:
        return rows, problem.loss, document.losses
    return rows, None, document.losses


@pytest.mark.parametrize("is_installed", [True, False], ids=["msgspec", "json"])
@given(ROWS, WAYS, CHANGES, st.integers(1, 300), st.sampled_from([16, 60, 200]))
def test_many_at_once_are_as_one_by_one(
    is_installed: bool, rows: Sequence[Any], way: Any, changes: Sequence[tuple[int, str]], size: int, largest: int
) -> None:
    text = way(rows)
    for at, inserted in changes:
        text = text[:at] + inserted + text[at + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_blocks, "LARGEST", NOT_ALIKE)
        expected = outcome(text, size)
        patch.setattr(json_blocks, "LARGEST", largest)
        if not is_installed:
            patch.setattr(json_blocks, "_TRIES", 0)
        assert expected == outcome(text, size)
    if not changes:
        assert expected[1] is None


@pytest.mark.parametrize("is_installed", [True, False], ids=["msgspec", "json"])
@pytest.mark.parametrize("spelled", ['"B": 2, "A": 3', '"B": 2, "A" : 3', '"B": 2, "\\u0041": 3'])
def test_a_name_twice_is_found_among_many(monkeypatch: pytest.MonkeyPatch, is_installed: bool, spelled: str) -> None:
    monkeypatch.setattr(json_blocks, "LARGEST", 400)
    monkeypatch.setattr(json_blocks, "_TRIES", 16 if is_installed else 0)
    lines = ['{"A": "x", "B": 1}'] * 90
    lines[70] = f'{{"A": "x", {spelled}}}'
    with pytest.raises(Unreadable, match="is there twice") as caught:
        read("\n".join(lines))
    assert 71 == caught.value.loss.line


ODD = [
    # id, how each object begins, one that is not like the others
    ("page", '{"value": ', '{"value": [{"A": 1}], "B": 2}'),
    ("page-of-none", '{"value": ', '{"value": [], "B": 2}'),
    ("half", '{"A": ', '{"A": "\\ud800", "B": 2}'),
    ("pair", '{"A": ', '{"A": "\\ud83d\\ude00", "B": 2}'),
    ("time", '{"A": ', '{"A": "/Date(1000)/", "B": 2}'),
    ("time-in-a-list", '{"A": ', '{"A": ["/Date(1000)/"], "B": 2}'),
    ("time-with-an-escape", '{"A": ', '{"A": "\\u002fDate(1000)/", "B": 2}'),
    ("not-a-number", '{"A": ', '{"A": NaN, "B": 2}'),
    ("too-large", '{"A": ', '{"A": 1e999, "B": 2}'),
    ("many-digits", '{"A": ', f'{{"A": {"1" * 5000}, "B": 2}}'),
    ("object", '{"A": ', '{"A": {"C": 1}, "B": 2}'),
    ("empty-object", '{"A": ', '{"A": {}, "B": 2}'),
    ("deep", '{"A": ', f'{{"A": {"[" * 40}{"]" * 40}, "B": 2}}'),
    ("other-name", '{"A": ', '{"A": 1, "C": 2}'),
    ("name-less", '{"A": ', '{"A": 1}'),
    ("name-more", '{"A": ', '{"A": 1, "B": 2, "C": 3}'),
    ("quote", '{"A": ', '{"A": "\\"", "B": 2}'),
    ("quote-and-colon", '{"A": ', '{"A": "\\":", "B": 2}'),
    ("null", '{"A": ', "null"),
    ("two-lines", '{"A": ', '{"A":\n"x", "B": 2}'),
    ("order", '{"A": ', '{"B": 2, "A": 1}'),
]


@pytest.mark.parametrize("is_installed", [True, False], ids=["msgspec", "json"])
@pytest.mark.parametrize("between", ["\n", ",", ",\n  "], ids=["lines", "list", "indented"])
@pytest.mark.parametrize(("begin", "odd"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_one_that_is_odd_among_many(
    monkeypatch: pytest.MonkeyPatch, begin: str, odd: str, between: str, is_installed: bool
) -> None:
    objects = [f'{begin}"x", "B": {number}}}' for number in range(60)]
    text = between.join([*objects[:40], odd, *objects[40:]])
    text = text if between == "\n" else f"[{text}]"
    monkeypatch.setattr(json_blocks, "LARGEST", NOT_ALIKE)
    expected = outcome(text, 1000)
    monkeypatch.setattr(json_blocks, "LARGEST", 300)
    monkeypatch.setattr(json_blocks, "_TRIES", 16 if is_installed else 0)
    assert expected == outcome(text, 1000)
    assert len(expected[0]) in {40, 60, 61}


@pytest.mark.parametrize("is_installed", [True, False], ids=["msgspec", "json"])
def test_objects_that_are_alike_are_read_many_at_once(monkeypatch: pytest.MonkeyPatch, is_installed: bool) -> None:
    monkeypatch.setattr(json_blocks, "LARGEST", 1000)
    monkeypatch.setattr(json_blocks, "_TRIES", 16 if is_installed else 0)
    rows = [{"DeviceId": f"ID{number}", "Rule": "x" if number % 3 else None, "Class": ["top"]} for number in range(300)]
    counted: Counter[str] = Counter()
    item = json_rows._JsonReader._item

    def single(reader: Any, first: int, *, in_list: bool) -> Iterator[SourceRow]:
        counted["single"] += 1
        return item(reader, first, in_list=in_list)

    monkeypatch.setattr(json_rows._JsonReader, "_item", single)
    assert rows == rows_of(json.dumps(rows, indent=2))
    assert counted["single"] < 30


def test_a_row_is_a_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_blocks, "LARGEST", 200)
    expected = {"A": "1970-01-01T00:00:01Z", "é x": ["y"]}
    row = rows_of("\n".join([json.dumps({"A": "/Date(1000)/", "é x": ["y"]})] * 9))[0]
    assert type(row) is not dict
    assert (expected, [*expected], 2) == (dict(row), [*row], len(row))
    assert ([*expected.values()], [*expected.items()], [*expected]) == ([*row.values()], [*row.items()], [*row.keys()])
    assert "A" in row
    assert "B" not in row
    assert (None, 1, "1970-01-01T00:00:01Z") == (row.get("B"), row.get("B", 1), row.get("A"))
    with pytest.raises(KeyError):
        row["B"]


def test_without_the_extra_the_standard_library_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_blocks, "LARGEST", 1000)
    monkeypatch.setitem(sys.modules, "policylint.readers.json_structs", None)
    rows = [{"DeviceId": f"ID{number}"} for number in range(200)]
    assert rows == rows_of(json.dumps(rows))


def test_memory_does_not_grow() -> None:
    import tracemalloc

    line = json.dumps({"DeviceId": "x" * 400, "Rule": None}).encode() + b"\n"
    peaks = []
    for number in (4_000, 16_000):
        tracemalloc.start()
        document = Document("json")
        count = sum(1 for _ in json_rows.read_json((line * 100 for _ in range(number // 100)), document))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert number == count
    assert peaks[1] < 1.5 * peaks[0]
