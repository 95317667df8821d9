"""The plan as one HTML file: who loses access and who gains it first, then the steps and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.phrases import capital, count
from policylint.render.page.document import Head, document, listing
from policylint.render.page.states import after_cell, move_values, move_words, numbers_of, state_cell
from policylint.render.page.table import MOST_ROWS, Column, Part, Row, address, table_section
from policylint.render.page.words import words_section
from policylint.render.phrases import ARROW
from policylint.render.simulation.sankey import flow_figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.render.page.document import Section
    from policylint.render.plan.view import Move, PlanView, RefusalShown, StepShown

_ACTIONS = {"create": "create", "update": "change", "delete": "delete"}
_STATES = (Column("From", "access", label=False), Column("To", "access", label=False))
_PEOPLE, _CLASSES = "people", "classes"
_ROWS = {_PEOPLE: "devices", _CLASSES: "classes"}
_LEFT_OUT = "Mailboxes are left out; `--show-people` names them."
_MOST_ALARMS = 5
"""How many refusals are at the top; a table has them all."""


def render_html(view: PlanView) -> str:
    """Return the document, all ASCII."""
    where, moves = (_CLASSES, view.classes) if view.people is None else (_PEOPLE, view.people)
    listed = {address(where, value) for each in moves[:MOST_ROWS] for value in move_values(each.before, each.after)}

    def there(words: str) -> str:
        return found if (found := address(where, words)) in listed else ""

    answer, *more = filter(None, (view.access, view.verdict))
    pairs = {(each.before, each.after): each.devices for each in view.changes}
    head = Head(
        "Plan",
        capital(answer),
        view.facts,
        numbers=numbers_of(view.changes, view.devices, there) if view.changes else (),
        lead=(*map(capital, more), *view.attributed, *([_LEFT_OUT] if view.is_masked else [])),
        notes=tuple(filter(None, (view.warning, *(f"policylint.yaml changes {each}" for each in view.bounds)))),
        above=_alarm(view.refusals),
        beside=flow_figure(
            pairs,
            lambda move: there(move_words(*move)),
            f"Devices whose state changes, live and desired. A number leads to its {_ROWS[where]}.",
        )
        if pairs
        else "",
    )
    return document(head, list(_sections(view)))


def _alarm(refusals: Sequence[RefusalShown]) -> str:
    """Return that a plan is refused, and why: the first thing that a reader sees."""
    if not refusals:
        return ""
    items = "".join(f"<li>{to_html(each.message)}</li>" for each in refusals[:_MOST_ALARMS])
    more = f"and {len(refusals) - _MOST_ALARMS:,} more. " if len(refusals) > _MOST_ALARMS else ""
    return (
        '<div class="alarm">\n<p><strong>Refused: no script can be made from this plan</strong></p>\n'
        f'<ul>{items}</ul>\n<p>{more}<a href="#refusals">What lifts a refusal</a></p>\n</div>\n'
    )


def _sections(view: PlanView) -> Iterator[Section]:
    yield from _refusals("refusals", "Refusals", view.refusals, "To proceed anyway")
    yield from _refusals("acknowledged", "Acknowledged", view.acknowledged, "Reason")
    if view.people:
        yield _people(view, view.people)
    if view.classes:
        yield _classes(view)
    if view.steps:
        yield _steps(view)
    yield from _lists(view)
    terms = {
        "desired": view.changes,
        "class": view.classes,
        "open": any(None in (each.before, each.after) for each in view.changes),
        "refusal": view.refusals or view.acknowledged,
        "drift": view.drift,
    }
    if occurring := [term for term, occurs in terms.items() if occurs]:
        yield words_section(occurring)


def _lists(view: PlanView) -> Iterator[Section]:
    """Yield what is of texts alone."""
    drift = f"{count(view.drift_count, 'live difference')} that no step changes"
    columns = (Column("What is live", label=False), Column("Why it stays"))
    if view.drift:
        yield _section(
            Part("drift", "Drift", drift, columns, "difference"), [Row([*map(to_html, row)]) for row in view.drift]
        )
    change, note = (Column("Change", label=False),), (Column("Note", label=False),)
    for part, texts in (
        (Part("dropped", "No longer needed", "What the base would change", change, "change"), view.dropped),
        (Part("live", "Who changed what drifts", "As the audit log says", change, "change"), view.changed_live),
        (Part("notes", "Notes", count(len(view.notes), "note"), note, "note"), view.notes),
    ):
        if texts:
            yield _section(part, [Row((to_html(text),)) for text in texts])


def _whose(view: PlanView) -> tuple[Column, ...]:
    return (Column("Whose change"),) if view.has_parts else ()


def _moved(view: PlanView, each: Move) -> Iterator[str]:
    """Yield the last cells of a row about devices."""
    yield state_cell(each.before)
    yield after_cell(each.after, changed=each.before != each.after)
    if view.has_parts:
        yield to_html(each.parts)


def _people(view: PlanView, people: Sequence[Move]) -> Section:
    mailboxes = count(len({each.mailbox for each in people}), "mailbox")
    columns = (
        Column("Mailbox", "name", find="Mailbox or device"),
        Column("Device ID", find="Mailbox or device"),
        Column("What it reports", label=False),
        *(*_STATES, *_whose(view)),
    )
    part = Part(
        *(_PEOPLE, "Devices whose access changes", f"{count(len(people), 'device')} of {mailboxes}", columns),
        choices=(("state", "State"), ("class", "Class")),
        links="state",
    )
    rows = [
        Row(
            (
                to_html(each.mailbox),
                f'<code class="id">{to_html(each.device_id)}</code>',
                to_html(each.what),
                *_moved(view, each),
            ),
            (("state", move_values(each.before, each.after)), ("class", (each.what,))),
        )
        for each in people[:MOST_ROWS]
    ]
    return _section(part, rows, len(people))


def _classes(view: PlanView) -> Section:
    devices = count(sum(each.devices for each in view.classes), "device")
    caption = f"{devices} in {count(len(view.classes), 'class')} whose access changes"
    columns = (Column("Class", find="Class", label=False), Column("Devices", "number"), *_STATES, *_whose(view))
    part = Part(_CLASSES, "Classes", caption, columns, "class", (("state", "State"),), "state")
    rows = [
        Row(
            (to_html(each.what), f"{each.devices:,}", *_moved(view, each)),
            (("state", move_values(each.before, each.after)),),
        )
        for each in view.classes[:MOST_ROWS]
    ]
    return _section(part, rows, len(view.classes))


def _steps(view: PlanView) -> Section:
    rows = len(view.steps)
    as_rows = f" in {count(rows, 'row')}" if rows != view.step_count else ""
    caption = f"{count(view.step_count, 'step')}{as_rows}, in the order they are taken"
    columns = (
        Column("Step", "short"),
        Column("Action", "short"),
        *map(Column, ("Object", "Change")),
        Column("Effect", "short"),
        Column("Why"),
        *_whose(view),
    )
    part = Part("steps", "Steps", caption, columns, "row" if as_rows else "step", (("action", "Action"),))

    def row(step: StepShown) -> Row:
        changes = (f"{name}: {words}" if name else words for name, words in step.changes)
        lists = (listing(each).replace(to_html(ARROW), "→") for each in (changes, step.effects, step.said))
        parts = (to_html(step.parts),) if view.has_parts else ()
        action, name = _ACTIONS[step.action], to_html(f"{step.what} {step.name}".strip())
        return Row((to_html(step.ids), action, name, *lists, *parts), (("action", (action,)),))

    return _section(part, [*map(row, view.steps[:MOST_ROWS])], len(view.steps))


def _refusals(name: str, title: str, refusals: Sequence[RefusalShown], last: str) -> Iterator[Section]:
    if not refusals:
        return
    columns = (Column("Guard"), Column("Message", label=False), Column(last))
    lifted = "" if name == "acknowledged" else "; to proceed anyway, plan again with --acknowledge and --reason"
    part = Part(name, title, f"{count(len(refusals), 'refusal')}{lifted}", columns, "refusal")

    def cells(refusal: RefusalShown) -> Sequence[str]:
        number = f" ({refusal.number:,} times)" if refusal.number > 1 else ""
        words = [f"--acknowledge {word}" for word in refusal.words]
        options = "<br>".join(f"<code>{to_html(word)}</code>" for word in words) or "this cannot be acknowledged"
        how = to_html(refusal.reason) if refusal.reason else options
        return to_html(refusal.guard), to_html(refusal.message + number), how

    yield _section(part, [Row(cells(each)) for each in refusals[:MOST_ROWS]], len(refusals))


def _section(part: Part, rows: Sequence[Row], total: int = 0) -> Section:
    """Return a section of the first rows; `total` is how many there are, where they were cut already."""
    left = max(total, len(rows)) - len(rows[:MOST_ROWS])
    return table_section(part, rows[:MOST_ROWS], left=left, elsewhere="`--format json` has them all")
