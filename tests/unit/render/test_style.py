"""Tables for people: aligned columns whatever a cell holds, colors that do not move them."""

from __future__ import annotations

import pytest

from policylint.render.style import Column, Style, cells, fitted, table

COLOR = Style(color=True)


def test_columns_are_aligned_under_their_headings() -> None:
    rows = [("9", "iPhone", "Allowed"), ("1,200", "一番", "")]
    columns = (Column("devices", right=True), Column("model"), Column("state"))
    assert "  devices  model   state\n        9  iPhone  Allowed\n    1,200  一番\n" == table(rows, columns)


def test_without_headings_there_is_no_row_of_them() -> None:
    assert "a       1\nlonger  2\n" == table([("a", "1"), ("longer", "2")], indent="")
    assert "" == table([])


def test_a_color_is_that_of_a_cell_and_not_of_its_heading_or_its_space() -> None:
    columns = (Column("live", paint=COLOR.word), Column("because"))
    lines = table([("Allowed", "a"), ("Quarantined", "Allowed"), ("-", "b")], columns, indent="").splitlines()
    assert "live         because" == lines[0]
    assert "\x1b[32mAllowed\x1b[0m      a" == lines[1]
    assert "\x1b[33mQuarantined\x1b[0m  Allowed" == lines[2]
    assert "\x1b[2m-\x1b[0m            b" == lines[3]


def test_a_cell_cannot_steer_a_terminal() -> None:
    assert "a\\u001b[2Jb  c\nd            e\n" == table([("a\x1b[2Jb", "c"), ("d", "e")], indent="")


SEVERAL = [
    ("12", "DeviceModel Outlook for iOS and Android", "Blocked", "rule Outlook for iOS and Android (DeviceModel)")
]
HEADED = (Column("devices", right=True), Column("class"), Column("live"), Column("because"))


def test_a_table_that_fits_the_screen_is_the_same() -> None:
    assert table(SEVERAL, HEADED) == table(SEVERAL, HEADED, screen=200)


def test_long_cells_take_several_lines() -> None:
    assert (
        "  devices  class                       live     because\n"
        "       12  DeviceModel Outlook for     Blocked  rule Outlook for iOS and\n"
        "           iOS and Android                      Android (DeviceModel)\n"
    ) == table(SEVERAL, HEADED, screen=75)


def test_the_last_cell_goes_below_where_there_is_no_room() -> None:
    assert (
        "  devices  class                   live\n"
        "    because\n"
        "       12  DeviceModel Outlook     Blocked\n"
        "           for iOS and Android\n"
        "    rule Outlook for iOS and Android\n"
        "    (DeviceModel)\n"
    ) == table(SEVERAL, HEADED, screen=42)


@pytest.mark.parametrize("screen", [10, 20, 40, 60, 80, 120])
def test_a_table_loses_nothing(screen: int) -> None:
    rows = [("access-rule-matches-nothing", "error", "No known device reports it"), ("x" * 70, "", "一番" * 20)]
    text = table(rows, screen=screen)
    for row in rows:
        for cell in row:
            assert not set(cell) - set(text)
    assert sum(map(len, "".join(map("".join, rows)).split())) == sum(map(len, text.split()))
    if screen >= 40:
        assert max(map(cells, text.splitlines())) <= screen


def test_an_identifier_stays_whole_and_colors_are_those_of_each_line() -> None:
    columns = (Column(), Column(paint=COLOR.word))
    lines = table([("access-rule-matches-nothing", "Allowed by nobody")], columns, indent="", screen=42).splitlines()
    assert "access-rule-matches-nothing  \x1b[2mAllowed by\x1b[0m" == lines[0]
    assert "                             \x1b[2mnobody\x1b[0m" == lines[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("short\n", "short\n", id="fits"),
        pytest.param("  one two three four five\n", "  one two three four\n    five\n", id="indented further"),
        pytest.param("a `b c d` `e f g h` i\n", "a `b c d` `e f g h`\n  i\n", id="fits but for a word"),
        pytest.param("one two `three four five`\n", "one two\n  `three four five`\n", id="what is quoted stays whole"),
        pytest.param("`one two three four five`\n", "`one two three four\n  five`\n", id="but where it cannot"),
        pytest.param(
            "to go on: policylint plan --reason why\n", "to go on:\n  policylint plan --reason why\n", id="command"
        ),
        pytest.param("x" * 30 + "\n", "x" * 30 + "\n", id="a word is not broken"),
        pytest.param("one two three four\n\nfive", "one two three four\n\nfive", id="lines stay lines"),
        pytest.param(
            "\x1b[1mone two three four\x1b[0m\n", "\x1b[1mone two three four\x1b[0m\n", id="colors take no room"
        ),
        pytest.param("一番 一番 一番 一番 一番\n", "一番 一番 一番 一番\n  一番\n", id="wide letters take two"),
    ],
)
def test_lines_fit_the_screen(text: str, expected: str) -> None:
    assert expected == fitted(text, 20)
    assert text == fitted(text, None)


def test_a_long_cell_does_not_fill_the_other_rows_with_blanks() -> None:
    lines = table([("x" * 30_000, "a"), *[("y", "b")] * 1_000], indent="").splitlines()
    assert "x" * 30_000 + "  a" == lines[0]
    assert {202 + len("b")} == {len(line) for line in lines[1:]}
