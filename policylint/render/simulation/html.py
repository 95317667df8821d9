"""The simulation as one HTML file: who loses access and who gains it first, then people, then what rules give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.phrases import capital, count
from policylint.render.page.causes import cause_cell
from policylint.render.page.document import Head, document, listing
from policylint.render.page.states import after_cell, move_values, move_words, name_of, numbers_of, state_cell
from policylint.render.page.table import MOST_ROWS, Column, Part, Row, address, table_section, time_cell
from policylint.render.page.words import words_section
from policylint.render.phrases import class_words, device_words, reported_words
from policylint.render.simulation.sankey import flow_figure
from policylint.render.simulation.view import Limits, not_read_words, not_reported, stale_words, states_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import ClassAccess, DeviceAccess
    from policylint.analysis.mismatch import Mismatch
    from policylint.model.device import Device
    from policylint.render.facts import Facts
    from policylint.render.page.document import Section
    from policylint.render.simulation.view import Move, SimulationView

LIMITS = Limits(classes=MOST_ROWS, devices=MOST_ROWS, mismatches=MOST_ROWS)

_PEOPLE = "people"
_WHO = (Column("Mailbox", "name", find="Mailbox or device"), Column("Device", find="Mailbox or device", label=False))
_CHOICES = (("state", "State"), ("class", "Class"))


def render_report(
    view: SimulationView, facts: Facts, *, title: str = "", groups: tuple[str, Sequence[DeviceGroup]] | None = None
) -> str:
    """Return the report, all ASCII. `groups` are what devices are counted by, and the groups."""
    people = _people_rows(view)
    found = (
        _people(view, people),
        _kinds(view, _kind_rows(view)),
        _groups(*groups, alone=view.alone) if groups is not None else None,
        _undecided(view),
        _mismatches(view),
        _stale(view),
        _terms(view),
    )
    listed = {address(_PEOPLE, value) for row in people for value in row.choices[0][1]}

    def there(words: str) -> str:
        return place if (place := address(_PEOPLE, words)) in listed else ""

    def devices_of(move: Move) -> str:
        """Return where the devices of a flow are; of one that stays some may be listed, as another service decides."""
        return there(move_words(*move)) if move[0] != move[1] or view.lists_all else ""

    head = Head(
        "Access report",
        capital(view.verdict),
        facts,
        numbers=numbers_of(view.changes, view.total, there) if view.changes and not view.alone else (),
        notes=tuple(filter(None, (view.disputes, view.contradictions))),
        beside=(flow_figure(view.moves, devices_of, _flow_words(view)) if view.moves and not view.alone else ""),
        title=title,
    )
    return document(head, [each for each in found if each is not None])


def _flow_words(view: SimulationView) -> str:
    """Return what the picture shows and where its numbers lead, which those of devices not listed do not."""
    words = "Devices by state, live and desired"
    if view.lists_all:
        return f"{words}. A number leads to its devices."
    if all(before == after for before, after in view.moves):
        return f"{words}. `--full` lists them."
    return f"{words}. The number of a change leads to its devices; `--full` lists the others."


def _who(device: Device) -> tuple[str, str]:
    """Return whose a device is, and what it is, its ID last."""
    words, sign, name = device_words(device).rpartition(", ")
    return to_html(device.owner or "not known"), f'{to_html(words + sign)}<code class="id">{to_html(name)}</code>'


def _sides(view: SimulationView) -> tuple[Column, ...]:
    """Return the columns of what a class or a device has and gets: one of the two without live state, or it alone."""
    sides = (*(("Live",) if view.has_live else ()), *(() if view.alone else ("Desired",)))
    return (*(Column(side, "access", label=False) for side in sides), Column("Because", label=False))


def _access(view: SimulationView, access: ClassAccess | DeviceAccess) -> Iterator[str]:
    """Yield what a class or a device has live, what it gets, and why."""
    live, after = access.live, access.desired.state
    if view.has_live:
        yield state_cell(live.state) if live is not None else ""
    if not view.alone:
        changed = live is not None and live.state != after
        yield after_cell(after, changed=changed) if view.has_live else state_cell(after)
    yield cause_cell(access.desired)


def _found_by(access: ClassAccess | DeviceAccess) -> tuple[str, ...]:
    after = access.desired.state
    return move_values(access.live.state, after) if access.live is not None else (name_of(after),)


def _people_rows(view: SimulationView) -> list[Row]:
    """Return the devices that change, or those asked for, by mailbox."""
    return [
        Row(
            (*_who(each.device), *_access(view, each), time_cell(each.device.last_sync or "not read")),
            (("state", _found_by(each)), ("class", (class_words(each.device.device_class),))),
        )
        for each in view.devices.rows
    ]


def _people(view: SimulationView, rows: Sequence[Row]) -> Section | None:
    if not rows:
        return None
    devices = view.devices
    caption = f"{count(devices.total, 'device')}{f' ({view.chosen})' if view.chosen else view.owners()}"
    title = "Devices" if view.chosen or view.lists_all else "Devices whose access changes"
    columns = (*_WHO, *_sides(view), Column("Last sync", "time"))
    part = Part(_PEOPLE, title, caption, columns, choices=_CHOICES, links="state")
    return table_section(part, rows, left=devices.left)


def _kind_rows(view: SimulationView) -> list[Row]:
    return [
        Row(
            (
                to_html(class_words(each.device_class)),
                *([f"{each.devices:,}"] if view.has_live else []),
                *_access(view, each),
            ),
            (("state", _found_by(each)),),
        )
        for each in view.classes.rows
    ]


def _kinds(view: SimulationView, rows: Sequence[Row]) -> Section:
    """Return what rules and the default give, those kinds of device first that change.

    Without live state it is what they will get, and of no devices.
    """
    changed = sum(each.changed for each in view.classes.rows) if not view.alone else 0
    caption = "What rules and the default give, by kind of device"
    columns = (
        Column("Kind of device", find="Kind of device", label=False),
        *([Column("Devices", "number")] if view.has_live else []),
        *_sides(view),
    )
    part = Part("kinds", "Rules and default", caption, columns, "kind", _CHOICES[:1])
    left = view.classes.left if len(view.classes.rows) == MOST_ROWS else 0
    if not 0 < changed < len(rows):
        return table_section(part, rows, left=left)
    part = part._replace(
        caption=f"{caption}; {changed:,} of {count(len(rows), 'kind')} {'changes' if changed == 1 else 'change'}"
    )
    same = (f"{count(len(rows) - changed, 'kind')} without a change", rows[changed:])
    return table_section(part, rows[:changed], left=left, folded=same)


def _undecided(view: SimulationView) -> Section | None:
    """Return what decides instead, with how many devices."""
    if not view.undecided:
        return None
    columns = (Column("Decided by", label=False), Column("Devices", "number"))
    part = Part("open", "Not decided here", "What decides instead of these settings", columns, "reason")
    return table_section(part, [Row((to_html(by), f"{devices:,}")) for by, devices in view.undecided])


def _mismatches(view: SimulationView) -> Section | None:
    found = view.mismatches
    if not found.rows:
        return None
    caption = f"{count(found.total, 'device')} with another reported state than live settings give"
    columns = (
        *_WHO,
        Column("Reported"),
        Column("Computed", "access", label=True),
        Column("Possible causes", label=False),
    )

    def cells(mismatch: Mismatch) -> tuple[str, ...]:
        since = f" since {mismatch.since} at the latest" if mismatch.since else ""
        reported, computed = to_html(reported_words(mismatch.device) + since), state_cell(mismatch.decision.state)
        return *_who(mismatch.device), reported, computed, listing(mismatch.candidates)

    part = Part("mismatches", "Reported state differs", caption, columns)
    return table_section(part, [Row(cells(each)) for each in found.rows], left=found.left)


def _stale(view: SimulationView) -> Section | None:
    stale = view.stale
    if stale is None:
        return None
    words = "; ".join((stale_words(stale), *([not_read_words(stale)] if stale.not_read else [])))
    columns = (*_WHO, Column("Last sync", "time"), Column("Days", "number"))
    rows = [
        Row((*_who(each.device), time_cell(each.device.last_sync), f"{each.days:,}"))
        for each in stale.devices[:MOST_ROWS]
    ]
    part = Part("stale", "Devices that do not sync", words, columns)
    return table_section(part, rows, left=len(stale.devices) - len(rows))


def _groups(by: str, groups: Sequence[DeviceGroup], *, alone: bool) -> Section | None:
    if not groups:
        return None
    states = states_of(groups)
    numbers = ("Devices", *(() if alone else ("Changed",)), *map(name_of, states))
    name = Column(by.capitalize() if by != "os" else "OS", label=False)
    caption = f"Devices by {by} and state{'' if alone else ', live and desired'}"

    def cells(group: DeviceGroup) -> tuple[str, ...]:
        pairs = [(group.live.get(state, 0), group.desired.get(state, 0)) for state in states]
        moves = [
            f"{live:,} → {desired:,}" if group.live and live != desired else f"{desired:,}" for live, desired in pairs
        ]
        value = to_html(group.value) if group.value is not None else not_reported(by)
        return value, f"{group.devices:,}", *(() if alone else (f"{group.changed:,}",)), *moves

    rows = [Row(cells(each)) for each in groups[:MOST_ROWS]]
    part = Part("groups", "Groups", caption, (name, *(Column(each, "number") for each in numbers)), "group")
    return table_section(part, rows, left=len(groups) - len(rows))


def _terms(view: SimulationView) -> Section | None:
    """Return what the terms mean that occur."""
    shown = [*(each.desired for each in view.devices.rows), *(each.desired for each in view.classes.rows)]
    occur = {
        "desired": view.has_live and not view.alone,
        "class": bool(view.devices.rows),
        "disputed": bool(view.disputes) or any(each.disputed for each in shown),
        "open": any(None in move for move in view.moves) or any(each.state is None for each in shown),
    }
    found = [term for term, occurs in occur.items() if occurs]
    return words_section(found) if found else None
