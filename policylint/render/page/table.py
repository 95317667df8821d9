"""A section with a table: folded beyond a screenful or two, with labelled filters and addresses of what they choose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.escape import to_html
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, pluralize
from policylint.render.page.document import Section, with_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLD, MOST_ROWS = 200, 5000
"""How many rows of a table are open to the eye, and how many there are at most; CSV and JSON have them all."""

ColumnKind: TypeAlias = Literal["text", "name", "number", "access", "short", "time"]


class Column(NamedTuple):
    """A column: its heading, what it holds, the label of the box that looks in it.

    With `label` its heading is beside the value on a narrow screen; without, the value says by itself what it is.
    """

    title: str
    kind: ColumnKind = "text"
    find: str = ""
    label: bool = True


class Row(NamedTuple):
    """The cells of a row as HTML; `choices` are the values of the row by the name of a choice. `id` is its anchor."""

    cells: Sequence[str]
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    id: str = ""


class Part(NamedTuple):
    """A section with a table: its anchor, its heading, what the table says, its columns.

    `rows` is what a row is, in the singular. `choices` are the names of the lists to choose from, with their labels;
    `links` is the one whose values have addresses: these are words of ours, of letters and blanks. `above` is HTML
    before the table.
    """

    name: str
    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: str = "device"
    choices: tuple[tuple[str, str], ...] = ()
    links: str = ""
    above: str = ""


def address(part: str, value: str) -> str:
    """Return the anchor of a value that can be chosen in a part."""
    return f"{part}-{value.lower().replace(' ', '-')}"


def table_section(
    part: Part,
    rows: Sequence[Row],
    *,
    left: int = 0,
    elsewhere: str = "CSV and JSON have them all",
    folded: tuple[str, Sequence[Row]] | None = None,
) -> Section:
    """Return a section with a table, folded beyond a screenful or two.

    `left` is how many items are not among these, `elsewhere` says what has them. `folded` are further rows, of another
    kind, with the words that open them.
    """
    opened, rest = rows[:FOLD], rows[FOLD:]
    later = [("", count(len(rest), "more row"), f"{part.caption}, continued", rest)] if rest else []
    if folded is not None and folded[1]:
        later.append((' class="apart"', folded[0], folded[0], folded[1]))
    every = [*rows, *(folded[1] if folded is not None else ())]
    links, styles = _links(part, every)
    text = links + (_table(part, "", opened) if opened else "")
    for kind, summary, caption, more in later:
        text += f"<details{kind}>\n<summary>{to_html(summary)}</summary>\n{_table(part, caption, more)}</details>\n"
    if left:
        text += f"<p>... and {left:,} more; {with_code(elsewhere)}.</p>\n"
    choices = to_html("|".join(f"{name}:{label}" for name, label in part.choices))
    data = f' data-rows="{to_html(pluralize(part.rows))}"' + (f' data-choices="{choices}"' if choices else "")
    head = f'<section id="{part.name}"{data}>\n<h2>{to_html(part.title)}</h2>\n{part.above}'
    head += f'<p class="caption" id="{part.name}-caption">{to_html(part.caption)}</p>\n'
    return Section(part.name, part.title, f"{head}{text}</section>\n", styles)


def time_cell(text: str) -> str:
    """Return a moment as the content of a cell, the day first and the time of day below; another text as it is."""
    day, sign, time = text.partition("T")
    return (
        f'{to_html(day)}<span class="place">T{to_html(time)}</span>' if sign and time.endswith("Z") else to_html(text)
    )


def _links(part: Part, rows: Sequence[Row]) -> tuple[str, str]:
    """Return what a browser goes to that follows the link to a value, and the styles that then hide other rows."""
    if not part.links:
        return "", ""
    values = Counter(value for row in rows for name, found in row.choices if name == part.links for value in found)
    links, styles = [], []
    for value, number in sorted(values.items()):
        name, shown = address(part.name, value), to_html(value)
        links.append(
            f'<p class="only" id="{name}" data-choice="{part.links}" data-value="{shown}">Only {shown}:'
            f' {count(number, part.rows)}. <a href="#{part.name}">Show all</a></p>\n'
        )
        styles.append(f'html:not(.js) #{name}:target~* tbody tr:not([data-{part.links}*="{shown}"]){{display:none}}\n')
    return "".join(links), "".join(styles)


def _table(part: Part, caption: str, rows: Iterable[Row]) -> str:
    """Return a table that is named by a caption of its own, or by that of its part."""
    columns = "".join(f'<col class="{column.kind}">' for column in part.columns)
    head = "".join(f'<th scope="col"{_attributes(column)}>{to_html(column.title)}</th>' for column in part.columns)
    body = "".join(_rows(part, rows))
    name = f'aria-label="{to_html(caption)}"' if caption else f'aria-labelledby="{part.name}-caption"'
    return (
        f'<div class="wide" tabindex="0" role="region" {name}>\n<table {name}>\n<colgroup>{columns}</colgroup>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _attributes(column: Column) -> str:
    kind = f' class="{column.kind}"' if column.kind in {"number", "access", "time"} else ""
    return kind + (f' data-find="{to_html(column.find)}"' if column.find else "")


def _rows(part: Part, rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows; one whose heading is that of the row before says so, as both then are about the same."""
    before = ""
    for row in rows:
        same = ' class="same"' if row.cells[0] == before else ""
        before = row.cells[0]
        anchor = f' id="{row.id}"' if row.id else ""
        yield f"<tr{anchor}{same}{_data(dict(row.choices))}>{''.join(_cells(part, row))}</tr>\n"


def _data(choices: Mapping[str, Sequence[str]]) -> str:
    return "".join(f' data-{name}="{to_html("|".join(values))}"' for name, values in choices.items() if values)


def _cells(part: Part, row: Row) -> Iterator[str]:
    """Yield cells; one that needs it carries the heading of its column for screens too narrow for a table."""
    for index, (column, cell) in enumerate(zip(part.columns, row.cells, strict=True)):
        tag, scope = ("th", ' scope="row"') if index == 0 else ("td", "")
        kind = f' class="{column.kind}"' if column.kind in {"number", "access", "time"} else ""
        label = f' data-label="{to_html(column.title)}"' if index and column.label and cell else ""
        yield f"<{tag}{scope}{kind}{label}>{cell}</{tag}>"
