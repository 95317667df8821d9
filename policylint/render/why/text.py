"""The steps of decisions as text, and what would turn them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import location_words, sync_words
from policylint.escape import clean
from policylint.render.phrases import (
    ARROW,
    assumed_words,
    cause,
    device_words,
    report_words,
    reported_words,
    state_words,
)
from policylint.render.style import Column, Style, table
from policylint.render.why.words import NEXT_STEPS, change_notes, change_words, reasons_of, turning_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.analysis.why import Explanation, TraceStep
    from policylint.render.why.command import CommandOptions


def render_why(
    explanations: Sequence[Explanation],
    *,
    style: Style,
    overview: bool = False,
    alone: bool = False,
    options: CommandOptions = None,
) -> str:
    """Return the steps of each decision as text, then where to look next.

    With `overview` it begins with one line a device. With `alone` they are those of live state, without a policy.
    `options` are those that a command which edits the policy needs, None where none can.
    """
    lines = (
        line for each in explanations for line in _lines(each, style, options, with_mailbox=not overview, alone=alone)
    )
    head = _overview(explanations, style) + "\n" if overview else ""
    return head + "".join(f"{line}\n" for line in (*lines, *_next_steps(explanations)))


def _overview(explanations: Sequence[Explanation], style: Style) -> str:
    """Return one line a device: state, reason, model or type, ID, what decides; then what is said of mailboxes."""
    rows = []
    for each in explanations:
        kind, model, *_ = each.device.device_class
        decision = each.decision
        reason = f"({decision.reason})" if decision.reason else ""
        what = (model or kind or "a device", each.device.device_id or "no ID")
        rows.append((state_words(decision.state), reason, *what, cause(decision, located=True)))
    notes = dict.fromkeys(note for each in explanations for note in each.of_mailbox)
    return table(rows, (Column(paint=style.word),), indent="", screen=style.screen) + "".join(
        f"note: {clean(note)}\n" for note in notes
    )


def _next_steps(explanations: Sequence[Explanation]) -> Iterator[str]:
    """Yield the lines that say where to look next."""
    for head, steps in next_steps(explanations):
        yield head
        yield from (f"  - {clean(words)}" for words in steps)
        yield ""


def next_steps(explanations: Sequence[Explanation]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield where to look next, of all devices together: first for those let in, then for the others, if there is."""
    for admitted, head in NEXT_STEPS.items():
        chosen = (each for each in explanations if (each.decision.state == "Allowed") is admitted)
        steps = dict.fromkeys(step.words for each in chosen for step in each.next_steps)
        if steps:
            yield head, tuple(steps)


def _lines(
    explanation: Explanation, style: Style, options: CommandOptions, *, with_mailbox: bool, alone: bool
) -> Iterator[str]:
    device = explanation.device
    yield style.paint(clean(verdict(explanation)), "bold")
    yield f"  {clean(report_words(device))}"
    if device.live_state or device.first_sync or device.last_sync:
        yield f"  {clean(sync_words(device))}"
    if device.live_state:
        contradicted = "; live settings do not explain this" if explanation.candidates else ""
        yield f"  Exchange reports {clean(reported_words(device))}{contradicted}"
        yield from (f"    - {clean(candidate)}" for candidate in explanation.candidates)
    same = same_steps(explanation)
    if explanation.live is not None and not same:
        yield "\n  live"
        yield from _trace(explanation.live, style)
    both = "live state alone, without a policy" if alone else "live and desired"
    yield f"\n  {both}" if same else "\n  desired"
    yield from _trace(explanation.desired, style)
    notes = (*reasons_of(explanation), *explanation.notes, *(explanation.of_mailbox if with_mailbox else ()))
    yield from (f"  note: {clean(note)}" for note in notes)
    yield from (f"  next: {clean(step.words)}" for step in explanation.by_plan)
    yield from _minimal_changes(explanation, options)
    yield ""


def verdict(explanation: Explanation) -> str:
    """Return in one line what a device has and gets; what was not read and could decide otherwise follows."""
    live, desired = explanation.live_decision, explanation.decision
    assumed = assumed_words((*(live.not_read if live else ()), *desired.not_read))
    before = f"{state_words(live.state)} {ARROW} " if live is not None and explanation.is_planned else ""
    return f"device {device_words(explanation.device, owner=True)}: {before}{state_words(desired.state)}{assumed}"


def same_steps(explanation: Explanation) -> bool:
    """Return whether live and desired settings answer every step alike."""
    return _answers(explanation.live) == _answers(explanation.desired)


def _answers(steps: Iterable[TraceStep] | None) -> list[tuple[str, str]] | None:
    return [(step.step, step.answer) for step in steps] if steps is not None else None


def _trace(steps: Iterable[TraceStep], style: Style) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        head = f"  {number:>4}. {step.question} "
        decision = step.decision
        if decision is None:
            yield f"{head}{style.paint('no', 'dim')}: {clean(step.answer)}"
            continue
        where = f", {location_words(decision)}" if location_words(decision) else ""
        reason = f" ({clean(decision.reason)})" if decision.reason else ""
        yield f"{head}{style.word(state_words(decision.state), 'bold')}{reason}: {clean(step.answer + where)}"
        yield from (f"        note: {clean(note)}" for note in decision.notes if note != step.answer)


def _minimal_changes(explanation: Explanation, options: CommandOptions) -> Iterator[str]:
    yield f"\n  {turning_head(explanation)}"
    for number, change in enumerate(explanation.minimal_changes, start=1):
        yield f"  {number:>4}. {clean(change_words(change, counted=explanation.live is not None))}"
        yield from (f"        {clean(line)}" for line in change_notes(change, options))
