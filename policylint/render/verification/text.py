"""What became of tests and assertions as text: the verdict, what did not pass, and what none covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.expectations import PASSING
from policylint.escape import clean
from policylint.model.access_rule import entry_identity
from policylint.phrases import count
from policylint.render.phrases import class_words, device_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.origin import Origin
    from policylint.render.style import Style


def render_tests(
    results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult], covered: Coverage, *, style: Style
) -> str:
    """Return the verdict, each test and assertion that did not pass with its location, and what none covers."""
    return "".join(f"{line}\n" for line in _lines(results, asserted, covered, style))


def verdict(results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult]) -> str:
    """Return in words how many passed, or did not; empty where there are none."""
    outcomes = [[result.outcome for result in each] for each in (results, asserted)]
    return ", ".join(_passed(each, noun) for each, noun in zip(outcomes, ("test", "assertion"), strict=True) if each)


def _lines(
    results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult], covered: Coverage, style: Style
) -> Iterator[str]:
    failed = [each for each in results if each.outcome not in PASSING]
    passed = not failed and all(each.outcome in PASSING for each in asserted)
    head = verdict(results, asserted)
    yield style.paint(head or "no tests: write some under `tests:`", "bold", "green" if passed else "red")
    for result in results:
        if result.outcome != "passed":
            yield from _not_passed(result.test.origin, result.outcome, result.test.name, result.message, style)
            yield from (f"  note: {clean(note)}" for note in (result.decision.notes if result.decision else ()))
    for found in asserted:
        if found.outcome != "passed":
            assertion = found.assertion
            yield from _not_passed(assertion.origin, found.outcome, assertion.name, broken_words(found), style)
            owner = f"ask {assertion.owner}" if assertion.owner else ""
            if assertion.reason or owner:
                reason = f"reason: {assertion.reason}" if assertion.reason else ""
                yield f"  {clean('; '.join(filter(None, (reason, owner))))}"
    if head and covered.never:
        never = f"{len(covered.never)} of {count(covered.rules, 'rule')}"
        yield f"\n{never} decide in no test and for no device of the snapshot:"
        yield from (f"  {clean(f'{_entry(rule)}, {rule.origin.path}:{rule.origin.line}')}" for rule in covered.never)


def _entry(rule: Entity) -> str:
    return f"{'entry' if rule.pattern else 'rule'} {entry_identity(rule)}"


def _passed(outcomes: Sequence[str], noun: str) -> str:
    """Return in words how many passed, or did not."""
    failed = sum(outcome not in PASSING for outcome in outcomes)
    skipped = outcomes.count("skipped")
    tests = count(len(outcomes), noun)
    words = f"{failed} of {tests} did not pass" if failed else f"{count(len(outcomes) - skipped, noun)} passed"
    return f"{words}, {skipped} skipped" if skipped else words


def _not_passed(origin: Origin, outcome: str, name: str, message: str, style: Style) -> Iterator[str]:
    word = style.paint(outcome, "bold", "red" if outcome == "failed" else "yellow")
    yield ""
    yield f"{style.paint(clean(f'{origin.path}:{origin.line}'), 'bold')}: {word}: {clean(name)}"
    yield f"  {clean(message)}"


def broken_words(result: AssertionResult) -> str:
    """Return why an assertion did not pass: the device that breaks it, where there is one."""
    if result.witness is None:
        return result.message
    return f"`{result.assertion.kind}` does not hold: {_witness(result.witness)} {result.message}"


def _witness(device: Device) -> str:
    if device.device_id or device.guid:
        return device_words(device, owner=True)
    words = class_words(device.device_class)
    words = f"a device with {words}" if any(device.device_class) else words
    return f"{words} of {device.owner}" if device.owner else words
