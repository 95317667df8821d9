"""The output of Export-Clixml: what its elements mean, and what a hostile file may not do."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from policylint.readers import clixml_elements
from policylint.readers.clixml_elements import DEEPEST
from tests.readers.reading import read
from tests.readers.render_rows import Enumeration, render_clixml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
LIST = '<TN RefId="9"><T>System.Object[]</T></TN><LST>'


def document(*objects: str) -> str:
    return "\n".join((ROOT, *objects, "</Objs>"))


def members(*elements: str, number: int = 0) -> str:
    return f'<Obj RefId="{number}"><MS>{"".join(elements)}</MS></Obj>'


def values_of(*elements: str) -> Mapping[str, Any]:
    """Return the properties of an object with these elements."""
    found = read(document(members(*elements)))
    assert found.losses == []
    return found.values[0]


VALUES = [
    ('<S N="X">iPhone</S>', "iPhone"),
    ('<S N="X"></S>', ""),
    ('<S N="X" />', ""),
    ('<S N="X">  two  </S>', "  two  "),
    ('<S N="X">&lt;a&amp;b&gt;&#x41;</S>', "<a&b>A"),
    ('<S N="X">a_x000D__x000A_b</S>', "a\r\nb"),
    ('<S N="X">_xD83D__xDE00_</S>', "😀"),
    ('<S N="X">_x005F_x0041_ _x005F_x</S>', "_x0041_ _x"),
    ('<S N="X">_xD83D_!</S>', "\ufffd!"),
    ('<S N="X">_x00G0_ _x41_</S>', "_x00G0_ _x41_"),
    ('<S N="X"><![CDATA[<a>]]></S>', "<a>"),
    ('<B N="X">true</B>', True),
    ('<B N="X">false</B>', False),
    ('<Nil N="X" />', None),
    ('<I32 N="X">-5</I32>', -5),
    ('<By N="X">3</By>', 3),
    ('<I64 N="X">9007199254740993</I64>', 9007199254740993),
    ('<U64 N="X">18446744073709551615</U64>', 18446744073709551615),
    ('<Db N="X">1.5</Db>', 1.5),
    ('<D N="X">10485760</D>', 10485760),
    ('<Db N="X">INF</Db>', "INF"),
    ('<C N="X">120</C>', "x"),
    ('<C N="X">55357</C>', "\ufffd"),
    ('<DT N="X">2026-01-02T03:04:05.5117638+02:00</DT>', "2026-01-02T03:04:05.5117638+02:00"),
    ('<TS N="X">PT15M</TS>', "00:15:00"),
    ('<TS N="X">P90D</TS>', "90.00:00:00"),
    ('<TS N="X">P1DT2H3M4.005S</TS>', "1.02:03:04.0050000"),
    ('<TS N="X">PT36H</TS>', "1.12:00:00"),
    ('<TS N="X">-PT1S</TS>', "-00:00:01"),
    ('<G N="X">660d79bd-0b1b-2488-564d-2d6ed5504ad8</G>', "660d79bd-0b1b-2488-564d-2d6ed5504ad8"),
    ('<Version N="X">15.2.1118.7</Version>', "15.2.1118.7"),
    ('<URI N="X">https://contoso.com/</URI>', "https://contoso.com/"),
    ('<XD N="X">&lt;a /&gt;</XD>', "<a />"),
    ('<SBK N="X">Get-Date</SBK>', "Get-Date"),
    ('<Obj N="X" RefId="1"><ToString>Quarantine</ToString><I32>2</I32></Obj>', "Quarantine"),
    ('<Obj N="X" RefId="1"><ToString>7</ToString><I32>7</I32></Obj>', 7),
    ('<Obj N="X" RefId="1"><ToString>10 MB</ToString><Props><B N="IsUnlimited">false</B></Props></Obj>', "10 MB"),
    ('<Obj N="X" RefId="1"><S>text</S><MS><I32 N="Member">1</I32></MS></Obj>', "text"),
    ('<Obj N="X" RefId="1"><MS><S N="a">1</S></MS></Obj>', {"a": "1"}),
    ('<Obj N="X" RefId="1"><DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En></DCT></Obj>', {"a": 1}),
    ('<Obj N="X" RefId="1"><LST /></Obj>', []),
    ('<Obj N="X" RefId="1"><LST><S>a</S><Nil /><I32>1</I32></LST></Obj>', ["a", None, 1]),
    ('<Obj N="X" RefId="1"><ToString>a</ToString><IE><S>a</S></IE><Props><I32 N="Count">1</I32></Props></Obj>', ["a"]),
    ('<Obj N="X" RefId="1"><STK><S>b</S><S>a</S></STK></Obj>', ["b", "a"]),
    ('<Obj N="X" RefId="1"><QUE><S>a</S></QUE></Obj>', ["a"]),
    ('<Obj N="X" RefId="1"><LST><Obj RefId="2"><LST><S>a</S></LST></Obj></LST></Obj>', [["a"]]),
]  # fmt: skip


@pytest.mark.parametrize(("element", "expected"), VALUES)
def test_an_element_means_a_value(element: str, expected: object) -> None:
    assert repr({"X": expected}) == repr(values_of(element))


@pytest.mark.parametrize("element", ['<BA N="X">AAEA</BA>', '<SS N="X">7800</SS>', '<Ref N="X" RefId="0" />'])
def test_bytes_secrets_and_the_object_itself_are_left_out(element: str) -> None:
    assert values_of('<S N="Name">a</S>', element) == {"Name": "a"}


def test_what_is_left_out_is_left_out_of_lists_and_objects_too() -> None:
    items = '<Obj N="X" RefId="1"><LST><BA>AA==</BA><S>a</S></LST></Obj>'
    held = '<Obj N="Y" RefId="2"><MS><SS N="s">1</SS></MS></Obj>'
    assert values_of(items, held) == {"X": ["a"], "Y": {}}


def test_names_are_unescaped() -> None:
    assert values_of('<S N="a_x0020_b &lt;">1</S>') == {"a b <": "1"}


def test_an_object_referred_to_is_the_same_value() -> None:
    first = '<Obj N="Identity" RefId="1"><ToString>contoso.com/a</ToString></Obj>'
    found = read(document(members(first, '<Ref N="Id" RefId="1" />'), members('<Ref N="Id" RefId="1" />', number=2)))
    assert found.values == [{"Identity": "contoso.com/a", "Id": "contoso.com/a"}, {"Id": "contoso.com/a"}]


def test_a_row_referred_to_is_a_row_again_or_a_value() -> None:
    found = read(document(members('<S N="a">1</S>'), '<Ref RefId="0" />', members('<Ref N="X" RefId="0" />', number=1)))
    assert found.values == [{"a": "1"}, {"a": "1"}, {"X": {"a": "1"}}]


def test_members_of_both_sections_are_properties_and_those_that_were_added_win() -> None:
    row = (
        '<Obj RefId="0"><ToString>a</ToString><Props><S N="A">1</S><S N="B">2</S></Props><MS><S N="B">3</S></MS></Obj>'
    )
    assert read(document(row)).values == [{"A": "1", "B": "3"}]


def test_the_first_type_is_the_type_of_a_row() -> None:
    first = '<Obj RefId="0"><TN RefId="0"><T>Contoso.Rule</T><T>System.Object</T></TN><MS><S N="A">1</S></MS></Obj>'
    second = '<Obj RefId="1"><TNRef RefId="0" /><MS><S N="A">2</S></MS></Obj>'
    assert [(line, name) for line, _row, name in read(document(first, second)).rows] == [
        (2, "Contoso.Rule"),
        (3, "Contoso.Rule"),
    ]


ROWS: list[dict[str, Any]] = [
    {"Name": "a", "Ids": ["x"], "Level": Enumeration("Allow", 0)},
    {"Name": "b", "Ids": [], "Level": None},
]
READ = [{"Name": "a", "Ids": ["x"], "Level": "Allow"}, {"Name": "b", "Ids": [], "Level": None}]


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("newline", ["\r\n", "\n", ""])
def test_objects_and_one_list_of_them_are_the_same_rows(newline: str, as_list: bool) -> None:
    text = render_clixml(ROWS, newline=newline, as_list=as_list)
    assert all(read(text, size).values == READ for size in (1, 7, None))


NONE = [
    # id, text, whether it says that there are none
    ("nothing", '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04" />', False),
    ("null", document("<Nil />"), False),
    ("list", render_clixml([], as_list=True), True),
    ("list-of-null", document(f'<Obj RefId="0">{LIST}<Nil /></LST></Obj>'), False),
]


@pytest.mark.parametrize(("text", "says_none"), [case[1:] for case in NONE], ids=[case[0] for case in NONE])
def test_only_an_empty_list_says_that_there_are_none(text: str, says_none: bool) -> None:
    found = read(text)
    assert (found.rows, found.document.says_none) == ([], says_none)
    assert found.codes == ([] if says_none else ["empty-file"])


def test_a_value_in_place_of_an_object_is_a_row_without_properties() -> None:
    found = read(document("<S>text</S>", "<I32>1</I32>"))
    assert found.rows == [(2, {}, "System.String"), (3, {}, "System.Int64")]


def test_a_hashtable_is_a_row() -> None:
    assert read(document('<Obj RefId="0"><DCT><En><S N="Key">a</S><S N="Value">1</S></En></DCT></Obj>')).values == [
        {"a": "1"}
    ]


LAUGHS = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
REFUSED = [
    # id, text, code, line
    ("entities", f'<?xml version="1.0"?>\n<!DOCTYPE Objs [<!ENTITY e0 "a">{LAUGHS}]>{document(members("&e11;"))}',
     "unsafe-xml", 2),
    ("external", '<!DOCTYPE Objs SYSTEM "file:///etc/passwd"><Objs/>', "unsafe-xml", 1),
    ("other-name", '<!DOCTYPE x [<!ENTITY a "b">]><Objs>&a;</Objs>', "unsafe-xml", 1),
    ("parameter", '<!DOCTYPE Objs [<!ENTITY % p SYSTEM "http://contoso.com/x.dtd"> %p;]><Objs/>', "unsafe-xml", 1),
    ("undefined", document(members('<S N="X">&e;</S>')), "unsafe-xml", 2),
    ("other-root", "<plist><dict /></plist>", "unknown-format", 1),
    ("prefix", '<p:Objs xmlns:p="http://schemas.microsoft.com/powershell/2004/04" />', "unknown-format", 1),
    ("deep", ROOT + '<Obj RefId="1"><LST>' * DEEPEST, "damaged", 1),
    ("not-closed", document('<Obj RefId="0"><MS><S N="X">a</MS></Obj>'), "damaged", 2),
    ("two-roots", document(members('<S N="X">a</S>')) + "\n" + document(), "damaged", 4),
    ("control-character", document(members('<S N="X">\x01</S>')), "damaged", 2),
    ("no-element", document(members('<Q N="X">a</Q>')), "damaged", 2),
    ("element-in-a-value", document(members('<S N="X"><S>a</S></S>')), "damaged", 2),
    ("part-out-of-place", document("<MS></MS>"), "damaged", 2),
    ("value-in-a-dictionary", document('<Obj RefId="0"><DCT><S>a</S></DCT></Obj>'), "damaged", 2),
    ("no-number", document(members('<I32 N="X">five</I32>')), "damaged", 2),
    ("no-truth", document(members('<B N="X">yes</B>')), "damaged", 2),
    ("no-time-span", document(members('<TS N="X">15:00</TS>')), "damaged", 2),
    ("no-character", document(members('<C N="X">99999999999</C>')), "damaged", 2),
    ("twice", document(members('<S N="X">a</S><S N="x">b</S>')), "damaged", 2),
    ("refers-to-nothing", document(members('<Ref N="X" RefId="7" />')), "damaged", 2),
    ("no-row", document('<Ref RefId="7" />'), "damaged", 2),
    ("cut-after-an-object", document(members('<S N="X">a</S>')).removesuffix("</Objs>"), "cut-file", 3),
    ("cut-in-a-tag", document(members('<S N="X">a</S>'))[:-3], "cut-file", 3),
    ("cut-in-a-text", document(members('<S N="X">abc'))[:-17], "cut-file", 2),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, None], ids=repr)
@pytest.mark.parametrize(("text", "code", "line"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_hostile_cut_or_damaged_is_refused_with_its_place(
    text: str, code: str, line: int, size: int | None
) -> None:
    found = read(text, size)
    assert [(code, line)] == [(loss.code, loss.line) for loss in found.losses]
    assert found.losses[0].column is not None
    assert len(found.losses[0].message) < 250


@patch.object(clixml_elements, "MOST_VALUES", 10)
def test_what_was_referred_to_long_ago_is_forgotten_and_what_is_in_use_is_not() -> None:
    used = '<Obj N="X" RefId="a"><ToString>kept</ToString></Obj>'
    once = '<Obj N="Y" RefId="b"><ToString>gone</ToString></Obj>'
    others = [f'<Obj N="X{number}" RefId="{number}"><LST /></Obj>' for number in range(12)]
    again, late = '<Ref N="X" RefId="a" />', '<Ref N="Y" RefId="b" />'
    found = read(
        document(*(members(*part) for part in ([used, once], others[:6], [again], others[6:], [again], [late])))
    )
    assert [{"X": "kept"}, {"X": "kept"}] == [found.values[2], found.values[4]]
    assert found.codes == ["damaged"]


def test_memory_stays_flat() -> None:
    rows = [{"Name": f"device {number}", "Ids": [str(number)], "Note": "x" * 500} for number in range(2000)]
    text = render_clixml(rows).encode()
    from policylint.readers.document import open_document

    tracemalloc.start()
    pieces = (text[at : at + 4096] for at in range(0, len(text), 4096))
    assert sum(1 for _row in open_document(pieces).rows) == len(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(text)
