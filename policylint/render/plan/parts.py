"""Whose changes a plan has, in the words of every format for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.phrases import count, listed, show
from policylint.plan.attribution import parts_of_devices, parts_of_steps
from policylint.plan.audit import Told
from policylint.render.phrases import left_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.plan.attribution import Attribution, Dropped, Edit, Part
    from policylint.plan.audit import LiveChange
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.plan import Plan
    from policylint.schema.store import SchemaStore

PART_WORDS: Mapping[str, str] = {"branch": "this branch", "pending": "pending", "drift": "drift"}
"""What a step or a device is marked with."""

_COMMIT = 7


def mark(step: PlanStep) -> str:
    """Return the mark of a step, with blanks before it; nothing where it is not known whose it is."""
    return f"  [{part_words(step)}]" if step.part else ""


def part_words(step: PlanStep) -> str:
    """Return whose change a step is, and what of it is not: `this branch; 2 of 3 changes are drift`.

    Of a new object that is told only where it was removed by hand: what it is known by is the same whoever makes it.
    """
    counts = Counter[str]()
    for change in step.changes:
        counts.update(dict(change.parts))
    parts = ("pending", "drift") if step.action == "update" else ("drift",)
    words = [PART_WORDS[step.part]] if step.part else []
    for part in parts:
        if counts[part] and part != step.part:
            verb = "is" if counts[part] == 1 else "are"
            words.append(f"{counts[part]:,} of {count(counts.total(), 'change')} {verb} {PART_WORDS[part]}")
    return "; ".join(words)


def change_part_words(change: PropertyChange) -> str:
    """Return whose change that of a setting is, with numbers where a list has items of several; else nothing."""
    numbers = len(change.parts) > 1
    return ", ".join(f"{number:,} {PART_WORDS[part]}" if numbers else PART_WORDS[part] for part, number in change.parts)


def base_words(found: Attribution) -> str:
    """Return the revision that a plan is compared with: `origin/main (1a2b3c4)`."""
    return f"{clean(found.base.name)} ({found.base.commit[:_COMMIT]})"


def summary(plan: Plan, found: Attribution) -> Iterator[str]:
    """Yield the lines that say how much of a plan is from this branch, the steps first."""
    steps, devices = parts_of_steps(plan), parts_of_devices(plan)
    words = [_share(steps, "step")]
    dropped = len(found.no_longer_needed)
    if dropped:
        words.append(f"{count(dropped, 'pending change')} {'is' if dropped == 1 else 'are'} no longer needed")
    yield "; ".join(words)
    if plan.affected or found.no_longer_affected:
        words = [_share(devices, "device")]
        if found.no_longer_affected:
            words.append(f"{count(found.no_longer_affected, 'device')} would change without this branch")
        yield "; ".join(words)
    if steps["drift"] is None:
        why = plan.provenance.problem or "`since` names no revision"
        yield f"drift cannot be told from what was pending: {clean(why)}"


def _share(counts: Mapping[Part, int | None], noun: str) -> str:
    """Return how many are whose: `1 of 16 steps is from this branch; 14 were pending, 1 is drift`."""
    total = sum(number or 0 for number in counts.values())
    if not total:
        return f"no {noun} changes" if noun == "device" else "no step is needed"
    own = counts["branch"] or 0
    others = [
        f"{number:,} {words[number > 1]}"
        for part, words in (("pending", ("was pending", "were pending")), ("drift", ("is drift", "are drift")))
        if (number := counts[part] or 0)  # type: ignore[index]
    ]
    verb = "is" if own == 1 else "are"
    told = f"{own:,}" if own else "none"
    first = f"{told} of {count(total, noun)} {verb if own else 'is'} from this branch"
    return f"{first}; {', '.join(others)}" if others else first


def dropped_lines(found: Attribution, store: SchemaStore, most: int | None) -> Iterator[str]:
    """Yield what is no longer needed, one line each; at most some of them."""
    for each in found.no_longer_needed[:most]:
        yield f"  {clean(dropped_words(each, store))}"
    if most is not None and len(found.no_longer_needed) > most:
        yield f"  {left_out(len(found.no_longer_needed) - most)}"


def dropped_words(dropped: Dropped, store: SchemaStore) -> str:
    """Return an object with what the base's plan would change of it."""
    described = store.object_type(dropped.kind)
    name = described.title if described.single else f"{described.title} {dropped.identity}"
    return f"{name}: {listed(map(_edit, dropped.edits), None, last=', ')}"


def _edit(edit: Edit) -> str:
    if edit.what in {"create", "delete"}:
        return edit.what
    sign = {"add": "+", "remove": "-"}.get(edit.what, "")
    return f"{edit.property}: {sign}{show(edit.value, None)}"


def audit_words(change: LiveChange) -> str:
    """Return who changed an object live: `New-ActiveSyncDeviceAccessRule by eva@contoso.com, 2026-11-19T14:02:11Z`."""
    names = f" ({listed(change.properties, None, last=', ')})" if change.properties else ""
    who = f" by {change.caller}" if change.caller else ""
    return clean(f"{change.cmdlet}{names}{who}, {change.time or 'at a time that the log does not tell'}")


def audit_lines(plan: Plan, store: SchemaStore, most: int | None) -> Iterator[str]:
    """Yield who changed what stays as drift, one line for each change; at most some of them."""
    found = [*Told(plan).of_drift()]
    for each in found[:most]:
        described = store.object_type(each.kind)
        name = described.title if described.single else f"{described.title} {each.identity}"
        yield f"  {clean(name)}: {audit_words(each)}"
    if most is not None and len(found) > most:
        yield f"  {left_out(len(found) - most)}"
