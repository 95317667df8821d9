"""What would turn a decision and what to do next, in the words of every format for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.phrases import count, listed
from policylint.render.phrases import device_words
from policylint.render.why.command import command_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policylint.access.decision import Decision
    from policylint.analysis.minimal_changes import MinimalChange
    from policylint.analysis.why import Explanation
    from policylint.model.device import Device
    from policylint.render.why.command import CommandOptions

NEXT_STEPS: Mapping[bool, str] = {
    True: "if a device that is let in does not sync, look at",
    False: "after a fix, for the user",
}
"""What the next steps are, by whether the device is let in."""


def reasons_of(explanation: Explanation) -> Iterator[str]:
    """Yield why what decides is as it is, unless a caution says it."""
    cautions = {caution for change in explanation.minimal_changes for caution in change.cautions}
    return (each for each in explanation.on_record if each not in cautions)


def turning_words(decision: Decision) -> str:
    """Return what a change would do that turns a decision."""
    return "would keep it out" if decision.state == "Allowed" else "would let it in"


def turning_head(explanation: Explanation) -> str:
    """Return what changes would do, or that there is none; where a change is planned, that this is after it."""
    what = turning_words(explanation.decision)
    when = "after the planned change, " if explanation.is_planned else ""
    has_changes = bool(explanation.minimal_changes)
    return when + (f"what {what}, the safest first" if has_changes else f"no change of these settings {what}")


def change_words(change: MinimalChange, *, counted: bool, name: Callable[[Device], str] = device_words) -> str:
    """Return a change and what it does to other devices, those of the same mailbox by `name`."""
    disputed = " [disputed]" if change.decision.disputed else ""
    return f"{', and '.join(change.changes)}{disputed}: {effect(change, counted=counted, name=name)}"


def effect(change: MinimalChange, *, counted: bool, name: Callable[[Device], str] = device_words) -> str:
    """Return what a change does to other devices, those of the same mailbox by `name`."""
    if not counted:
        return "other devices are not counted without a snapshot"
    others = [(change.opens, "lets in"), (change.closes, "keeps out")]
    words = " and ".join(f"{verb} {count(many, 'other device')}" for many, verb in others if many)
    names = listed(map(name, change.same_mailbox), last="; ")
    of_mailbox = f", of this mailbox {names}" if change.same_mailbox else ""
    return f"{words}{of_mailbox}" if words else "affects no other device"


def change_notes(change: MinimalChange, options: CommandOptions = None) -> Iterator[str]:
    """Yield for whom a change is, what to know before it is made, and with options the command that makes it."""
    yield from (f"applies to {scope}" for scope in change.scope)
    yield from (f"caution: {caution}" for caution in change.cautions)
    if (command := command_of(change, options)) is not None:
        yield f"run: {command}"
