"""The fast path of CLIXML gives what the slow path gives: rows, places, losses and refusals, whatever is in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.readers import clixml, clixml_blocks
from policylint.readers.clixml_elements import Builder
from tests.examples import examples
from tests.readers.reading import Reading, read
from tests.readers.render_rows import Enumeration, render_clixml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policylint.readers.clixml_elements import State
    from policylint.readers.rows import SourceRow


def slowly(pieces: Iterable[bytes], state: State) -> Iterator[SourceRow]:
    return Builder(state).read(pieces)


def both(content: bytes | str, size: int | None = None) -> tuple[object, object]:
    """Return what the fast path and the slow path make of a file."""
    fast = read(content, size)
    with patch.object(clixml, "read_blocks", slowly):
        return all_of(fast), all_of(read(content, size))


def all_of(found: Reading) -> object:
    """Return all that a reading found, its numbers and truths told apart."""
    document = found.document
    return repr((found.rows, found.losses, document.says_none, document.is_ascii, document.encoding))


DEVICES: list[dict[str, Any]] = [
    {
        "DeviceId": f"ID{number}",
        "DeviceType": "iPhone" if number % 3 else "Android",
        "DeviceOS": "iOS 17.3 & more" if number % 5 == 0 else "a_x0041_ é 😀" if number % 7 == 0 else "iOS 17.3",
        "Note": None if number % 2 else "",
        "Rule": None if number < 12 else f"rule {number}",
        "IsManaged": number % 2 == 0,
        "Count": number * 1000,
        "ObjectClass": ["top", f"class<{number}"] if number % 4 else [],
        "State": Enumeration("Allowed", 1) if number % 6 else Enumeration("9", 9),
        "Mixed": "text" if number % 9 else number,
    }
    for number in range(40)
]


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("section", ["MS", "Props"])
def test_usual_objects_are_read_by_their_lines(section: str, newline: str, as_list: bool) -> None:
    text = render_clixml(DEVICES, newline=newline, as_list=as_list, section=section, types=("Contoso.Device",))
    fast, slow = both(text)
    assert fast == slow
    with patch.object(clixml_blocks, "Builder", wraps=Builder) as by_elements:
        assert len(DEVICES) == len(read(text).rows)
    assert by_elements.call_count < len(DEVICES) // 2


def usual(number: int) -> str:
    """Return an object as all are spelled."""
    return f'  <Obj RefId="{number}">\n    <TNRef RefId="0" />\n{USUAL}\n  </Obj>'


def spelled(row: str, others: Callable[[int], str] = usual) -> str:
    """Return a file of 12 objects of which the seventh is spelled in a way of its own."""
    rows = [*map(others, range(12))]
    rows[0] = rows[0].replace('<TNRef RefId="0" />', '<TN RefId="0">\n      <T>Contoso</T>\n    </TN>', 1)
    rows[6] = row
    return "\n".join((render_clixml([{}]).split("\r\n")[0], *rows, "</Objs>"))


USUAL = """\
    <ToString>a &amp; b</ToString>
    <Props>
      <S N="A">x</S>
      <Obj N="B" RefId="900">
        <TNRef RefId="0" />
        <ToString>y</ToString>
        <Props>
          <B N="IsUnlimited">true</B>
        </Props>
        <MS>
          <BA N="SerializationData">AAEA</BA>
        </MS>
      </Obj>
      <B N="C">true</B>
    </Props>
    <MS>
      <Obj N="D" RefId="901">
        <TNRef RefId="0" />
        <LST>
          <S>one</S>
        </LST>
      </Obj>
      <BA N="E">AAEA</BA>
      <TS N="F">PT15M</TS>
    </MS>"""
CHANGES = [
    ("same", "", ""),
    ("null", '<S N="A">x</S>', '<Nil N="A" />'),
    ("other-element", '<S N="A">x</S>', '<I32 N="A">5</I32>'),
    ("other-name", '<S N="A">x</S>', '<S N="Z">x</S>'),
    ("not-there", '      <S N="A">x</S>\n', ""),
    ("twice", '<S N="A">x</S>', '<S N="A">x</S>\n      <S N="a">x</S>'),
    ("in-both-sections", '<TS N="F">PT15M</TS>', '<S N="A">added</S>'),
    ("cdata", '<S N="A">x</S>', '<S N="A"><![CDATA[<x>]]></S>'),
    ("end-of-cdata", '<S N="A">x</S>', '<S N="A">]]></S>'),
    ("greater", '<S N="A">x</S>', '<S N="A">a > b</S>'),
    ("comment", '<S N="A">x</S>', '<S N="A">x<!-- y --></S>'),
    ("comment-over-objects", '<S N="A">x</S>', '<!--\n  </Obj>\n  <Obj RefId="9">\n-->'),
    ("cdata-over-objects", '<S N="A">x</S>', '<S N="A"><![CDATA[\n  </Obj>\n]]></S>'),
    ("text-of-lines", '<S N="A">x</S>', '<S N="A">x\ny</S>'),
    ("carriage-return", '<S N="A">x</S>', '<S N="A">x\ry</S>'),
    ("carriage-returns", "    <Props>", "    <Props>\r\r\n"),
    ("tab", '<S N="A">x</S>', '<S N="A">x\ty</S>'),
    ("control", '<S N="A">x</S>', '<S N="A">x\x02y</S>'),
    ("no-character", '<S N="A">x</S>', '<S N="A">\uffff</S>'),
    ("entity", '<S N="A">x</S>', '<S N="A">&x;</S>'),
    ("character", '<S N="A">x</S>', '<S N="A">&#x41;&quot;</S>'),
    ("ampersand", '<S N="A">x</S>', '<S N="A">a & b</S>'),
    ("escaped-twice", '<S N="A">x</S>', '<S N="A">&amp;lt;_x005F_x0041_</S>'),
    ("attribute", '<S N="A">x</S>', '<S N="A" x="1">x</S>'),
    ("other-quotes", '<S N="A">x</S>', "<S N='A'>x</S>"),
    ("crlf", "\n", "\r\n"),
    ("one-line", "\n", ""),
    ("truth", '<B N="C">true</B>', '<B N="C">1</B>'),
    ("no-truth", '<B N="C">true</B>', '<B N="C">yes</B>'),
    ("no-time-span", ">PT15M<", ">15M<"),
    ("day", ">PT15M<", ">P1D<"),
    ("reference", '<S N="A">x</S>', '<Ref N="A" RefId="901" />'),
    ("reference-to-a-row", '<S N="A">x</S>', '<Ref N="A" RefId="3" />'),
    ("reference-to-itself", '<S N="A">x</S>', '<Ref N="A" RefId="6" />'),
    ("reference-to-the-same-number", '<S N="A">x</S>', '<Obj RefId="6" N="A"><LST /></Obj><Ref N="Z" RefId="6" />'),
    ("reference-to-nothing", '<S N="A">x</S>', '<Ref N="A" RefId="77" />'),
    ("item-of-null", "<S>one</S>", "<S>one</S>\n          <Nil />"),
    ("items-in-characters", "<S>one</S>", "<S>&lt;S&gt;</S>\n          <S>_x0041_</S>"),
    ("no-items", "<LST>\n          <S>one</S>\n        </LST>", "<LST />"),
    ("list-of-no-lines", "<LST>\n          <S>one</S>\n        </LST>", "<LST>\n        </LST>"),
    ("other-members", '<B N="IsUnlimited">true</B>', '<B N="IsUnlimited">false</B>\n          <S N="Value">1</S>'),
    ("members-twice", '<B N="IsUnlimited">true</B>', '<B N="Is">true</B>\n          <B N="Is">true</B>'),
    ("no-bytes", ">AAEA<", ">é<"),
    ("unknown-type", '    <TNRef RefId="0" />\n    <To', '    <TNRef RefId="5" />\n    <To'),
    ("new-type", '    <TNRef RefId="0" />\n    <To', '    <TN RefId="5"><T>New</T></TN>\n    <To'),
    ("no-text", "    <ToString>a &amp; b</ToString>\n", ""),
    ("end-of-all", "    <ToString>", "</Objs><Objs>"),
    ("document-type", "    <ToString>", "<!DOCTYPE a><ToString>"),
    ("deep", '<S N="A">x</S>', '<Obj N="A"><LST>' * 300),
    ("blank-line", "    <Props>", "\n    <Props>"),
]  # fmt: skip


def test_the_object_that_others_differ_from_is_read_by_its_lines() -> None:
    with patch.object(clixml_blocks, "Builder", wraps=Builder) as by_elements:
        read(spelled(usual(6)))
    assert by_elements.call_count == 3


@pytest.mark.parametrize("size", [None, 9], ids=repr)
@pytest.mark.parametrize(("old", "new"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_an_object_that_is_spelled_otherwise_is_read_the_same(old: str, new: str, size: int | None) -> None:
    assert old in usual(6)
    fast, slow = both(spelled(usual(6).replace(old, new) if old else usual(6)), size)
    assert fast == slow


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_objects_that_are_all_spelled_otherwise_are_read_the_same(old: str, new: str) -> None:
    fast, slow = both(spelled(usual(6), lambda number: usual(number).replace(old or "A", new or "A")))
    assert fast == slow


@pytest.mark.parametrize(
    "row", ["  <S>text</S>", "  <Nil />", '  <Ref RefId="2" />', "x", "", "  <!-- x -->", '  <Obj RefId="6" />']
)
def test_what_stands_in_place_of_an_object_is_read_the_same(row: str) -> None:
    fast, slow = both(spelled(row))
    assert fast == slow


@pytest.mark.parametrize("as_list", [False, True])
def test_what_refers_to_what_is_around_it_is_left_out(as_list: bool) -> None:
    rows = [{"A": str(number), "B": "x"} for number in range(9)]
    text = render_clixml(rows, as_list=as_list, newline="\n")
    for number in ("0", "5", "7"):
        fast, slow = both(text.replace('<S N="B">x</S>', f'<Ref N="B" RefId="{number}" />'))
        assert fast == slow


@pytest.mark.parametrize("name", ["System.Obj\x04ct", "a &lt; b", "a_x0041_", "a]]>b", "a\nb", ""])
def test_the_type_of_a_list_is_read_the_same(name: str) -> None:
    text = render_clixml([{"A": "1", "B": "2"}, {"A": "1", "B": []}], as_list=True)
    fast, slow = both(text.replace("System.Object[]", name))
    assert fast == slow


def test_reading_goes_on_by_elements_where_most_objects_are_unusual() -> None:
    rows = [{"A": [None, str(number)], "B": "x"} for number in range(40)]
    with patch.object(clixml_blocks, "_FREE", 5):
        fast, slow = both(render_clixml(rows))
    assert fast == slow


@given(st.data(), st.booleans(), st.integers(1, 400))
def test_any_rows_come_back_by_both_paths(data: st.DataObject, as_list: bool, size: int) -> None:
    rows = data.draw(ROWS)
    text = render_clixml(rows, as_list=as_list, newline=data.draw(st.sampled_from(["\n", "\r\n"])))
    found = read(text, size)
    assert repr(found.values) == repr([{name: plain(value) for name, value in row.items()} for row in rows])
    fast, slow = both(text, size)
    assert fast == slow


WHOLE = render_clixml(DEVICES[:8], newline="\n").encode()
PARTS = [
    *re.findall(rb"</?[A-Za-z]+|/?>|[\n]+ *|[A-Z][A-Za-z0-9]*=\"[^\"]*\"", WHOLE),
    b"&",
    b"<",
    b"\r",
    b"]]>",
    b"\xff",
]


@settings(max_examples=examples(100))
@given(
    st.integers(0, len(WHOLE) - 1),
    st.lists(st.sampled_from(PARTS), max_size=2),
    st.integers(0, 40),
    st.integers(50, 4000),
)
def test_a_file_that_was_changed_is_read_or_refused_the_same(
    place: int, put_in: list[bytes], out: int, size: int
) -> None:
    fast, slow = both(WHOLE[:place] + b"".join(put_in) + WHOLE[place + out :], size)
    assert fast == slow


def plain(value: Any) -> Any:
    return value.name if isinstance(value, Enumeration) else value


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["_x0041_", "&amp;", "<S>", "a]]>b", " "]
)
VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-(2**60), 2**60), TEXTS, st.lists(TEXTS | st.none(), max_size=3)),
    st.builds(Enumeration, st.sampled_from(["Allow", "Block & co"]), st.integers(0, 3)),
    st.dictionaries(st.sampled_from(["a", "b"]), TEXTS, max_size=2),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"Name": TEXTS, "Value": VALUES, "Ids": st.lists(TEXTS, max_size=2)}, optional={"Other": VALUES}
    ),
    min_size=1,
    max_size=8,
)
