"""Tables for people: aligned columns whatever a cell holds, colors that do not move them."""

from __future__ import annotations

from policylint.render.style import Column, Style, table

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


def test_a_long_cell_does_not_fill_the_other_rows_with_blanks() -> None:
    lines = table([("x" * 30_000, "a"), *[("y", "b")] * 1_000], indent="").splitlines()
    assert "x" * 30_000 + "  a" == lines[0]
    assert {202 + len("b")} == {len(line) for line in lines[1:]}
