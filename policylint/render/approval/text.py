"""Devices that were approved or denied as text: the verdict, each device with what it gets, and what to run next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import sync_words
from policylint.devices.contradictions import A_CLAIM
from policylint.documentation import Page, docs_line
from policylint.edit.approval import stands_in_the_way
from policylint.escape import clean
from policylint.phrases import count
from policylint.render.phrases import ARROW, assumed_words, device_words, left_out, state_words
from policylint.render.style import COLORS, Column, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.edit.approval import Choice, Chosen, LeftOut, Outcome, Verb
    from policylint.edit.class_rule import Admitted
    from policylint.model.device import Device
    from policylint.render.style import Style

MOST_DEVICES = 40
"""How many devices of each part are shown."""

DONE: dict[Verb, str] = {"approve": "approved", "deny": "denied"}

NEXT = "next: `policylint plan`, then `policylint apply-script`; to take it back, git restores the files"

_DENIED = (
    "a phone keeps the mail that it has: a block takes effect at its next sync and wipes nothing",
    "a phone that is lost or stolen is wiped in Exchange, with Clear-MobileDevice: ask for that first, since a blocked"
    " phone may never fetch it",
)


def render_choice(choice: Choice, outcome: Outcome, *, style: Style) -> str:
    """Return what became of devices as text."""
    lines = [style.paint(verdict(choice, outcome), "bold")]
    lines += _edited(choice, style)
    if choice.rule is not None and choice.rule.admitted is not None:
        lines += _admitted(choice.rule.admitted, [each.device for each in choice.of_status("edited")])
    for status, head in (("already", "on the list already"), ("refused", "refused")):
        lines += _others(choice.of_status(status), head, Page.REFUSED_EDITS if status == "refused" else None)
    for group in choice.left_out:
        lines += _left_out(group)
    lines += _next(choice, outcome)
    return "".join(f"{line}\n" for line in lines)


def verdict(choice: Choice, outcome: Outcome) -> str:
    """Return the outcome in one line."""
    verb, edited = choice.request.verb, choice.of_status("edited")
    mailboxes = len({each.device.mailbox for each in edited})
    what = f"{count(len(edited), 'device')} of {count(mailboxes, 'mailbox')}"
    if choice.rule is not None:
        what = f"a rule that lets {choice.rule.rule.identity} in"
    what += assumed_words(name for each in edited if each.after is not None for name in each.after.not_read)
    already, refused = len(choice.of_status("already")), len(choice.of_status("refused"))
    match outcome:
        case "written":
            return f"{DONE[verb]} {what}; nothing has changed in Exchange yet"
        case "dry-run":
            return f"would {verb} {what}; nothing is written"
        case "asked":
            return f"{what} to {verb}"
        case "unconfirmed":
            return f"not {DONE[verb]}: {what} without --yes; nothing is written"
        case "refused":
            return f"refused: {refused:,} of {count(len(choice.devices), 'device')}; nothing is written"
    if already:
        return f"nothing to do: {count(already, 'device')} on the list already"
    return "nothing to do: no such device" + (" but those left out" if choice.left_out else "")


def _edited(choice: Choice, style: Style) -> Iterator[str]:
    rows = choice.of_status("edited")
    if not rows:
        return
    yield ""
    shown = rows[:MOST_DEVICES]
    cells = [(_move(row), row.device.owner, device_words(row.device), row.path) for row in shown]
    by_state = Column(paint=lambda move: style.paint(move, COLORS.get(move.rpartition(" ")[2], "dim")))
    yield from table(cells, (by_state,), screen=style.screen).splitlines()
    for row in shown:
        where = f"{row.device.device_id} of {row.device.owner}"
        if why := stands_in_the_way(row, choice.request.verb):
            yield f"  still {clean(f'{state_words(row.after.state if row.after else None)}: {where}: {why}')}"
        yield from (f"  note: {clean(f'{where}: {note}')}" for note in row.notes)
    if len(rows) > len(shown):
        yield f"  {left_out(len(rows) - len(shown))}"


def _move(row: Chosen) -> str:
    after = state_words(row.after.state) if row.after is not None else ""
    before = state_words(row.before.state)
    return after if before == after or not after else f"{before} {ARROW} {after}"


def _admitted(admitted: Admitted, asked: Sequence[Device]) -> Iterator[str]:
    """Yield what else a rule lets in."""
    known = set(asked)
    others = [device for device in admitted.devices if device not in known]
    yield ""
    yield f"the rule also lets in: {count(len(others), 'other device')}"
    for device in others[:MOST_DEVICES]:
        yield f"  {clean(device_words(device, owner=True))}"
    if len(others) > MOST_DEVICES:
        yield f"  {left_out(len(others) - MOST_DEVICES)}"
    if admitted.contradicting:
        yield f"  {count(admitted.contradicting, 'device')} of all these report values that contradict each other"
    yield f"  {count(admitted.known, 'row')} of the catalog of known devices"
    yield f"  any device that says so: {A_CLAIM}"


def _others(rows: Sequence[Chosen], head: str, page: Page | None = None) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{head}: {count(len(rows), 'device')}"
    for row in rows[:MOST_DEVICES]:
        yield f"  {clean(f'{device_words(row.device, owner=True)}: {row.why}')}"
        if row.help:
            yield f"    = help: {clean(row.help)}"
    if len(rows) > MOST_DEVICES:
        yield f"  {left_out(len(rows) - MOST_DEVICES)}"
    if page is not None:
        yield docs_line(page)


def _left_out(group: LeftOut) -> Iterator[str]:
    yield ""
    yield clean(f"left out: {count(group.number, 'device')}: {group.why}")
    for device in group.devices[:MOST_DEVICES]:
        yield f"  {clean(f'{device_words(device, owner=True)}, {sync_words(device)}')}"
    shown = min(len(group.devices), MOST_DEVICES)
    if group.number > shown:
        yield f"  ... and {group.number - shown:,} more"


def _next(choice: Choice, outcome: Outcome) -> Iterator[str]:
    if not choice.of_status("edited") or outcome in {"refused", "asked"}:
        return
    yield ""
    if choice.request.verb == "deny":
        yield from (f"note: {words}" for words in _DENIED)
    if outcome == "written":
        yield NEXT
    elif outcome == "unconfirmed":
        yield "next: the same command with --yes, or with --diff to see the edits"
    else:
        yield "next: the same command without --dry-run and --diff"
