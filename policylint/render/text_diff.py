"""What would change in a file, line by line."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeAlias

from policylint.escape import clean
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.render.style import Style

_COLORS = {"+": "green", "-": "red", "@": "blue"}
_CONTEXT = 3


def text_diff(before: str, after: str, names: tuple[str, str], style: Style) -> str:
    """Return the lines that differ between two texts, with those around them, as a unified diff."""
    old, new = before.splitlines(), after.splitlines()
    lines = list(_unified(old, new, names))
    if not lines:
        return f"{clean(names[0].rpartition(' (')[0])}: only line ends would change\n"
    return "".join(
        (style.paint(clean(line), _COLORS[line[0]]) if line[:1] in _COLORS else clean(line)) + "\n" for line in lines
    )


def _unified(old: Sequence[str], new: Sequence[str], names: tuple[str, str]) -> Iterator[str]:
    """Yield the lines of the unified diff, none where nothing differs."""
    for number, hunk in enumerate(_hunks(_changes(old, new))):
        if not number:
            yield f"--- {names[0]}"
            yield f"+++ {names[1]}"
        first, last = hunk[0], hunk[-1]
        before = min(_CONTEXT, first.old)
        start, end = first.old - before, min(len(old), last.old_end + _CONTEXT)
        shown = _shown(start, end), _shown(first.new - before, last.new_end + end - last.old_end)
        yield f"@@ -{shown[0]} +{shown[1]} @@"
        for change in hunk:
            yield from (f" {line}" for line in old[start : change.old])
            yield from (f"-{line}" for line in old[change.old : change.old_end])
            yield from (f"+{line}" for line in new[change.new : change.new_end])
            start = change.old_end
        yield from (f" {line}" for line in old[start:end])


def _shown(start: int, end: int) -> str:
    """Return a range of lines as a hunk has it: where it begins, and how many they are unless one."""
    number = end - start
    return f"{start + 1}" if number == 1 else f"{start + 1 if number else start},{number}"


class _Change(NamedTuple):
    """Lines of one text in place of lines of the other: from and to, of each."""

    old: int
    old_end: int
    new: int
    new_end: int


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    """Yield what differs, in order."""
    at, other = 0, 0
    for one, two in (*_pairs(old, new, _EXACT), (len(old), len(new))):
        if one > at or two > other:
            yield _Change(at, one, other, two)
        at, other = one + 1, two + 1


def _hunks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield changes in groups, those together between which there is no more than what is shown around them."""
    group: list[_Change] = []
    for change in changes:
        if group and change.old - group[-1].old_end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


_Pairs: TypeAlias = "list[tuple[int, int]]"
"""The numbers of lines that are the same in two texts, in order."""

_EXACT = 250_000
"""How many pairs of lines are compared for the shortest difference."""
_EXACT_WITHIN = 2_500
"""The same between two lines that both texts have once."""
_MOST_LEVELS = 6
"""How often such lines are looked for between others."""


def _pairs(old: Sequence[str], new: Sequence[str], exact: int, levels: int = _MOST_LEVELS) -> _Pairs:
    """Return the lines that are the same, what both texts begin and end with first."""
    shorter = min(len(old), len(new))
    head = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    rest = range(1, shorter - head + 1)
    tail = next((number - 1 for number in rest if old[-number] != new[-number]), shorter - head)
    end, other = len(old) - tail, len(new) - tail
    middle = _middle(old[head:end], new[head:other], exact, levels)
    return [
        *((number, number) for number in range(head)),
        *((head + one, head + two) for one, two in middle),
        *((end + number, other + number) for number in range(tail)),
    ]


def _middle(old: Sequence[str], new: Sequence[str], exact: int, levels: int) -> _Pairs:
    if len(old) * len(new) <= exact:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return [(one + number, two + number) for one, two, length in blocks for number in range(length)]
    anchors = _anchors(old, new) if levels else []
    if not anchors:
        same = len(old) == len(new)
        return [(number, number) for number, line in enumerate(old) if line == new[number]] if same else []
    found: _Pairs = []
    at, other = 0, 0
    for one, two in (*anchors, (len(old), len(new))):
        between = _pairs(old[at:one], new[other:two], _EXACT_WITHIN, levels - 1)
        found += ((at + first, other + second) for first, second in between)
        found.append((one, two))
        at, other = one + 1, two + 1
    return found[:-1]


def _anchors(old: Sequence[str], new: Sequence[str]) -> _Pairs:
    """Return the most lines that each text has once and that are in the same order in both."""
    in_old, in_new = Counter(old), Counter(new)
    places = {line: number for number, line in enumerate(new) if in_new[line] == 1}
    common = [(one, places[line]) for one, line in enumerate(old) if in_old[line] == 1 and line in places]
    ends: list[int] = []  # where the best run of each length ends in the new text
    last: list[int] = []  # which pair that is
    before: list[int] = []  # the pair before each pair in its run
    for number, (_, two) in enumerate(common):
        length = bisect_left(ends, two)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [two], [number]
    found, number = [], last[-1] if last else -1
    while number >= 0:
        found.append(common[number])
        number = before[number]
    return found[::-1]
