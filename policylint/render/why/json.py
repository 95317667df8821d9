"""The steps of decisions as JSON, format `policylint-why/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.render.records import decision_record, device_record
from policylint.render.why.command import command_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.minimal_changes import MinimalChange
    from policylint.analysis.why import Explanation, TraceStep
    from policylint.render.why.command import CommandOptions


def why_record(
    explanations: Sequence[Explanation], *, alone: bool = False, options: CommandOptions = None
) -> dict[str, Any]:
    """Return the steps of each decision as plain data. Where live state stands alone, nothing is desired.

    `options` are those that a command which edits the policy needs, None where none can.
    """
    devices = [_explanation(explanation, options, alone=alone) for explanation in explanations]
    return {"format": "policylint-why/1", "liveStateAlone": alone, "devices": devices}


def _explanation(explanation: Explanation, options: CommandOptions, *, alone: bool) -> dict[str, Any]:
    return {
        **device_record(explanation.device),
        "live": _trace(explanation.live) if explanation.live is not None else None,
        "desired": None if alone else _trace(explanation.desired),
        "mismatch": list(explanation.candidates),
        "onRecord": list(explanation.on_record),
        "notes": [*explanation.notes, *explanation.of_mailbox],
        "changes": [_minimal_change(change, options) for change in explanation.minimal_changes],
        "next": [
            {"words": step.words, "source": step.source or None}
            for step in (*explanation.by_plan, *explanation.next_steps)
        ],
    }


def _trace(trace: Sequence[TraceStep]) -> dict[str, Any]:
    steps = [
        {"step": step.step, "question": step.question, "answer": step.answer, "decides": step.decision is not None}
        for step in trace
    ]
    return {"steps": steps, "decision": decision_record(trace[-1].decision)}


def _minimal_change(change: MinimalChange, options: CommandOptions) -> dict[str, Any]:
    return {
        "changes": list(change.changes),
        "decision": decision_record(change.decision),
        "opens": change.opens,
        "closes": change.closes,
        "sameMailbox": [device.device_id or None for device in change.same_mailbox],
        "scope": list(change.scope),
        "cautions": list(change.cautions),
        "command": command_of(change, options),
    }
