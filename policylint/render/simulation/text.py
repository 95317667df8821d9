"""Who gets in as text: what a screen takes, or everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import because, sync_words
from policylint.escape import clean
from policylint.phrases import count, cut
from policylint.render.phrases import ARROW, cause, class_words, device_words, left_out, reported_words, state_words
from policylint.render.simulation.view import Limits, not_read_words, not_reported, stale_words, states_of
from policylint.render.style import Column, Style, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.access.decision import AccessState
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import ClassAccess, DeviceAccess
    from policylint.analysis.stale import Stale
    from policylint.render.simulation.view import SimulationView

_MOST_GROUPS = 20
_MOST_STALE = 40


def limits(*, full: bool, mismatches: bool) -> Limits:
    """Return how many rows of each part the text has."""
    if full:
        return Limits(mismatches=None if mismatches else 0, unchanged=True)
    return Limits(classes=20, devices=40, mismatches=40 if mismatches else 0)


def render_simulation(view: SimulationView, *, style: Style, full: bool) -> str:
    """Return the verdict, the classes and the devices as text; without `full`, long names are cut."""
    return "".join(_parts(view, style, full))


def _parts(view: SimulationView, style: Style, full: bool) -> Iterator[str]:
    yield style.paint(clean(view.verdict), "bold") + "\n"
    if view.stale is not None:
        yield from _stale(view.stale, style, full)
        return
    if view.chosen and not view.total:
        return
    if view.moves and not view.alone:
        yield from _totals(view, style)
    yield "\nclasses (what rules and default give; a value that no rule names is left out)\n"
    heads, width = (Column("devices", right=True), Column("class")), None if full else 56
    names = ((f"{each.devices:,}", cut(class_words(each.device_class), width)) for each in view.classes.rows)
    yield _accesses(heads, names, view.classes.rows, style, alone=view.alone)
    yield _more(view.classes.left)
    if view.devices.rows:
        yield "\ndevices\n" if full or view.chosen else "\ndevices whose access changes\n"
        heads, width = (Column("mailbox"), Column("device")), None if full else 44
        names = ((each.device.owner or "?", cut(device_words(each.device), width)) for each in view.devices.rows)
        yield _accesses(heads, names, view.devices.rows, style, alone=view.alone)
        yield _more(view.devices.left)
    if view.disputes:
        yield f"\nnote: {clean(view.disputes)}\n"
    if view.contradictions:
        yield f"\nnote: {clean(view.contradictions)}\n"
    if view.mismatches.total:
        yield from _mismatches(view, style)


def _totals(view: SimulationView, style: Style) -> Iterator[str]:
    columns = (Column(paint=style.word), Column("live", right=True), Column(), Column("desired", right=True))
    rows = ((state_words(state), f"{live:,}", ARROW, f"{desired:,}") for state, live, desired in view.totals)
    yield "\n" + table(rows, columns, screen=style.screen)
    moves = [
        f"{change.devices:,} {state_words(change.before)} {ARROW} {state_words(change.after)}"
        for change in view.changes
    ]
    if moves:
        yield f"\n  {', '.join(moves)}\n"


def _accesses(
    heads: tuple[Column, Column],
    names: Iterable[tuple[str, str]],
    accesses: Sequence[ClassAccess | DeviceAccess],
    style: Style,
    *,
    alone: bool,
) -> str:
    """Return a table of what classes or devices have and get, behind two columns that name them."""
    desired = () if alone else (Column(), Column("desired", paint=style.word))
    columns = (*heads, Column("live", paint=style.word), *desired, Column("because"))
    rows = (
        (
            *name,
            state_words(access.live.state) if access.live is not None else "-",
            *(() if alone else (ARROW if access.changed else "", state_words(access.desired.state))),
            cause(access.desired),
        )
        for name, access in zip(names, accesses, strict=True)
    )
    return table(rows, columns, screen=style.screen)


def _mismatches(view: SimulationView, style: Style) -> Iterator[str]:
    found = view.mismatches
    verb = "reports" if found.total == 1 else "report"
    what = f"{found.total:,} of {count(view.total, 'device')} {verb} another state than live settings give"
    if not found.rows:
        yield f"\nnote: {what}; --explain-mismatch shows them\n"
        return
    yield f"\n{what}\n"
    for mismatch in found.rows:
        computed = f"{style.word(state_words(mismatch.decision.state))}: {clean(because(mismatch.decision))}"
        yield f"  device {clean(device_words(mismatch.device, owner=True))}\n"
        yield f"    reported {clean(reported_words(mismatch.device))}, computed {computed}\n"
        since = f"reported so since {mismatch.since} at the latest; " if mismatch.since else ""
        yield f"    {clean(since + sync_words(mismatch.device))}\n"
        yield from (f"    - {clean(candidate)}\n" for candidate in mismatch.candidates)
    yield _more(found.left)


def _stale(stale: Stale, style: Style, full: bool) -> Iterator[str]:
    number, shown = len(stale.devices), stale.devices if full else stale.devices[:_MOST_STALE]
    yield f"\n{stale_words(stale)}\n"
    columns = (Column("mailbox"), Column("device"), Column("last sync"), Column("days", right=True))
    width = None if full else 44
    rows = (
        (device.owner or "?", cut(device_words(device), width), device.last_sync, f"{days:,}") for device, days in shown
    )
    if number:
        yield table(rows, columns, screen=style.screen)
    yield _more(number - len(shown))
    if stale.not_read:
        yield f"\nnote: {not_read_words(stale)}\n"


def _more(number: int) -> str:
    return f"  {left_out(number)}\n" if number else ""


def render_groups(
    verdict: str, groups: Sequence[DeviceGroup], by: str, *, style: Style, full: bool, alone: bool = False
) -> str:
    """Return the verdict and a table of groups; without `full`, what a screen takes; of live state alone what it is."""
    if not groups:
        return f"{style.paint(clean(verdict), 'bold')}\n\nthere are no devices to group\n"
    shown, states = groups if full else groups[:_MOST_GROUPS], states_of(groups)
    name, width = ("decided by", 80) if by == "rule" else (by, 60)
    crowded = (group.partnerships for group in groups if group.partnerships is not None and group.partnerships.is_near)
    notes = "".join(f"\nnote: {clean(f'{each.owner} has {each.words}')}\n" for each in crowded)
    changed = () if alone else ("changed",)
    columns = (
        *(Column(title, right=True) for title in ("devices", *changed, *map(state_words, states))),
        Column(name),
    )
    rows = (
        (
            f"{group.devices:,}",
            *(f"{group.changed:,}" for _ in changed),
            *(f"{group.desired.get(state, 0):,}" if alone else _counts(group, state) for state in states),
            cut(group.value if group.value is not None else not_reported(by), None if full else width),
        )
        for group in shown
    )
    grid = table(rows, columns, screen=style.screen)
    return f"{style.paint(clean(verdict), 'bold')}\n\n{grid}{_more(len(groups) - len(shown))}{notes}"


def _counts(group: DeviceGroup, state: AccessState | None) -> str:
    """Return how many devices of a group have a state live and are to have it; without live state, the latter."""
    desired = group.desired.get(state, 0)
    return f"{group.live.get(state, 0):>4,} {ARROW} {desired:>4,}" if group.live else f"{desired:,}"
