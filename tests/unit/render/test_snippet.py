"""Ranges of a source in one picture: what is underlined, which bar goes where, what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.render.diagnostics.snippet import Mark, _Drawn, snippet
from policylint.render.style import Style, cells
from policylint.source import Source, Span


def drawn(text: str, *ranges: tuple[int, int, str, str], width: int = 100, gutter: int = 2) -> list[str]:
    """Return the picture of a text; a range has a start, an end, a sign and a label."""
    source = Source("a.yaml", text)
    marks = [Mark.of(Span(source, start, end), label, sign, "red") for start, end, sign, label in ranges]
    return list(snippet(source, marks, gutter, Style(width=width)))


def picture(text: str, *marked: tuple[str, str, str], width: int = 100) -> str:
    """Return the picture of a text; a range is the first one with a text, or from `begin` to `end` (`begin..end`)."""
    ranges = []
    for words, sign, label in marked:
        begin, _, end = words.partition("..")
        start = text.index(begin)
        ranges.append((start, text.index(end, start) + len(end) if end else start + len(begin), sign, label))
    return "\n".join(drawn(text, *ranges, width=width))


def outdented(text: str) -> str:
    """Return a picture as it is written here, without what it is indented by."""
    return "\n".join(line.removeprefix(" " * 8) for line in text.splitlines())


LINES = "".join(f"  line {number}\n" for number in range(1, 21))
ONE_LINE = {
    "a word": (
        picture("key: value # why\n", ("value", "^", "")),
        """\
           |
         1 | key: value # why
           |      ^^^^^""",
    ),
    "a label": (
        picture("key: value\n", ("value", "^", "this one")),
        """\
           |
         1 | key: value
           |      ^^^^^ this one""",
    ),
    "two labels": (
        picture("key: value\n", ("key", "-", "named here"), ("value", "^", "set here")),
        """\
           |
         1 | key: value
           | ---  ^^^^^ set here
           | |
           | named here""",
    ),
    "three labels": (
        picture("a: [b, c, d]\n", ("b", "-", "first"), ("c", "-", "second"), ("d", "^", "third")),
        """\
           |
         1 | a: [b, c, d]
           |     -  -  ^ third
           |     |  |
           |     |  second
           |     first""",
    ),
    "the label of one that begins before another ends": (
        picture("key: value\n", ("key: value", "-", "all"), ("value", "^", "")),
        """\
           |
         1 | key: value
           | -----^^^^^ all""",
    ),
    "one inside another": (
        picture("key: value # why\n", ("value", "^", "inner"), ("key: value # why", "-", "outer")),
        """\
           |
         1 | key: value # why
           | -----^^^^^------
           | |    |
           | |    inner
           | outer""",
    ),
    "one range twice": (
        picture("key: value\n", ("value", "-", "second"), ("value", "^", "first")),
        """\
           |
         1 | key: value
           |      ^^^^^ second
           |      |
           |      first""",
    ),
    "the same mark twice": (
        picture("key: value\n", ("value", "^", "it"), ("value", "^", "it")),
        """\
           |
         1 | key: value
           |      ^^^^^ it""",
    ),
    "a control character": (
        picture("a: \x1b[31mb: \u202ec\n", ("c", "^", "\x07bell")),
        """\
           |
         1 | a: \\u001b[31mb: \\u202ec
           |                       ^ \\u0007bell""",
    ),
    "tabs, wide and combining characters": (
        picture("\ta\u0301 一番 b c\n", ("b", "^", ""), ("番", "-", "wide")),
        """\
           |
         1 |  a\u0301 一番 b c
           |      -- ^
           |      |
           |      wide""",
    ),
}


@pytest.mark.parametrize(("found", "expected"), ONE_LINE.values(), ids=ONE_LINE.keys())
def test_ranges_on_one_line(found: str, expected: str) -> None:
    assert outdented(expected) == found


SEVERAL_LINES = {
    "lines far apart": (
        picture(LINES, ("line 2", "^", "here"), ("line 9", "-", "and there")),
        """\
           |
         2 |   line 2
           |   ^^^^^^ here
        ...
         9 |   line 9
           |   ------ and there""",
    ),
    "one line between two is shown": (
        picture(LINES, ("line 2", "^", ""), ("line 4", "-", "")),
        """\
           |
         2 |   line 2
           |   ^^^^^^
         3 |   line 3
         4 |   line 4
           |   ------""",
    ),
    "from the first word of a line": (
        picture(LINES, ("line 2..line 4", "^", "all of it")),
        """\
           |
         2 | /   line 2
         3 | |   line 3
         4 | |   line 4
           | |________^ all of it""",
    ),
    "from within a line": (
        picture("key: |\n  text\n  more\nnext: 1\n", ("|..more\n", "^", "a text")),
        """\
           |
         1 |   key: |
           |  ______^
         2 | |   text
         3 | |   more
           | |_______^ a text""",
    ),
    "a long one is folded": (
        picture(LINES, ("line 2..line 12", "^", "")),
        """\
           |
         2 | /   line 2
         3 | |   line 3
        ...  |
        12 | |   line 12
           | |_________^""",
    ),
    "a mark inside of a folded one": (
        picture(LINES, ("line 2..line 12", "-", "outer"), ("line 7", "^", "inner")),
        """\
           |
         2 | /   line 2
         3 | |   line 3
        ...  |
         7 | |   line 7
           | |   ^^^^^^ inner
        ...  |
        12 | |   line 12
           | |_________- outer""",
    ),
    "one inside another": (
        picture(LINES, ("line 1..line 5", "-", "outer"), ("ine 2..line 3", "^", "inner")),
        """\
           |
         1 | /     line 1
         2 | |     line 2
           | |  ____^
         3 | | |   line 3
           | | |________^ inner
         4 | |     line 4
         5 | |     line 5
           | |__________- outer""",
    ),
    "one that ends inside another": (
        picture(LINES, ("line 1..line 3", "-", "first"), ("line 2..line 5", "^", "second")),
        """\
           |
         1 | /     line 1
         2 | | /   line 2
         3 | | |   line 3
           | |_|________- first
         4 |   |   line 4
         5 |   |   line 5
           |   |________^ second""",
    ),
    "the last line, without a line end": (
        picture("a: 1\nb: 2", ("b: 2", "^", "")),
        """\
           |
         2 | b: 2
           | ^^^^""",
    ),
    "line ends of Windows": (
        picture("a: 1\r\nb: 2\r\nc: 3\r\n", ("a: 1..b: 2\r\n", "^", ""), ("c", "-", "")),
        """\
           |
         1 | / a: 1
         2 | | b: 2
           | |_____^
         3 |   c: 3
           |   -""",
    ),
}


@pytest.mark.parametrize(("found", "expected"), SEVERAL_LINES.values(), ids=SEVERAL_LINES.keys())
def test_ranges_on_several_lines(found: str, expected: str) -> None:
    assert outdented(expected) == found


def test_a_place_between_characters_is_marked() -> None:
    assert ["   |", " 1 | key:", "   |     ^ nothing here"] == drawn("key:\n", (4, 4, "^", "nothing here"))
    assert ["   |", " 2 |", "   | ^ it ends"] == drawn("key:\n", (5, 5, "^", "it ends"))
    assert ["   |", " 1 |", "   | ^"] == drawn("\n", (0, 0, "^", ""))


WORD = "x" * 30
LONG = f"{WORD} first {WORD} second {WORD} third {WORD}\n"


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (("first", "^", ""), [f"...{'x' * 19} first {'x' * 8}...", f"{' ' * 23}^^^^^"]),
        (("second", "^", ""), [f"...{'x' * 19} second {'x' * 7}...", f"{' ' * 23}^^^^^^"]),
        (("third", "^", "here"), [f"...{'x' * 19} third {'x' * 8}...", f"{' ' * 23}^^^^^ here"]),
        ((LONG.strip(), "^", ""), [f"{WORD} first ...", "^" * 37]),
    ],
    ids=["at the left", "in the middle", "at the right", "all"],
)
def test_a_line_longer_than_the_screen_is_cut_around_the_mark(
    marked: tuple[str, str, str], expected: list[str]
) -> None:
    found = picture(LONG, marked, width=40).splitlines()[1:]
    assert [" 1 | " + expected[0], "   | " + expected[1]] == found


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str, str]], int]:
    text = draw(st.text(alphabet="ab \t\n\r一\u0301\x1b\u202e", max_size=80))
    offsets = st.integers(0, len(text))
    labels = st.text(alphabet="lm \x07", max_size=5)
    ranges = draw(st.lists(st.tuples(offsets, offsets, st.sampled_from("^-"), labels), min_size=1, max_size=4))
    return text, [(min(a, b), max(a, b), sign, label) for a, b, sign, label in ranges], draw(st.integers(1, 90))


@given(marked_texts())
def test_every_mark_is_drawn_on_a_screen_of_any_width(case: tuple[str, list[tuple[int, int, str, str]], int]) -> None:
    text, ranges, width = case
    lines = drawn(text, *ranges, width=width)
    assert all(line.isprintable() for line in lines)
    assert any(set("^-") & set(line) for line in lines if line.startswith("   |"))
    code = [line for line in lines if line[:3].strip().isdigit()]
    assert all(cells(line) <= max(40, width - 5) + 5 + 2 * len(ranges) for line in code)


@pytest.mark.parametrize("column", [1, 10, 500_000, 999_990, 1_000_000])
@pytest.mark.parametrize("char", ["x", "\u4e2d", "\u0301"])
def test_of_a_long_line_only_what_is_near_is_looked_at(char: str, column: int) -> None:
    line = _Drawn.of(char * 1_000_000, column, 80)
    assert len(line.offsets) < 1000
    assert line.text.startswith("...") is (column > 10)
    assert 0 <= line.at(column) <= 80
