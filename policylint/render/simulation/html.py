"""The simulation as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from policylint.access.describe import because, disputes_in_words, place
from policylint.access.simulate import tally, transitions
from policylint.phrases import count
from policylint.render.simulation.assets import SCRIPT, STYLES
from policylint.render.simulation.sankey import SHOWN, kind_of, name_of, picture
from policylint.render.simulation.text import class_words, device_words
from policylint.render.style import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import ClassAccess, DeviceAccess, Simulation
    from policylint.analysis.mismatch import Mismatch
    from policylint.render.simulation.sankey import Move

T = TypeVar("T")
Section: TypeAlias = "tuple[Part, str]"

FOLD, MOST_ROWS = 200, 5000
"""How many rows of a table are open to the eye, and how many there are at most; CSV and JSON have them all."""

_SUM = b64encode(sha256(SCRIPT.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SUM}'; img-src data:"


class About(NamedTuple):
    """What the report is of: where the snapshot was read and when it was taken, the edition, the policy files."""

    snapshot: str
    taken_at: str
    edition: str
    files: int


class Part(NamedTuple):
    """A section with a table: its anchor, its heading, what the table says, the columns; numbers stand right."""

    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    numbers: frozenset[str] = frozenset({"Devices", "Changed"})


def render_report(
    simulation: Simulation,
    unexplained: Sequence[Mismatch],
    mismatched: int,
    about: About,
    *,
    verdict: str,
    title: str = "",
    groups: tuple[str, Sequence[DeviceGroup]] | None = None,
) -> str:
    """Return the report. `verdict` is the first line of the text form; `groups` are what devices are counted by.

    `unexplained` are the first of the `mismatched` devices.
    """
    verdict = verdict[:1].upper() + verdict[1:]
    found = (
        _flow(simulation),
        _groups(*groups) if groups is not None else None,
        _classes(simulation),
        _changes(simulation),
        _open(simulation),
        _mismatches(unexplained, mismatched),
    )
    sections = [section for section in found if section is not None]
    links = "".join(f'<li><a href="#{part.name}">{part.title}</a></li>' for part, _text in sections)
    lead = f'<p class="lead">{escape(verdict)}</p>\n' if title else ""
    note = disputes_in_words(simulation.disputed, simulation.otherwise) if simulation.disputed else ""
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{_text(title or f'Mobile access: {verdict}')}</title>\n<style>{STYLES}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{_text(title or verdict)}</h1>\n{lead}<p>{_facts(about)}</p>\n"
        + (f'<p class="note">{escape(note)}</p>\n' if note else "")
        + f'</header>\n<nav aria-label="Contents"><ul>{links}</ul></nav>\n<main>\n'
        + "".join(text for _part, text in sections)
        + "</main>\n<footer><p>Made by policylint. Where devices stand is computed from settings, in the order of"
        f" Microsoft's documentation.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _text(value: str) -> str:
    """Return a text as HTML that shows it, control and direction characters as their code points."""
    return escape(clean(value))


def _facts(about: About) -> str:
    facts = [_text(about.edition), count(about.files, "policy file")]
    if about.snapshot:
        taken = f' of <time datetime="{_text(about.taken_at)}">{_text(about.taken_at)}</time>'
        facts.append(f"live state {_text(_local(about.snapshot))}" + (taken if about.taken_at else ""))
    return " · ".join(facts)


def _local(path: str) -> str:
    """Return a path as anybody may read it: of one outside the repository the last part alone."""
    outside = path.startswith(("/", "\\", "..")) or path[1:2] == ":"
    return path.replace("\\", "/").rsplit("/", 1)[-1] if outside else path


def _section(
    part: Part, items: Sequence[T], cells: Callable[[T], Sequence[str]], *, total: int | None = None, above: str = ""
) -> Section:
    """Return a section with a table, folded beyond a screenful or two; `items` are the first of `total`."""
    left = (len(items) if total is None else total) - MOST_ROWS
    rows = [_row(part, cells(item)) for item in items[:MOST_ROWS]]
    text = _table(part, part.caption, rows[:FOLD])
    if len(rows) > FOLD:
        rest = _table(part, f"{part.caption}, continued", rows[FOLD:])
        text += f"<details>\n<summary>{count(len(rows) - FOLD, 'more row')}</summary>\n{rest}</details>\n"
    if left > 0:
        text += f"<p>... and {left:,} more; CSV and JSON have them all.</p>\n"
    body = f'<div class="beside">\n{above}<div>\n{text}</div>\n</div>\n' if above else text
    return part, f'<section id="{part.name}">\n<h2>{part.title}</h2>\n{body}</section>\n'


def _row(part: Part, cells: Sequence[str]) -> str:
    """Return a row; each cell carries the name of its column for screens too narrow for a table."""
    found = []
    for index, (column, cell) in enumerate(zip(part.columns, cells, strict=True)):
        tag, scope = ("th", ' scope="row"') if index == 0 else ("td", "")
        number = ' class="number"' if column in part.numbers else ""
        found.append(f'<{tag}{scope}{number} data-label="{_text(column)}">{cell}</{tag}>')
    return f"<tr>{''.join(found)}</tr>\n"


def _table(part: Part, caption: str, rows: Iterable[str]) -> str:
    head = "".join(
        f'<th scope="col"{" class=number" if column in part.numbers else ""}>{_text(column)}</th>'
        for column in part.columns
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{_text(caption)}">\n'
        f"<table>\n<caption>{_text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n"
    )


def _state(state: AccessState | None, *, changed: bool = False) -> str:
    pill = f'<span class="state {kind_of(state)}">{name_of(state)}</span>'
    to = '<span aria-hidden="true">→ </span><span class="unseen">changes to </span>'
    return f'<span class="to">{to}{pill}</span>' if changed else pill


def _why(decision: Decision) -> str:
    where = _local(place(decision))
    words = _text(because(decision)) + (f' <code class="place">{_text(where)}</code>' if where else "")
    mark = ' <span class="mark" title="rules of different levels match">disputed</span>'
    return words + (mark if decision.disputed else "")


def _who(access: DeviceAccess | Mismatch) -> tuple[str, str]:
    return _text(access.device.owner or "not known"), _text(device_words(access.device))


def _classes(simulation: Simulation) -> Section:
    """Return the classes that devices are in or that change; without live state all, with what they will get."""
    if not any(access.live is not None for access in simulation.classes):
        part = Part("classes", "Classes", "What rules and default give each class", ("Class", "Desired", "Because"))
        return _section(part, simulation.classes, lambda access: (*_class(access), _why(access.desired)))
    found = [access for access in simulation.classes if access.devices or access.changed or not simulation.total]
    caption = "What rules and default give each class, those that change first"
    part = Part("classes", "Classes", caption, ("Class", "Devices", "Live", "Desired", "Because"))

    def cells(access: ClassAccess) -> tuple[str, ...]:
        name, desired = _class(access)
        live = _state(access.live.state) if access.live is not None else ""
        return name, f"{access.devices:,}", live, desired, _why(access.desired)

    return _section(part, found, cells)


def _class(access: ClassAccess) -> tuple[str, str]:
    return _text(class_words(access.device_class)), _state(access.desired.state, changed=access.changed)


def _changes(simulation: Simulation) -> Section | None:
    if not simulation.changed:
        return None
    shown = simulation.members(lambda cohort: cohort.changed, MOST_ROWS)
    found = [(access, access.live) for access in shown if access.live is not None]
    mailboxes = len(simulation.mailboxes(lambda cohort: cohort.changed))
    caption = f"{count(simulation.changed, 'device')} of {count(mailboxes, 'mailbox', 'mailboxes')}"
    part = Part("changes", "Devices whose access changes", caption, ("Mailbox", "Device", "Live", "Desired", "Because"))

    def cells(each: tuple[DeviceAccess, Decision]) -> tuple[str, ...]:
        access, live = each
        return *_who(access), _state(live.state), _state(access.desired.state, changed=True), _why(access.desired)

    return _section(part, found, cells)


def _open(simulation: Simulation) -> Section | None:
    """Return what decides instead, with how many devices."""
    undecided = (cohort for cohort in simulation.cohorts if cohort.desired.state is None)
    found = tally(undecided, lambda cohort: because(cohort.desired))
    if not found:
        return None
    part = Part("open", "Not decided here", "What decides instead of these settings", ("Decided by", "Devices"))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return _section(part, ordered, lambda item: (_text(item[0]), f"{item[1]:,}"))


def _mismatches(found: Sequence[Mismatch], mismatched: int) -> Section | None:
    if not found:
        return None
    caption = f"{count(mismatched, 'device')} with another reported state than live settings give"
    part = Part(
        "mismatches", "Reported otherwise", caption, ("Mailbox", "Device", "Reported", "Computed", "What may be behind")
    )

    def cells(mismatch: Mismatch) -> tuple[str, ...]:
        device = mismatch.device
        reported = device.live_state + (f" ({device.live_reason})" if device.live_reason else "")
        behind = "".join(f"<li>{_text(candidate)}</li>" for candidate in mismatch.candidates)
        return *_who(mismatch), _text(reported), _state(mismatch.decision.state), f"<ul>{behind}</ul>"

    return _section(part, found, cells)


def _groups(by: str, groups: Sequence[DeviceGroup]) -> Section:
    states = [state for state in SHOWN if any(group.live.get(state) or group.desired.get(state) for group in groups)]
    names = tuple(map(name_of, states))
    part = Part(
        *("groups", "Groups", f"Devices by {by}: how many stand where, live and desired"),
        (by.capitalize() if by != "os" else "OS", "Devices", "Changed", *names),
        frozenset({"Devices", "Changed", *names}),
    )

    def cells(group: DeviceGroup) -> tuple[str, ...]:
        pairs = [(group.live.get(state, 0), group.desired.get(state, 0)) for state in states]
        numbers = [
            f"{live:,} → {desired:,}" if group.live and live != desired else f"{desired:,}" for live, desired in pairs
        ]
        value = _text(group.value) if group.value is not None else "(not reported)"
        return value, f"{group.devices:,}", f"{group.changed:,}", *numbers

    return _section(part, groups, cells)


def _flow(simulation: Simulation) -> Section | None:
    """Return the picture of how many devices go from which state to which, with a table that says the same."""
    found = tally((cohort for cohort in simulation.cohorts if cohort.live is not None), lambda cohort: cohort.move)
    moves = {(before, after): found[before, after] for before in SHOWN for after in SHOWN if found[before, after]}
    if not moves:
        return None
    changed = transitions(simulation.cohorts)
    caption = "Devices by live and desired state"
    part = Part("flow", "From live to desired", caption, ("Live", "Desired", "Devices"))

    def cells(move: Move) -> tuple[str, ...]:
        before, after = (_state(state, changed=side == 1 and changed[move] > 0) for side, state in enumerate(move))
        return before, after, f"{moves[move]:,}"

    return _section(part, tuple(moves), cells, above=picture(moves))
