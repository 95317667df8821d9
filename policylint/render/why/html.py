"""The steps of decisions as one HTML file: a line for each device first, then its steps, and what would turn them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.describe import sync_words
from policylint.escape import to_html
from policylint.phrases import capital, count
from policylint.render.page.causes import cause_cell, place
from policylint.render.page.document import Head, bullets, document, plain_section
from policylint.render.page.states import after_cell, move_values, name_of, state_cell
from policylint.render.page.table import Column, Part, Row, table_section
from policylint.render.page.words import word_link, words_section
from policylint.render.phrases import ALL_STATES, device_words, report_words, reported_words
from policylint.render.why.command import command_of
from policylint.render.why.text import next_steps, same_steps, verdict
from policylint.render.why.words import change_notes, effect, reasons_of, turning_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.analysis.minimal_changes import MinimalChange
    from policylint.analysis.why import Explanation, TraceStep
    from policylint.render.facts import Facts
    from policylint.render.page.document import Section
    from policylint.render.why.command import CommandOptions

MOST_DEVICES = 500
"""Of how many devices the steps are shown at most; JSON has them all."""


def render_why_html(
    explanations: Sequence[Explanation],
    facts: Facts,
    *,
    overview: bool = False,
    alone: bool = False,
    options: CommandOptions = None,
) -> str:
    """Return the page, all ASCII.

    With `overview` it begins with a table of the devices. With `alone` the steps are those of live state, without a
    policy. `options` are those that a command which edits the policy needs, None where none can.
    """
    shown = explanations[:MOST_DEVICES]
    notes = dict.fromkeys(note for each in explanations for note in each.of_mailbox)
    head = Head("Access explained", _answer(explanations), facts, notes=tuple(notes))
    sections = [
        *([_overview(explanations, shown, alone=alone)] if overview else []),
        *(_device(number, each, options, alone=alone) for number, each in enumerate(shown, start=1)),
        *_next(explanations),
        *_terms(shown, alone=alone),
    ]
    return document(head, sections)


def _answer(explanations: Sequence[Explanation]) -> str:
    """Return what the devices get, in one line."""
    if len(explanations) == 1:
        return capital(verdict(explanations[0]))
    owners = {each.device.owner for each in explanations}
    states = Counter(each.decision.state for each in explanations)
    of = f" of {owners.pop()}" if len(owners) == 1 and None not in owners and "" not in owners else ""
    numbers = ", ".join(f"{states[state]:,} {name_of(state)}" for state in ALL_STATES if states[state])
    return f"{count(len(explanations), 'device')}{of}: {numbers}"


def _overview(explanations: Sequence[Explanation], shown: Sequence[Explanation], *, alone: bool) -> Section:
    columns = (
        Column("Device", find="Device", label=False),
        *([Column("Live", "access", label=False)] if any(each.live for each in shown) else []),
        *([] if alone else [Column("Desired", "access", label=False)]),
        Column("Because", label=False),
    )
    caption = count(len(explanations), "device")
    part = Part("devices", "Devices", caption, columns, choices=(("state", "State"),))
    rows = [_row(number, each, alone=alone) for number, each in enumerate(shown, start=1)]
    return table_section(part, rows, left=len(explanations) - len(shown), elsewhere="JSON has them all")


def _row(number: int, each: Explanation, *, alone: bool) -> Row:
    live, after = each.live_decision, each.decision.state
    cells = [f'<a href="#device-{number}">{to_html(device_words(each.device))}</a>']
    cells += [state_cell(live.state)] if live is not None else []
    cells += [] if alone else [_after(each)]
    values = move_values(live.state, after) if live is not None and not alone else (name_of(after),)
    return Row((*cells, cause_cell(each.decision)), (("state", values),))


def _after(each: Explanation) -> str:
    live, after = each.live_decision, each.decision.state
    return after_cell(after, changed=live.state != after) if live is not None else state_cell(after)


def _device(number: int, each: Explanation, options: CommandOptions, *, alone: bool) -> Section:
    """Return what is known of a device, the steps of its decisions, and what would turn them."""
    device, live = each.device, each.live_decision
    moved = each.is_planned and not alone
    before = f"{state_cell(live.state)} " if live is not None and moved else ""
    after = _after(each) if moved else state_cell(each.decision.state)
    known = [report_words(device)]
    known += [sync_words(device)] if device.live_state or device.first_sync or device.last_sync else []
    lines = [f'<p class="lead">{before}{after}</p>\n', f"<p>{cause_cell(each.decision)}</p>\n"]
    lines += (f"<p>{to_html(text)}</p>\n" for text in known)
    lines += _reported(each)
    notes = (*reasons_of(each), *each.notes, *(step.words for step in each.by_plan))
    lines += (f'<p class="note">{to_html(note)}</p>\n' for note in notes)
    lines.append(_traces(each, alone=alone))
    lines.append(_changes(each, options))
    section = plain_section(f"device-{number}", device_words(device), "".join(lines))
    return section._replace(listed=False)


def _reported(each: Explanation) -> Iterator[str]:
    if each.device.live_state:
        unexplained = "; live settings do not explain this" if each.candidates else ""
        yield f"<p>Exchange reports {to_html(reported_words(each.device) + unexplained)}</p>\n"
        if each.candidates:
            yield bullets(each.candidates)


def _traces(each: Explanation, *, alone: bool) -> str:
    """Return the steps, live and desired beside each other where they differ."""
    if each.live is None or same_steps(each):
        title = "Live and desired" if each.live is not None else "Desired"
        return _trace("Live state alone, without a policy" if alone else title, each.desired)
    return f'<div class="sides">\n{_trace("Live", each.live)}{_trace("Desired", each.desired)}</div>\n'


def _trace(title: str, steps: Sequence[TraceStep]) -> str:
    items = "".join(map(_step, steps))
    return f'<div>\n<h3>{to_html(title)}</h3>\n<ol class="trace">\n{items}</ol>\n</div>\n'


def _step(step: TraceStep) -> str:
    decision = step.decision
    if decision is None:
        return f'<li class="no">{to_html(step.question)} <b>no</b>: {to_html(step.answer)}</li>\n'
    reason = f" ({to_html(decision.reason)})" if decision.reason else ""
    notes = "".join(f"<br>{to_html(note)}" for note in decision.notes if note != step.answer)
    state = state_cell(decision.state)
    return f"<li>{to_html(step.question)} {state}{reason}: {to_html(step.answer)}{place(decision)}{notes}</li>\n"


def _changes(each: Explanation, options: CommandOptions) -> str:
    head = capital(turning_head(each))
    if not each.minimal_changes:
        return f"<p>{head}.</p>\n"
    items = "".join(_change(change, options, counted=each.live is not None) for change in each.minimal_changes)
    return f'<h3>{head}</h3>\n<ol class="trace">\n{items}</ol>\n'


def _change(change: MinimalChange, options: CommandOptions, *, counted: bool) -> str:
    disputed = f' <a class="mark" href="{word_link("disputed")}">disputed</a>' if change.decision.disputed else ""
    command = command_of(change, options)
    run = f"<br>run: <code>{to_html(command)}</code>" if command is not None else ""
    words = to_html(f"{', and '.join(change.changes)}: {effect(change, counted=counted)}")
    return f"<li>{words}{disputed}{''.join(f'<br>{to_html(text)}' for text in change_notes(change))}{run}</li>\n"


def _next(explanations: Sequence[Explanation]) -> Iterator[Section]:
    found = [*next_steps(explanations)]
    if found:
        text = "".join(f"<h3>{to_html(capital(head))}</h3>\n{bullets(steps)}" for head, steps in found)
        yield plain_section("next", "What to do next", text)


def _terms(explanations: Sequence[Explanation], *, alone: bool) -> Iterator[Section]:
    """Yield what the terms mean that occur."""
    decisions = [found for each in explanations for found in (each.live_decision, each.decision) if found is not None]
    changes = [change.decision for each in explanations for change in each.minimal_changes]
    occur = {
        "desired": any(each.live_decision is not None for each in explanations) and not alone,
        "disputed": any(found.disputed for found in (*decisions, *changes)),
        "open": any(found.state is None for found in decisions),
    }
    if terms := [term for term, occurs in occur.items() if occurs]:
        yield words_section(terms)
