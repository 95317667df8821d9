"""Decisions as text: who gets in, why, and whether the repository's own expectations hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.decision import STATES
from policylint.access.describe import because, disputes_in_words, place
from policylint.access.simulate import tally, transitions
from policylint.model.device import PROPERTIES
from policylint.phrases import count
from policylint.render.style import Style, clean, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.decision import Decision
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import ClassAccess, Simulation
    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult
    from policylint.analysis.mismatch import Mismatch
    from policylint.analysis.why import Explanation, TraceStep
    from policylint.model.device import Device, DeviceClass
    from policylint.model.origin import Origin

ARROW = "->"
MOST_CLASSES = 20
"""How many classes a list shows without --full."""
SHOWN = 40
"""How many devices a list shows without --full."""


def render_simulation(
    simulation: Simulation, unexplained: Sequence[Mismatch] = (), mismatched: int = 0, *, style: Style, full: bool
) -> str:
    """Return the verdict, the classes and the devices as text; without `full`, only what fits and what changes.

    `mismatched` devices report another state than live settings give; `unexplained` are those of them to show.
    """
    parts = [style.paint(verdict_of(simulation), "bold") + "\n"]
    parts.append(_totals(simulation, style, _has_live(simulation)))
    parts.append(_classes(simulation.classes, style, full))
    parts.append(_devices(simulation, style, full))
    if simulation.disputed:
        parts.append(f"\nnote: {disputes_in_words(simulation.disputed, simulation.otherwise)}\n")
    if mismatched:
        what = f"{mismatched:,} of {count(simulation.total, 'device')} report another state than live settings give"
        parts.append(_mismatches(what, unexplained, mismatched, style))
    return "".join(parts)


def _mismatches(what: str, found: Sequence[Mismatch], mismatched: int, style: Style) -> str:
    if not found:
        return f"\nnote: {what}; --explain-mismatch shows them\n"
    lines = [f"\n{what}"]
    for mismatch in found:
        device = mismatch.device
        owner = f" of {device.owner}" if device.owner else ""
        reason = f" ({device.live_reason})" if device.live_reason else ""
        lines.append(f"  {clean(device_words(device) + owner)}")
        lines.append(
            f"    reported {clean(device.live_state + reason)}, computed {style.state(mismatch.decision.state)}:"
            f" {clean(because(mismatch.decision))}"
        )
        lines.extend(f"    - {clean(candidate)}" for candidate in mismatch.candidates)
    if mismatched > len(found):
        lines.append(f"  ... and {mismatched - len(found):,} more; --full shows all")
    return "".join(f"{line}\n" for line in lines)


def render_groups(
    simulation: Simulation, groups: Sequence[DeviceGroup], by: str, *, style: Style, full: bool, most: int = 20
) -> str:
    """Return the verdict and a table of groups; without `full`, what a screen takes."""
    shown, has_live = groups if full else groups[:most], _has_live(simulation)
    undecided = any(None in (*each.live, *each.desired) for each in groups)
    states = (*STATES, None) if undecided else STATES
    rows = [
        (
            "devices",
            "changed",
            *(f"{state or 'not decided':>12}" for state in states),
            "decided by" if by == "rule" else by,
        )
    ]
    for each in shown:
        cells = [
            f"{each.live.get(state, 0):>4} {ARROW} {each.desired.get(state, 0):>4}"
            if has_live
            else f"{each.desired.get(state, 0):>12}"
            for state in states
        ]
        value = clean(each.value) if each.value is not None else "(not reported)"
        rows.append(
            (f"{each.devices:>7,}", f"{each.changed:>7,}", *cells, _shorten(value, full, 80 if by == "rule" else 60))
        )
    text = style.paint(verdict_of(simulation), "bold") + "\n\n" + table(rows)
    left = len(groups) - len(shown)
    return text + (f"  ... and {left:,} more; --full shows all\n" if left else "")


def _has_live(simulation: Simulation) -> bool:
    return any(access.live is not None for access in simulation.classes)


def verdict_of(simulation: Simulation) -> str:
    """Return in one line whose access changes."""
    devices = count(simulation.total, "device")
    if not _has_live(simulation):
        classes = count(len(simulation.classes), "class", "classes")
        return f"{classes} of devices; no snapshot, so no devices to count"
    if not simulation.changed:
        return f"nothing changes for any of {devices}"
    return f"access changes for {simulation.changed:,} of {devices}"


def _totals(simulation: Simulation, style: Style, has_live: bool) -> str:
    if not has_live:
        return ""
    rows = []
    live = tally(simulation.cohorts, lambda cohort: cohort.move[0])
    desired = tally(simulation.cohorts, lambda cohort: cohort.move[1])
    for state in (*STATES, None):
        before, after = live[state], desired[state]
        if before or after:
            rows.append((state or "not decided here", f"{before:>6}", ARROW, f"{after:>6}"))
    text = "\n" + table(
        [("", "  live", "  ", "desired"), *rows], paint=(lambda text: style.state(text) if text else "",)
    )
    moves = transitions(simulation.cohorts)
    if moves:
        ordered = sorted(moves.items(), key=lambda item: (-item[1], str(item[0])))
        words = [
            f"{number} {before or 'not decided'} {ARROW} {after or 'not decided'}"
            for (before, after), number in ordered
        ]
        text += "\n  " + ", ".join(words) + "\n"
    return text


def _classes(classes: Sequence[ClassAccess], style: Style, full: bool) -> str:
    told = [access for access in classes if access.devices or access.changed]
    shown = classes if full else (told or classes)[:MOST_CLASSES]
    rows = [("devices", "class", "live", "", "desired", "because")]
    for access in shown:
        rows.append(
            (
                f"{access.devices:>7}",
                _shorten(class_words(access.device_class), full, 56),
                _state(access.live),
                ARROW if access.changed else "",
                _state(access.desired),
                because(access.desired) + (" [disputed]" if access.desired.disputed else ""),
            )
        )
    text = "\nclasses (what rules and default give; a value that no rule names is left out)\n"
    text += table(rows, paint=(None, clean, style.state, None, style.state, clean)).replace(style.state("live"), "live")
    left = len(classes) - len(shown)
    return text + (f"  ... and {left} more; --full shows all\n" if left else "")


def _devices(simulation: Simulation, style: Style, full: bool) -> str:
    shown = simulation.devices if full else simulation.members(lambda cohort: cohort.changed, SHOWN)
    if not shown:
        return ""
    rows = [("mailbox", "device", "live", "", "desired", "because")]
    for access in shown:
        rows.append(
            (
                access.device.owner or "?",
                _shorten(device_words(access.device), full, 44),
                _state(access.live),
                ARROW if access.changed else "",
                _state(access.desired),
                because(access.desired) + (" [disputed]" if access.desired.disputed else ""),
            )
        )
    title = "devices" if full else "devices whose access changes"
    text = f"\n{title}\n" + table(rows, paint=(clean, clean, style.state, None, style.state, clean))
    left = 0 if full else simulation.changed - len(shown)
    return text + (f"  ... and {left:,} more; --full shows all\n" if left else "")


def _state(decision: Decision | None) -> str:
    if decision is None:
        return "-"
    return decision.state or "not decided"


def class_words(device_class: DeviceClass) -> str:
    """Return a class in words: `DeviceType iPhone, DeviceOS iOS 17.4`; `any other device` where nothing is named."""
    named = [f"{name} {value}" for name, value in zip(PROPERTIES, device_class, strict=True) if value is not None]
    return ", ".join(named) or "any other device"


def device_words(device: Device) -> str:
    """Return a device in a few words: its model, its system and its ID."""
    kind, model, system, agent = device.device_class
    words = [word for word in (model or kind, system) if word] or [agent or "a device"]
    return ", ".join([*words, device.device_id or "no ID"])


def _shorten(text: str, full: bool, width: int) -> str:
    return text if full or len(text) <= width else f"{text[: width - 3]}..."


def render_why(explanations: Sequence[Explanation], *, style: Style) -> str:
    """Return the steps of each decision as text."""
    parts = []
    for explanation in explanations:
        device = explanation.device
        last = explanation.desired[-1].decision
        live = explanation.live[-1].decision if explanation.live else None
        verdict = (
            f"{_state(live)} {ARROW} {_state(last)}" if live and last and not live.same_outcome(last) else _state(last)
        )
        who = f" of {device.owner}" if device.owner else ""
        parts.append(style.paint(clean(f"{device_words(device)}{who}: {verdict}"), "bold") + "\n")
        described = ", ".join(
            f"{name} {value}" for name, value in zip(PROPERTIES, device.device_class, strict=True) if value
        )
        parts.append(f"  {clean(described)}, {device.client_type} {device.client_version}".rstrip() + "\n")
        if device.live_state:
            reported = f"  Exchange reports {device.live_state}"
            reported += f" ({device.live_reason})" if device.live_reason else ""
            parts.append(
                clean(reported) + (", which live settings do not give" if explanation.candidates else "") + "\n"
            )
            parts.extend(f"    - {clean(candidate)}\n" for candidate in explanation.candidates)
        same = live is not None and last is not None and _traces_equal(explanation)
        if explanation.live is not None and not same:
            parts.append("\n  live\n" + _trace(explanation.live, style))
        title = "live and desired" if same else "desired"
        parts.append(f"\n  {title}\n" + _trace(explanation.desired, style))
        parts.append(_minimal_changes(explanation, last, style) + "\n")
    return "".join(parts)


def _minimal_changes(explanation: Explanation, decision: Decision | None, style: Style) -> str:
    inwards = decision is None or decision.state != "Allowed"
    what = "would let it in" if inwards else "would keep it out"
    if not explanation.minimal_changes:
        return f"\n  no change of these settings {what}\n"
    lines = [f"\n  what {what}, the safest first"]
    for number, change in enumerate(explanation.minimal_changes, start=1):
        others = [(change.opens, "lets in"), (change.closes, "keeps out")]
        words = " and ".join(f"{verb} {count(number, 'other device')}" for number, verb in others if number)
        disputed = " [disputed]" if change.decision.disputed else ""
        lines.append(
            f"  {number:>4}. {clean(', and '.join(change.changes))}{disputed}: {words or 'no other seen device'}"
        )
    return "".join(f"{line}\n" for line in lines)


def _traces_equal(explanation: Explanation) -> bool:
    live = explanation.live or ()
    return [(step.step, step.answer) for step in live] == [(step.step, step.answer) for step in explanation.desired]


def _trace(steps: Iterable[TraceStep], style: Style) -> str:
    lines = []
    for number, step in enumerate(steps, start=1):
        if step.decision is None:
            lines.append(f"  {number:>4}. {step.question} {style.paint('no', 'dim')}: {clean(step.answer)}")
            continue
        decision = step.decision
        where = f", {place(decision)}" if place(decision) else ""
        reason = f" ({decision.reason})" if decision.reason else ""
        state = style.state(decision.state)
        lines.append(
            f"  {number:>4}. {step.question} {style.paint(state, 'bold')}{reason}: {clean(step.answer)}{where}"
        )
        lines.extend(f"        note: {clean(note)}" for note in decision.notes if note != step.answer)
    return "".join(f"{line}\n" for line in lines)


def render_tests(
    results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult], covered: Coverage, *, style: Style
) -> str:
    """Return the verdict, each test and assertion that did not pass with place and decision, and what none covers."""
    every = [*(result.outcome for result in results), *(result.outcome for result in asserted)]
    nouns = [
        _passed([result.outcome for result in results], "test"),
        _passed([result.outcome for result in asserted], "assertion"),
    ]
    verdict = ", ".join(words for words in nouns if words) or "no tests: write some under `tests:`"
    lines = [style.paint(verdict, "bold", "green" if all(outcome == "passed" for outcome in every) else "red")]
    for result in results:
        if result.outcome != "passed":
            lines.extend(_not_passed(result.test.origin, result.outcome, result.test.name, result.message, style))
            lines.extend(f"  note: {clean(note)}" for note in (result.decision.notes if result.decision else ()))
    for found in asserted:
        if found.outcome == "passed":
            continue
        assertion = found.assertion
        lines.extend(_not_passed(assertion.origin, found.outcome, assertion.name, _broken(found), style))
        if assertion.reason or assertion.owner:
            lines.append(f"  {clean('; '.join(word for word in (assertion.reason, _owner(assertion.owner)) if word))}")
    if every and covered.never:
        lines.append("")
        lines.append(
            f"of {count(covered.rules, 'rule')}, {len(covered.never)} decide in no test and for no seen device:"
        )
        lines.extend(f"  {clean(rule.identity)}, {rule.origin.path}:{rule.origin.line}" for rule in covered.never)
    return "".join(f"{line}\n" for line in lines)


def _passed(outcomes: Sequence[str], noun: str) -> str:
    """Return in words how many passed or did not, the empty text where there are none."""
    failed = sum(outcome != "passed" for outcome in outcomes)
    if failed:
        return f"{failed} of {count(len(outcomes), noun)} did not pass"
    return f"{count(len(outcomes), noun)} passed" if outcomes else ""


def _not_passed(origin: Origin, outcome: str, name: str, message: str, style: Style) -> Iterable[str]:
    word = style.paint(outcome, "bold", "red" if outcome == "failed" else "yellow")
    return ("", f"{style.paint(f'{origin.path}:{origin.line}', 'bold')}: {word}: {clean(name)}", f"  {clean(message)}")


def _broken(result: AssertionResult) -> str:
    if result.witness is None:
        return result.message
    owner = f" of {result.witness.owner}" if result.witness.owner else ""
    seen = result.witness.device_id or result.witness.guid
    who = device_words(result.witness) if seen else _described(result.witness)
    return f"`{result.assertion.kind}` does not hold: {who}{owner} {result.message}"


def _described(device: Device) -> str:
    return f"a device with {class_words(device.device_class)}" if any(device.device_class) else "any other device"


def _owner(owner: str) -> str:
    return f"ask {owner}" if owner else ""
