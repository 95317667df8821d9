"""Access states as pieces of a page: a shape, a word and a color."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from policylint.render.page.document import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policylint.access.decision import AccessState

Change: TypeAlias = "tuple[AccessState | None, AccessState | None, int]"
"""From a state to another one, and how many devices; None is not decided here."""

LOSES, GAINS, CHANGES = "Loses access", "Gains access", "Changes between other states"


def name_of(state: AccessState | None) -> str:
    """Return a state as a page names it."""
    return state or "Not decided here"


def kind_of(state: AccessState | None) -> str:
    """Return the class that gives a state its color."""
    return (state or "other").lower()


def state_cell(state: AccessState | None) -> str:
    """Return a state as the content of a cell."""
    return f'<span class="state {kind_of(state)}">{name_of(state)}</span>'


def after_cell(state: AccessState | None, *, changed: bool) -> str:
    """Return the state after another one: with an arrow where it changes, else with as much room for none."""
    if not changed:
        return f'<span class="to">{state_cell(state)}</span>'
    return f'<span class="to changed"><span class="unseen">changes to </span>{state_cell(state)}</span>'


def change_words(before: AccessState | None, after: AccessState | None) -> str:
    """Return what a change of state is to people: `Loses access`, `Gains access`, `Changes between other states`."""
    if before == after:
        return "Keeps its state"
    if before == "Allowed":
        return LOSES
    return GAINS if after == "Allowed" else CHANGES


def move_words(before: AccessState | None, after: AccessState | None) -> str:
    """Return from which state to which one something goes: `Allowed to Blocked`, `Stays Allowed`."""
    return f"{name_of(before)} to {name_of(after)}" if before != after else f"Stays {name_of(after)}"


def move_values(before: AccessState | None, after: AccessState | None) -> tuple[str, ...]:
    """Return by what a row is found that goes from one state to another."""
    moved = move_words(before, after)
    return (change_words(before, after), moved) if before != after else (moved,)


def numbers_of(changes: Iterable[Change], total: int, link: Callable[[str], str]) -> tuple[Number, ...]:
    """Return how many devices lose access, how many gain it, how many change in another way, and how many do not.

    `total` is how many devices there are. `link` gives the address of those of which one of the words above is true.
    """
    found = Counter[str]()
    for before, after, devices in changes:
        found[change_words(before, after)] += devices
    lost, won, others = (found[words] for words in (LOSES, GAINS, CHANGES))
    numbers = [
        Number(lost, "loses access" if lost == 1 else "lose access", "bad" if lost else "", link(LOSES)),
        Number(won, "gains access" if won == 1 else "gain access", "good" if won else "", link(GAINS)),
    ]
    if others:
        words = f"{'changes' if others == 1 else 'change'} between other states"
        numbers.append(Number(others, words, "", link(CHANGES)))
    rest = total - lost - won - others
    return (*numbers, Number(rest, f"of {total:,} {'keeps its state' if rest == 1 else 'keep their state'}"))
