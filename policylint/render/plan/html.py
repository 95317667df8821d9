"""The plan as one HTML file: who loses access and who gains it first, then the steps and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from policylint.escape import to_html
from policylint.phrases import count
from policylint.render.simulation.html import MOST_ROWS, About, Part, document, section, state_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from policylint.plan.plan import Plan
    from policylint.render.plan.view import Move, PlanView, RefusalShown, StepShown
    from policylint.render.simulation.html import Section

T = TypeVar("T")

_ACTIONS = {"create": "create", "update": "change", "delete": "delete"}


def render_html(view: PlanView, plan: Plan) -> str:
    """Return the document, all ASCII."""
    verdict = view.verdict[:1].upper() + view.verdict[1:]
    notes = [view.warning, *(f"policylint.yaml changes {each}" for each in view.bounds)]
    lines = [
        f"<h1>{to_html(verdict)}</h1>\n",
        f'<p class="lead">{to_html(view.access)}</p>\n' if view.access else "",
        *(f"<p>{to_html(line)}</p>\n" for line in (*view.attributed, *view.head)),
        *(f'<p class="note">{to_html(each)}</p>\n' for each in notes if each),
    ]
    whose = plan.source.organization or plan.source.tenant or plan.edition
    about = About(plan.tool, plan.edition, 0)
    return document(f"Plan for {whose}: {verdict}", "".join(lines), list(_sections(view)), about)


def _sections(view: PlanView) -> Iterator[Section]:
    yield from _moves(view, "loses", "Who loses access", lambda move: move.loses)
    yield from _moves(view, "gains", "Who gains access", lambda move: move.gains)
    yield from _moves(view, "others", "Other changes of state", lambda move: not move.loses and not move.gains)
    if view.steps:
        yield _steps(view)
    yield from _refusals("refusals", "Refusals", view.refusals, "To proceed anyway")
    yield from _refusals("acknowledged", "Acknowledged", view.acknowledged, "Reason")
    if view.dropped:
        part = Part("dropped", "No longer needed", "What the base would change", ("Change",), rows="changes")
        yield _section(part, view.dropped, lambda change: (to_html(change),))
    if view.drift:
        caption = f"{count(view.drift_count, 'live difference')} that no step changes"
        part = Part("drift", "Drift", caption, ("What is live", "Why it stays"), rows="differences")
        yield _section(part, view.drift, lambda row: tuple(map(to_html, row)))
    if view.changed_live:
        part = Part("live", "Who changed what drifts", "As the audit log says", ("Change",), rows="changes")
        yield _section(part, view.changed_live, lambda change: (to_html(change),))
    if view.notes:
        part = Part("notes", "Notes", count(len(view.notes), "note"), ("Note",), rows="notes")
        yield _section(part, view.notes, lambda note: (to_html(note),))


def _moves(view: PlanView, name: str, title: str, which: Callable[[Move], bool]) -> Iterator[Section]:
    found = [move for move in view.moves if which(move)]
    if not found:
        return
    whose = ("Whose change",) if view.has_parts else ()
    first = ("Mailbox", "Device ID", "What it reports") if view.people is not None else ("What they report", "Devices")
    devices = count(sum(move.devices for move in found), "device")
    part = Part(name, title, devices, (*first, "From", "To", *whose), rows="devices")

    def cells(move: Move) -> Sequence[str]:
        who = (move.mailbox, move.device_id, move.what) if view.people is not None else (move.what, f"{move.devices:,}")
        parts = (to_html(move.parts),) if view.has_parts else ()
        return (*map(to_html, who), state_cell(move.before), state_cell(move.after, changed=True), *parts)

    yield _section(part, found, cells)


def _steps(view: PlanView) -> Section:
    whose = ("Whose change",) if view.has_parts else ()
    caption = f"{count(view.step_count, 'step')}, in the order they are taken"
    columns = ("Step", "Action", "Object", "Change", "Effect", "Why", *whose)
    part = Part("steps", "Steps", caption, columns, rows="steps")

    def cells(step: StepShown) -> Sequence[str]:
        changes = (f"{name}: {words}" if name else words for name, words in step.changes)
        lists = (_list(each) for each in (changes, step.effects, step.said))
        parts = (to_html(step.parts),) if view.has_parts else ()
        return (to_html(step.ids), _ACTIONS[step.action], to_html(f"{step.what} {step.name}".strip()), *lists, *parts)

    return _section(part, view.steps, cells)


def _refusals(name: str, title: str, refusals: Sequence[RefusalShown], last: str) -> Iterator[Section]:
    if not refusals:
        return
    part = Part(name, title, count(len(refusals), "refusal"), ("Guard", "Message", last), rows="refusals")

    def cells(refusal: RefusalShown) -> Sequence[str]:
        number = f" ({refusal.number:,} times)" if refusal.number > 1 else ""
        words = [f"--acknowledge {word}" for word in refusal.words]
        how = to_html(refusal.reason) if refusal.reason else _list(words) or "this cannot be acknowledged"
        return to_html(refusal.guard), to_html(refusal.message + number), how

    yield _section(part, refusals, cells)


def _section(part: Part, items: Sequence[T], cells: Callable[[T], Sequence[str]]) -> Section:
    left = max(0, len(items) - MOST_ROWS)
    return section(part, items[:MOST_ROWS], cells, left=left, elsewhere="`--format json` has them all")


def _list(texts: Iterable[str]) -> str:
    """Return texts as the content of a cell, as a list where there are several."""
    found = [*map(to_html, texts)]
    return f"<ul>{''.join(f'<li>{each}</li>' for each in found)}</ul>" if len(found) > 1 else "".join(found)
