"""Colored terminal text as an SVG picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

FONT_SIZE: Final = 13
ADVANCE: Final = 7.8
LINE: Final = 18
MARGIN: Final = 16

_CODE: Final = re.compile(r"\x1b\[([0-9;]*)m")
_CLASSES: Final = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "u"}
_STYLE: Final = f"""\
text {{ fill: #1f2328; white-space: pre;
  font: {FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace }}
.s {{ fill: #f6f8fa; stroke: #d0d7de }} .b {{ font-weight: 600 }} .d {{ fill: #59636e }} .p {{ fill: #116329 }}
.r {{ fill: #cf222e }} .g {{ fill: #1a7f37 }} .y {{ fill: #8a5c00 }} .u {{ fill: #0969da }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #d1d7e0 }} .s {{ fill: #0d1117; stroke: #3d444d }} .b {{ fill: #f0f6fc }} .d {{ fill: #9198a1 }}
.p {{ fill: #7ee787 }} .r {{ fill: #ff7b72 }} .g {{ fill: #56d364 }} .y {{ fill: #e3b341 }} .u {{ fill: #79c0ff }}
}}"""
"""Both color schemes: a browser takes the one that its user prefers, also where the picture is an image of a page."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One character and the classes it is drawn with."""

    text: str
    look: str


def render(command: str, output: str, *, title: str, columns: int) -> str:
    """Return the picture of a terminal in which a command was typed and printed an output with ANSI colors."""
    lines = [[Cell("$", "p"), *(Cell(char, "b") for char in f" {command}")], *_lines(output)]
    rows = [row for line in lines for row in _wrapped(line, columns)]
    width, height = round(columns * ADVANCE + 2 * MARGIN), len(rows) * LINE + 2 * MARGIN
    drawn = "\n".join(text for number, row in enumerate(rows) for text in _row(row, MARGIN + (number + 0.75) * LINE))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escape(title, _QUOTE)}">\n'
        f"<style>\n{_STYLE}\n</style>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" class="s"/>\n'
        f'<g xml:space="preserve">\n{drawn}\n</g>\n</svg>\n'
    )


_QUOTE: Final = {'"': "&quot;"}


def _lines(output: str) -> Iterator[list[Cell]]:
    look: tuple[str, ...] = ()
    for line in output.splitlines():
        cells: list[Cell] = []
        place = 0
        for match in _CODE.finditer(line):
            cells += [Cell(char, " ".join(look)) for char in line[place : match.start()]]
            place = match.end()
            codes = [code for code in match[1].split(";") if code not in ("", "0")]
            look = (*look, *(_CLASSES[code] for code in codes)) if codes else ()
        yield [*cells, *(Cell(char, " ".join(look)) for char in line[place:])]


def _wrapped(cells: list[Cell], columns: int) -> Iterator[list[Cell]]:
    """Yield the rows of a line that is wider than the screen, broken between words."""
    while len(cells) > columns:
        end = next((place for place in range(columns, columns // 2, -1) if cells[place].text == " "), columns)
        yield cells[:end]
        cells = cells[end:]
        while cells and cells[0].text == " ":
            cells = cells[1:]
    yield cells


def _row(cells: list[Cell], y: float) -> Iterator[str]:
    """Yield the text elements of a row, one for each run of one look; the length is fixed, whatever the font."""
    column = 0
    for look, group in groupby(cells, key=lambda cell: cell.look):
        text = "".join(cell.text for cell in group)
        start, column = column, column + len(text)
        inner = text.strip()
        if not inner:
            continue
        x = MARGIN + (start + len(text) - len(text.lstrip())) * ADVANCE
        classes = f' class="{look}"' if look else ""
        yield f'<text x="{x:g}" y="{y:g}" textLength="{len(inner) * ADVANCE:g}"{classes}>{escape(inner)}</text>'
