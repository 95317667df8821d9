"""The simulation as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from policylint.access.describe import because, location
from policylint.escape import ascii_html, to_html
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.render.phrases import class_words, device_words, reported_words
from policylint.render.simulation.assets import SCRIPT, STYLES
from policylint.render.simulation.sankey import kind_of, name_of, picture
from policylint.render.simulation.view import Limits, not_read_words, not_reported, stale_words, states_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import ClassAccess, DeviceAccess
    from policylint.analysis.mismatch import Mismatch
    from policylint.model.device import Device
    from policylint.render.simulation.view import Move, SimulationView

T = TypeVar("T")
Section: TypeAlias = "tuple[Part, str]"

FOLD, MOST_ROWS = 200, 5000
"""How many rows of a table are open to the eye, and how many there are at most; CSV and JSON have them all."""

_SUM = b64encode(sha256(SCRIPT.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SUM}'; img-src data:"


class About(NamedTuple):
    """What the report is of; `live` says on which snapshot it rests.

    Without one its texts are empty; `files` is the number of policy files.
    """

    tool: str
    edition: str
    files: int
    live: str = ""
    taken_at: str = ""
    organization: str = ""
    tenant: str = ""


class Part(NamedTuple):
    """A section with a table: its anchor, its heading, what the table says, its columns, those at the right.

    `rows` is what the rows are.
    """

    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    numbers: frozenset[str] = frozenset({"Devices", "Changed"})
    rows: str = "devices"


LIMITS = Limits(classes=MOST_ROWS, devices=MOST_ROWS, mismatches=MOST_ROWS)


def render_report(
    view: SimulationView, about: About, *, title: str = "", groups: tuple[str, Sequence[DeviceGroup]] | None = None
) -> str:
    """Return the report, all ASCII. `groups` are what devices are counted by, and the groups."""
    verdict = view.verdict[:1].upper() + view.verdict[1:]
    found = (
        _flow(view),
        _groups(*groups, alone=view.alone) if groups is not None else None,
        _changes(view),
        _classes(view),
        _undecided(view),
        _mismatches(view),
        _stale(view),
    )
    lead = f'<p class="lead">{to_html(verdict)}</p>\n' if title else ""
    notes = (view.disputes, view.contradictions)
    note = "".join(f'<p class="note">{to_html(each)}</p>\n' for each in notes if each)
    head = f"<h1>{to_html(title or verdict)}</h1>\n{lead}<p>{facts_of(about)}</p>\n{note}"
    return document(title or f"Mobile access: {verdict}", head, [each for each in found if each is not None], about)


def document(title: str, head: str, sections: Sequence[Section], about: About) -> str:
    """Return a document with sections below what is at its head, all ASCII."""
    links = "".join(f'<li><a href="#{part.name}">{part.title}</a></li>' for part, _text in sections)
    return ascii_html(
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{to_html(title)}</title>\n<style>{STYLES}</style>\n</head>\n<body>\n"
        f"<header>\n{head}</header>\n"
        f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n<main>\n'
        + "".join(text for _part, text in sections)
        + f"</main>\n<footer><p>Made by policylint {to_html(about.tool)}. Access is computed from settings, in the"
        f" order that Microsoft documents.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def facts_of(about: About) -> str:
    """Return what a document rests on, in a line."""
    facts = [to_html(about.organization), f"tenant {to_html(about.tenant)}" if about.tenant else ""]
    facts += [to_html(about.edition), count(about.files, "policy file") if about.files else "no policy"]
    if about.live:
        time = to_html(about.taken_at)
        words = to_html(about.live).replace(":", "", 1)  # here it is one fact of several
        facts.append(words.replace(time, f'<time datetime="{time}">{time}</time>', 1))
    return " · ".join(filter(None, facts))


def local(path: str) -> str:
    """Return a path as anybody may read it: of one outside the repository the last part alone."""
    outside = path.startswith(("/", "\\", "..")) or path[1:2] == ":"
    return path.replace("\\", "/").rsplit("/", 1)[-1] if outside else path


def section(
    part: Part,
    items: Sequence[T],
    cells: Callable[[T], Sequence[str]],
    *,
    left: int = 0,
    above: str = "",
    elsewhere: str = "CSV and JSON have them all",
) -> Section:
    """Return a section with a table, folded beyond a screenful or two.

    `left` is how many items are not among these, `elsewhere` says what has them.
    """
    rows = [_row(part, cells(item)) for item in items]
    text = _table(part, part.caption, rows[:FOLD])
    if len(rows) > FOLD:
        rest = _table(part, f"{part.caption}, continued", rows[FOLD:])
        text += f"<details>\n<summary>{count(len(rows) - FOLD, 'more row')}</summary>\n{rest}</details>\n"
    if left:
        text += f"<p>... and {left:,} more; {elsewhere}.</p>\n"
    body = f'<div class="beside">\n{above}<div>\n{text}</div>\n</div>\n' if above else text
    return part, f'<section id="{part.name}">\n<h2 data-rows="{part.rows}">{part.title}</h2>\n{body}</section>\n'


def _row(part: Part, cells: Sequence[str]) -> str:
    """Return a row; each cell carries the name of its column for screens too narrow for a table."""
    found = []
    for index, (column, cell) in enumerate(zip(part.columns, cells, strict=True)):
        tag, scope = ("th", ' scope="row"') if index == 0 else ("td", "")
        number = ' class="number"' if column in part.numbers else ""
        found.append(f'<{tag}{scope}{number} data-label="{to_html(column)}">{cell}</{tag}>')
    return f"<tr>{''.join(found)}</tr>\n"


def _table(part: Part, caption: str, rows: Iterable[str]) -> str:
    head = "".join(
        f'<th scope="col"{" class=number" if column in part.numbers else ""}>{to_html(column)}</th>'
        for column in part.columns
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{to_html(caption)}">\n'
        f"<table>\n<caption>{to_html(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n"
    )


def state_cell(state: AccessState | None, *, changed: bool = False) -> str:
    """Return a state as the content of a cell, with a sign where another state changes to it."""
    pill = f'<span class="state {kind_of(state)}">{name_of(state)}</span>'
    to = '<span aria-hidden="true">→ </span><span class="unseen">changes to </span>'
    return f'<span class="to">{to}{pill}</span>' if changed else pill


def _why(decision: Decision) -> str:
    where = local(location(decision)) + (f", from matches: {decision.pattern}" if decision.pattern else "")
    words = to_html(because(decision)) + (f' <code class="place">{to_html(where)}</code>' if where else "")
    mark = ' <span class="mark" title="rules of different levels match">disputed</span>'
    return words + (mark if decision.disputed else "")


def _who(device: Device) -> tuple[str, str]:
    return to_html(device.owner or "not known"), to_html(device_words(device))


_SIDES = ("Live", "Desired", "Because")


def _sides(view: SimulationView) -> tuple[str, ...]:
    """Return the columns of what a class or a device has and gets: one of the two without live state, or it alone."""
    return tuple(side for side in _SIDES if view.has_live or side != "Live") if not view.alone else ("Live", "Because")


def _access(view: SimulationView, access: ClassAccess | DeviceAccess) -> Iterator[str]:
    """Yield what a class or a device has live, what it gets, and why."""
    if view.has_live:
        yield state_cell(access.live.state) if access.live is not None else ""
    if not view.alone:
        yield state_cell(access.desired.state, changed=access.changed)
    yield _why(access.desired)


def _classes(view: SimulationView) -> Section:
    """Return the classes; without live state with what they will get, and of no devices."""
    first = ", those that change first" if view.has_live and not view.alone else ""
    devices = ("Devices",) if view.has_live else ()
    caption = f"What rules and default give each class{first}"
    part = Part("classes", "Classes", caption, ("Class", *devices, *_sides(view)), rows="classes")
    return section(
        part,
        view.classes.rows,
        lambda each: (
            to_html(class_words(each.device_class)),
            *(f"{each.devices:,}" for _ in devices),
            *_access(view, each),
        ),
        left=view.classes.left if len(view.classes.rows) == MOST_ROWS else 0,
    )


def _changes(view: SimulationView) -> Section | None:
    devices = view.devices
    if not devices.rows:
        return None
    caption = f"{count(devices.total, 'device')}{f' ({view.chosen})' if view.chosen else view.owners()}"
    title = "Devices" if view.chosen else "Devices whose access changes"
    part = Part("changes", title, caption, ("Mailbox", "Device", *_sides(view), "Last sync"))
    return section(
        part,
        devices.rows,
        lambda each: (*_who(each.device), *_access(view, each), to_html(each.device.last_sync or "not read")),
        left=devices.left,
    )


def _undecided(view: SimulationView) -> Section | None:
    """Return what decides instead, with how many devices."""
    if not view.undecided:
        return None
    part = Part("open", "Not decided here", "What decides instead of these settings", ("Decided by", "Devices"))
    return section(part, view.undecided, lambda item: (to_html(item[0]), f"{item[1]:,}"))


def _mismatches(view: SimulationView) -> Section | None:
    found = view.mismatches
    if not found.rows:
        return None
    caption = f"{count(found.total, 'device')} with another reported state than live settings give"
    columns = ("Mailbox", "Device", "Reported", "Computed", "Possible causes")

    def cells(mismatch: Mismatch) -> tuple[str, ...]:
        causes = "".join(f"<li>{to_html(candidate)}</li>" for candidate in mismatch.candidates)
        since = f" since {mismatch.since} at the latest" if mismatch.since else ""
        reported, computed = to_html(reported_words(mismatch.device) + since), state_cell(mismatch.decision.state)
        return *_who(mismatch.device), reported, computed, f"<ul>{causes}</ul>"

    return section(Part("mismatches", "Reported state differs", caption, columns), found.rows, cells, left=found.left)


def _stale(view: SimulationView) -> Section | None:
    stale = view.stale
    if stale is None:
        return None
    words = "; ".join((stale_words(stale), *([not_read_words(stale)] if stale.not_read else [])))
    part = Part(
        *("stale", "Devices that do not sync", words, ("Mailbox", "Device", "Last sync", "Days")), frozenset({"Days"})
    )
    return section(
        part,
        stale.devices[:MOST_ROWS],
        lambda each: (*_who(each.device), to_html(each.device.last_sync), f"{each.days:,}"),
        left=max(0, len(stale.devices) - MOST_ROWS),
    )


def _groups(by: str, groups: Sequence[DeviceGroup], *, alone: bool) -> Section | None:
    if not groups:
        return None
    states = states_of(groups)
    names = tuple(map(name_of, states))
    changed = () if alone else ("Changed",)
    part = Part(
        *("groups", "Groups", f"Devices by {by} and state{'' if alone else ', live and desired'}"),
        (by.capitalize() if by != "os" else "OS", "Devices", *changed, *names),
        frozenset({"Devices", "Changed", *names}),
        rows="groups",
    )

    def cells(group: DeviceGroup) -> tuple[str, ...]:
        pairs = [(group.live.get(state, 0), group.desired.get(state, 0)) for state in states]
        numbers = [
            f"{live:,} → {desired:,}" if group.live and live != desired else f"{desired:,}" for live, desired in pairs
        ]
        value = to_html(group.value) if group.value is not None else not_reported(by)
        return value, f"{group.devices:,}", *(f"{group.changed:,}" for _ in changed), *numbers

    return section(part, groups[:MOST_ROWS], cells, left=max(0, len(groups) - MOST_ROWS))


def _flow(view: SimulationView) -> Section | None:
    """Return the picture of how many devices go from which state to which, with a table that says the same."""
    if not view.moves or view.alone:
        return None
    changed = {(change.before, change.after) for change in view.changes}
    part = Part("flow", "From live to desired", "Devices by live and desired state", ("Live", "Desired", "Devices"))

    def cells(move: Move) -> tuple[str, ...]:
        return state_cell(move[0]), state_cell(move[1], changed=move in changed), f"{view.moves[move]:,}"

    ordered = sorted(view.moves, key=lambda move: (move not in changed, -view.moves[move]))
    return section(part, ordered, cells, above=picture(view.moves))
