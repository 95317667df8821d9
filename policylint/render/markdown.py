"""Markdown made to be the comment of a pull request: a head that is always there, the rest folded, in one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import markdown_code, to_markdown
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.render.people import NameMask

LARGEST = 65_536
"""How many characters a comment on GitHub may have, the fewest of the systems that docs/ci.md names.

Source: https://github.com/orgs/community/discussions/27190
"""

_LONGEST, _LONGEST_CELL = 240, 2_000
"""How many characters of a text are shown: at the head of the comment, and of one among many."""


class Block(NamedTuple):
    """A part of the comment that may be cut: what is before its rows, these and how many, and what is behind them.

    `noun` is what the rows are.
    """

    before: str
    rows: Iterable[str]
    number: int
    after: str
    noun: str

    def around(self, rows: str, left: int, command: str) -> str:
        """Return the part with some rows, and how many are left out."""
        more = f"\n... and {left:,} more {self.noun}; {code(command)} shows all.\n" if left else ""
        return self.before + rows + more + self.after


def compose(head: str, blocks: Iterable[Block], *, size: int, command: str) -> str:
    """Return the comment, of no more than `size` characters where its head has room.

    Each part gets what it needs, or else as much as any other. What is left out is counted, with the command that
    shows it; of parts that have no room at all, the last ones are.
    """
    found = [block for block in blocks if block.number]
    shown, room = len(found), size - len(head)
    while shown and room < _least(found[:shown], command) + (len(_left(found[shown:], command))):
        shown -= 1
    end = _left(found[shown:], command)
    room -= _least(found[:shown], command) + len(end)
    rows = [_first(block.rows, size) for block in found[:shown]]
    text = head
    for block, each, share in zip(found, rows, _shares([sum(map(len, each)) for each in rows], room), strict=False):
        part = _first(each, share)
        text += block.around("".join(part), block.number - len(part), command)
    return text + end


def _least(blocks: Iterable[Block], command: str) -> int:
    """Return the size of parts without any rows."""
    return sum(len(block.around("", block.number, command)) for block in blocks)


def _left(blocks: Sequence[Block], command: str) -> str:
    """Return the line for parts that are left out."""
    return f"\n... and {count(len(blocks), 'more part')}; {code(command)} shows all.\n" if blocks else ""


def _first(rows: Iterable[str], room: int) -> list[str]:
    """Return the first rows that have room."""
    found: list[str] = []
    for row in rows:
        room -= len(row)
        if room < 0:
            break
        found.append(row)
    return found


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Return how much of some room each part gets: what it wants, or else as much as any other."""
    shares = [0] * len(wanted)
    for left, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = min(wanted[index], room // (len(wanted) - left))
        room -= shares[index]
    return shares


def list_block(title: str, items: Iterable[str], number: int, noun: str) -> Block:
    """Return a part that is not folded: a list."""
    return Block(f"\n**{title}**\n\n", (f"- {item}\n" for item in items), number, "", noun)


def table_block(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], number: int, noun: str) -> Block:
    """Return a part that is folded: a table."""
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    before = f"\n<details>\n<summary>{title}</summary>\n\n{head}"
    return Block(before, (f"| {' | '.join(row)} |\n" for row in rows), number, "\n</details>\n", noun)


def live_state_block(lines: Sequence[str], mask: NameMask) -> Block:
    """Return the part that says which live state it all rests on."""
    return list_block("Live state", (long_text(mask.hide(line)) for line in lines), len(lines), "snapshots")


def head_text(words: str, most: int = _LONGEST) -> str:
    """Return a text of the head, cut, and as code what it has between backticks."""
    return _sentence(cut(words, most))


def long_text(words: str) -> str:
    """Return a text among many, cut, and as code what it has between backticks."""
    return _sentence(cut(words, _LONGEST_CELL))


def code(words: str, most: int = _LONGEST) -> str:
    """Return a text as code, cut."""
    return markdown_code(cut(words, most))


def _sentence(words: str) -> str:
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return to_markdown(words)
    return "".join(markdown_code(part) if place % 2 else to_markdown(part) for place, part in enumerate(parts))
