"""What is at a place of a text that is half typed. The place is marked with a bar."""

from __future__ import annotations

import time

import pytest

from policylint.editor.place import Blank, blanks_at, rule_ids_at, spot_at


def blanks(marked: str) -> list[Blank]:
    offset = marked.index("|")
    return list(blanks_at(marked.replace("|", "", 1), offset))


RULE = "deviceAccessRules:\n  - Characteristic: DeviceModel\n"


@pytest.mark.parametrize(
    ("marked", "keys", "is_key", "written"),
    [
        pytest.param("organ|", (), True, "organ", id="section"),
        pytest.param("organization:\n  |", ("organization",), True, "", id="key-on-a-blank-line"),
        pytest.param("organization:\n  Def|\n  reason: x\n", ("organization",), True, "Def", id="key-half-typed"),
        pytest.param("organization:\n  x: [\n  Def|: a\n", ("organization",), True, "Def", id="broken-before"),
        pytest.param("organization:\n  A: |\n", ("organization", "A"), False, "", id="value"),
        pytest.param("organization:\n  A:|\n", ("organization", "A"), False, "", id="value-beside-the-colon"),
        pytest.param("organization:\n  A: x|y # z\n", ("organization", "A"), False, "xy", id="value-half-typed"),
        pytest.param("organization:\r\n  A: |\r\n", ("organization", "A"), False, "", id="windows-line-ends"),
        pytest.param(f"{RULE}    |\n    AccessLevel: Allow\n", ("deviceAccessRules", 0), True, "", id="key-of-an-item"),
        pytest.param("deviceAccessRules:\n  - |\n", ("deviceAccessRules", 0), True, "", id="new-item"),
        pytest.param(f"{RULE}  |\n", ("deviceAccessRules", 0), False, "", id="line-of-an-item"),
        pytest.param("deviceAccessRules:\n- A: |\n", ("deviceAccessRules", 0, "A"), False, "", id="items-not-indented"),
        pytest.param(
            "deviceAccessRules:\n  - {A: b, C: |\n  - {x: y\n",
            ("deviceAccessRules", 0, "C"),
            False,
            "",
            id="open-brace",
        ),
        pytest.param('a:\n  - {A: "iP|", B: c}\n', ("a", 0, "A"), False, "iP", id="in-quotes"),
        pytest.param('a:\n  - {A: "iP|\n', ("a", 0, "A"), False, "iP", id="open-quote"),
        pytest.param("a:\n  - {A: b, Q|}\n", ("a", 0), True, "Q", id="key-in-braces"),
        pytest.param(
            "mailboxes:\n  - Identity: a\n    L: [A, |]\n", ("mailboxes", 0, "L", 1), False, "", id="item-in-brackets"
        ),
        pytest.param(
            "a:\n  - I: x\n    L:\n    - A\n    - B|\n    r: x\n", ("a", 0, "L", 1), True, "B", id="list-below-its-key"
        ),
        pytest.param(
            "organization:\n  L:\n    - a\n    - |\n", ("organization", "L", 1), True, "", id="list-of-a-mapping"
        ),
        pytest.param(
            "tests:\n  - name: x\n    device:\n      T: |\n    expect: y\n",
            ("tests", 0, "device", "T"),
            False,
            "",
            id="deep",
        ),
        pytest.param("severity:\n  |", ("severity",), True, "", id="configuration"),
    ],
)
def test_what_may_be_written_at_a_place(marked: str, keys: tuple[str | int, ...], is_key: bool, written: str) -> None:
    spot = blanks(marked)[0].spot
    assert (keys, is_key, written) == (spot.path[:-1] if spot.is_key else spot.path, spot.is_key, spot.text)


@pytest.mark.parametrize("marked", ["a: 1 # x|", "# a|", "a:\n  b: 'x' # |\n"])
def test_nothing_is_offered_in_a_comment(marked: str) -> None:
    assert not blanks(marked)


def test_the_other_keys_of_an_entry_are_known() -> None:
    spot = blanks(f"{RULE}    QueryString: |\n    AccessLevel: Allow\n")[0].spot
    assert "DeviceModel" == spot.sibling("Characteristic")
    assert "Allow" == spot.sibling("AccessLevel")


@pytest.mark.parametrize(
    ("marked", "path", "is_key"),
    [
        ("organization:\n  Def|ault: x\n", ("organization", "Default"), True),
        ("organization:\n  Default: x|y\n", ("organization", "Default"), False),
        ("a:\n  - b: [c, d|]\n", ("a", 0, "b", 1), False),
        ("org|anization:\n  A: x\n", ("organization",), True),
    ],
)
def test_what_is_written_at_a_place(marked: str, path: tuple[str | int, ...], is_key: bool) -> None:
    spot = spot_at(marked.replace("|", ""), marked.index("|"))
    assert spot is not None
    assert (path, is_key) == (spot.path, spot.is_key)
    assert marked.replace("|", "")[spot.start : spot.end] == spot.text


@pytest.mark.parametrize(
    ("marked", "found", "others"),
    [
        ("a: 1  # policylint: ignore[|] x", "", ()),
        ("a: 1  # policylint: ignore[ab|c] x", "abc", ()),
        ("# policylint: ignore[abc, |", "", ("abc",)),
        ("# policylint: ignore[abc, d|e, f] x", "de", ("abc", "f")),
    ],
)
def test_the_ids_of_an_ignore_comment(marked: str, found: str, others: tuple[str, ...]) -> None:
    text = marked.replace("|", "")
    ids = rule_ids_at(text, marked.index("|"))
    assert ids is not None
    assert (found, others) == (text[ids.start : ids.end], ids.others)


def test_no_ids_beside_the_brackets() -> None:
    assert rule_ids_at("# policylint: ignore[abc] x", 27) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_last_entry_of_a_large_file_is_found_at_once(end: str) -> None:
    entry = f"  - {{Characteristic: DeviceModel, QueryString: Pixel 7, AccessLevel: Allow}}{end}"
    text = f"deviceAccessRules:{end}" + entry * 14_000 + "  - {Characteristic: DeviceOS, QueryString: "
    before = time.process_time()
    found = list(blanks_at(text, len(text)))
    assert "DeviceOS" == found[0].spot.sibling("Characteristic")
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "[" * 10_000, "a:\n" + " " * 200_000, "- " * 5000, "{" * 100, '"' * 9]
)
def test_no_text_is_too_strange(text: str) -> None:
    for offset in (0, len(text) // 2, len(text)):
        assert len(list(blanks_at(text, offset))) < 3
        spot_at(text, offset)
