"""The difference of two configurations as text: the verdict, then each region of devices with a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.model.device import PROPERTIES
from policylint.phrases import count, listed
from policylint.render.phrases import ARROW, cause, device_words, left_out, state_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.decision import Decision
    from policylint.analysis.compare import Comparison, Region, Scope
    from policylint.analysis.partition import ValueSet
    from policylint.analysis.redundant import Removable
    from policylint.model.entity import Entity
    from policylint.render.style import Style

MOST_REGIONS = 12
MOST_VALUES = 4
COLORS = {"looser": "green", "stricter": "red", "other": "yellow"}


def render_diff(comparison: Comparison, old: str, new: str, *, style: Style, full: bool) -> str:
    """Return the difference as text; without `full`, what a screen takes."""
    lines = [style.paint(verdict(comparison), "bold"), f"  {clean(old)} {ARROW} {clean(new)}"]
    shown = comparison.regions if full else comparison.regions[:MOST_REGIONS]
    for region in shown:
        lines.extend(_region(region, style, full))
    if len(comparison.regions) > len(shown):
        lines.extend(("", left_out(len(comparison.regions) - len(shown))))
    lines.extend(_rest(comparison, style, full))
    return "".join(f"{line}\n" for line in lines)


def verdict(comparison: Comparison) -> str:
    """Return where access moves on the whole, and how many devices there are of each way."""
    changed = count(len(comparison.rules), "rule")
    if comparison.verdict == "equal":
        other = f" ({changed} changed, without effect)" if comparison.rules else ""
        return f"equal: no device can tell the two apart{other}"
    if not comparison.devices:
        return f"{comparison.verdict}: {count(len(comparison.regions), 'region')} of devices; no snapshot to count in"
    moves = [(comparison.moved("looser"), "looser"), (comparison.moved("stricter"), "stricter")]
    moves.append((comparison.moved("other"), "to or from what is not decided here"))
    words = [f"{number:,} {word}" for number, word in moves if number]
    seen = ", ".join(words) if words else "none of them seen"
    return f"{comparison.verdict}: {seen} of {count(comparison.devices, 'device')}, in " + count(
        len(comparison.regions), "region"
    )


def _region(region: Region, style: Style, full: bool) -> Iterator[str]:
    word = style.paint(f"{region.direction:8}", COLORS[region.direction])
    before, after = (style.word(state_words(decision.state)) for decision in (region.before, region.after))
    yield ""
    yield f"{word}  {before} {ARROW} {after}  {count(region.devices, 'device')}"
    for name, values in zip(PROPERTIES, region.values, strict=True):
        words = value_words(values, full)
        if words:
            yield f"  {name} {clean(words)}"
    yield from (f"  {clean(line)}" for line in _scope(region.scope, full))
    yield f"  such as {clean(device_words(region.witness, owner=True))}"
    yield f"  before: {_why(region.before)}"
    yield f"  after:  {_why(region.after)}"


def value_words(values: ValueSet, full: bool) -> str:
    """Return the values of one characteristic in words, empty where any will do."""
    if values.is_universal:
        return ""
    if values.includes_unnamed:
        return f"any but {_listed(values.excluded, full)}"
    return _listed(values.named, full)


def _scope(scope: Scope, full: bool) -> Iterator[str]:
    if scope.decided_by_rules:
        return
    names = []
    for member in scope.members:
        device = f", device {member.device_id}" if member.device_id else ""
        names.append((member.mailbox or "any mailbox that is not named") + device)
    yield f"in {_listed(names, full)}"
    clients = ", ".join(scope.words())
    if clients:
        yield f"clients: {clients}"


def _listed(words: Sequence[str], full: bool) -> str:
    return listed(words, None if full else MOST_VALUES, last=", ")


def _why(decision: Decision) -> str:
    return clean(cause(decision, located=True))


def _rest(comparison: Comparison, style: Style, full: bool) -> Iterator[str]:
    if comparison.reasons:
        yield ""
        devices = sum(region.devices for region in comparison.reasons)
        yield f"for another reason, with the same access: {count(devices, 'device')}"
        for region in comparison.reasons if full else ():
            yield from _region_of_reason(region)
    if comparison.unseen:
        yield ""
        names = _listed([identity(*pair) for pair in comparison.unseen], full)
        yield f"changed, but not decided here: {clean(names)}"
    for note in comparison.notes:
        yield ""
        yield f"note: {clean(note)}"


def _region_of_reason(region: Region) -> Iterator[str]:
    values = [
        f"{name} {words}"
        for name, value in zip(PROPERTIES, region.values, strict=True)
        if (words := value_words(value, full=False))
    ]
    yield f"  {clean('; '.join(values) or 'any device')}: {_why(region.before)} {ARROW} {_why(region.after)}"


def identity(before: Entity | None, after: Entity | None) -> str:
    """Return what a rule that is not the same on both sides is called."""
    rule = after or before
    return rule.identity if rule is not None else ""


def render_minimise(found: Sequence[Removable], total: int, proof: Comparison, *, style: Style) -> str:
    """Return the rules that can go as text, and what comparing with and without them says."""
    if not found:
        none = f"no rule can go: each of {count(total, 'rule')} changes somebody's access"
        return style.paint(none if total else "no rules are declared", "bold") + "\n"
    lines = [style.paint(f"{len(found)} of {count(total, 'rule')} can go together", "bold")]
    for entry, rules in found:
        where = f"{entry.origin.path}:{entry.origin.line}"
        level = f"{entry.text('AccessLevel')}, as DefaultAccessLevel gives"
        whole = f"the whole entry with `matches`, {count(len(rules), 'rule')}  " if rules[0].pattern else ""
        lines.append(f"  {clean(f'rule {entry.identity}: {level}  {whole}{where}')}")
    lines.append("")
    lines.append(f"with and without them: {verdict(proof)}")
    return "".join(f"{line}\n" for line in lines)
