"""The simulation as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.simulate import transitions
from policylint.access.words import because, disputes_in_words, place
from policylint.render.decisions_text import class_words, device_words
from policylint.render.report_assets import SCRIPT, STYLES
from policylint.render.style import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.access.mismatch import Mismatch
    from policylint.access.simulate import ClassAccess, DeviceAccess, Simulation
    from policylint.model.device import Device

STATES: tuple[AccessState | None, ...] = ("Allowed", "Quarantined", "Blocked", None)
_FOOTER = "Made by policylint. Access is decided in the order of Microsoft's documentation."
MOST_ROWS = 2000
"""How many rows a table of the report has at most; CSV and JSON have them all."""

WIDTH, HEIGHT, GAP, BAR = 720, 300, 14, 14
"""The flow picture, in its own units."""


class About(NamedTuple):
    """What the report is of: where the snapshot was read and when it was taken, the edition, the policy files."""

    snapshot: str
    taken_at: str
    edition: str
    files: int


def render_report(simulation: Simulation, unexplained: Sequence[Mismatch], about: About, *, verdict: str) -> str:
    """Return the report. `verdict` is the first line of the text form."""
    changed = [access for access in simulation.devices if access.changed]
    seen = bool(simulation.devices)
    classes = [access for access in simulation.classes if access.devices or access.changed or not seen]
    parts = [
        _flow(simulation),
        _classes(classes),
        _devices(changed, "Devices whose access changes", "changes"),
        _mismatches(unexplained),
    ]
    notes = [disputes_in_words(simulation.disputed, simulation.otherwise)] if simulation.disputed else []
    facts = [about.edition, count(about.files, "policy file")]
    if about.snapshot:
        facts.append(f"live state {about.snapshot} of {about.taken_at}")
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
        " script-src 'unsafe-inline'; img-src data:\">\n"
        '<link rel="icon" href="data:,">\n'
        f"<title>Mobile access: {escape(verdict)}</title>\n<style>{STYLES}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(verdict[:1].upper() + verdict[1:])}</h1>\n<p>{escape(' · '.join(facts))}</p>\n"
        + "".join(f'<p class="note">{escape(note)}</p>\n' for note in notes)
        + "</header>\n<main>\n"
        + "".join(part for part in parts if part)
        + f"</main>\n<footer><p>{_FOOTER}</p></footer>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _name(state: AccessState | None) -> str:
    return state or "Not decided here"


def _pill(decision: Decision | None) -> str:
    if decision is None:
        return "-"
    return f'<span class="state {(decision.state or "other").lower()}">{_name(decision.state)}</span>'


def _table(name: str, caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 0) -> str:
    """Return a section with a table; cells are HTML already."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    more = f"<p>... and {left:,} more; CSV and JSON have them all.</p>\n" if left else ""
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(caption)}</h2>\n'
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}">\n'
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n"
        f"</table>\n</div>\n{more}</section>\n"
    )


def _why(decision: Decision) -> str:
    where = place(decision)
    words = escape(because(decision)) + (f' <span class="place">{escape(where)}</span>' if where else "")
    return words + (' <span class="mark">disputed</span>' if decision.disputed else "")


def _classes(classes: Sequence[ClassAccess]) -> str:
    rows = (
        (
            f"{access.devices:,}",
            escape(class_words(access.device_class)),
            _pill(access.live),
            _pill(access.desired) + (' <span class="mark">changes</span>' if access.changed else ""),
            _why(access.desired),
        )
        for access in classes[:MOST_ROWS]
    )
    columns = ("Devices", "Class", "Live", "Desired", "Because")
    caption = "Classes: what rules and default give"
    return _table("classes", caption, columns, rows, max(0, len(classes) - MOST_ROWS))


def _devices(devices: Sequence[DeviceAccess], caption: str, name: str) -> str:
    if not devices:
        return ""
    rows = (
        (
            escape(access.device.owner or "?"),
            escape(device_words(access.device)),
            _pill(access.live),
            _pill(access.desired),
            _why(access.desired),
        )
        for access in devices[:MOST_ROWS]
    )
    columns = ("Mailbox", "Device", "Live", "Desired", "Because")
    return _table(name, caption, columns, rows, max(0, len(devices) - MOST_ROWS))


def _mismatches(found: Sequence[Mismatch]) -> str:
    if not found:
        return ""
    rows = (
        (
            escape(mismatch.device.owner or "?"),
            escape(device_words(mismatch.device)),
            escape(
                mismatch.device.live_state
                + (f" ({mismatch.device.live_reason})" if mismatch.device.live_reason else "")
            ),
            _pill(mismatch.decision),
            "<br>".join(map(escape, mismatch.candidates)),
        )
        for mismatch in found[:MOST_ROWS]
    )
    columns = ("Mailbox", "Device", "Reported", "Computed", "What may be behind it")
    caption = "Devices that report another state than live settings give"
    return _table("mismatches", caption, columns, rows, max(0, len(found) - MOST_ROWS))


def _reported(device: Device) -> str:
    return device.live_state + (f" ({device.live_reason})" if device.live_reason else "")


def _flow(simulation: Simulation) -> str:
    """Return the picture of how many devices go from which state to which, with a table that says the same."""
    moves: dict[tuple[AccessState | None, AccessState | None], int] = {}
    for access in simulation.devices:
        if access.live is not None:
            pair = (access.live.state, access.desired.state)
            moves[pair] = moves.get(pair, 0) + 1
    if not moves:
        return ""
    words = [f"{number:,} {_name(before)} to {_name(after)}" for (before, after), number in _ordered(moves)]
    picture = _picture(moves)
    changes = transitions(simulation.devices)
    rows = (
        (_pill_of(before), _pill_of(after), f"{number:,}", f"{changes.get((before, after), 0):,}")
        for (before, after), number in _ordered(moves)
    )
    table = _table("flow-table", "Devices by state, live and desired", ("Live", "Desired", "Devices", "Change"), rows)
    return (
        '<section aria-labelledby="flow">\n<h2 id="flow">From live to desired</h2>\n'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 30}" role="img" aria-labelledby="flow-title flow-words">\n'
        '<title id="flow-title">How many devices go from which state to which</title>\n'
        f'<desc id="flow-words">{escape("; ".join(words))}</desc>\n{picture}</svg>\n</section>\n{table}'
    )


def _pill_of(state: AccessState | None) -> str:
    return f'<span class="state {(state or "other").lower()}">{_name(state)}</span>'


def _ordered(
    moves: Mapping[tuple[AccessState | None, AccessState | None], int],
) -> list[tuple[tuple[AccessState | None, AccessState | None], int]]:
    return sorted(moves.items(), key=lambda item: (STATES.index(item[0][0]), STATES.index(item[0][1])))


def _picture(moves: Mapping[tuple[AccessState | None, AccessState | None], int]) -> str:
    total = sum(moves.values())
    scale = (HEIGHT - GAP * (len(STATES) - 1)) / total
    tops: list[dict[AccessState | None, float]] = []
    shapes = []
    for side, x in ((0, 150), (1, WIDTH - 150 - BAR)):
        y, top = 15.0, {}
        for state in STATES:
            number = sum(count for pair, count in moves.items() if pair[side] == state)
            top[state] = y
            if number:
                height = max(number * scale, 1.5)
                kind = (state or "other").lower()
                shapes.append(f'<rect class="{kind}" x="{x}" y="{y:.1f}" width="{BAR}" height="{height:.1f}"/>\n')
                anchor, at = ("end", x - 8) if side == 0 else ("start", x + BAR + 8)
                middle = y + height / 2 + 4
                label = f"{_name(state)} {number:,}"
                shapes.append(f'<text x="{at}" y="{middle:.1f}" text-anchor="{anchor}">{escape(label)}</text>\n')
                y += height + GAP
        tops.append(top)
    bands = []
    for (before, after), number in _ordered(moves):
        height = max(number * scale, 1.5)
        left, right = tops[0][before], tops[1][after]
        tops[0][before] += height
        tops[1][after] += height
        x0, x1, middle_x = 150 + BAR, WIDTH - 150 - BAR, WIDTH / 2
        moved = " moved" if before != after else ""
        words = f"{number:,} {_name(before)} to {_name(after)}"
        bands.append(
            f'<path class="band {(after or "other").lower()}{moved}" d="M{x0},{left:.1f} C{middle_x},{left:.1f} '
            f"{middle_x},{right:.1f} {x1},{right:.1f} L{x1},{right + height:.1f} C{middle_x},{right + height:.1f} "
            f'{middle_x},{left + height:.1f} {x0},{left + height:.1f} Z"><title>{escape(words)}</title></path>\n'
        )
    return "".join((*bands, *shapes))
