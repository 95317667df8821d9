"""The trace of one decision, step by step, live and desired."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import Decision
from policylint.access.describe import because
from policylint.analysis.minimal_changes import Effects, MinimalChange, minimal_changes
from policylint.analysis.mismatch import mismatches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.access.decide import AccessModel
    from policylint.model.device import Device


class TraceStep(NamedTuple):
    """One step: its question, the answer in words, and the decision where the step decides."""

    step: str
    question: str
    answer: str
    decision: Decision | None


class Explanation(NamedTuple):
    """The steps for one device; the last one decides. `live` is None without a snapshot.

    `minimal_changes` are the smallest changes that would turn the desired decision, the safest first. `candidates`
    say what may be behind a reported state that live settings do not give.
    """

    device: Device
    live: tuple[TraceStep, ...] | None
    desired: tuple[TraceStep, ...]
    minimal_changes: tuple[MinimalChange, ...] = ()
    candidates: tuple[str, ...] = ()


def explain(
    live: AccessModel | None,
    desired: AccessModel,
    devices: Iterable[Device],
    every: Iterable[Device] = (),
    taken_at: str = "",
) -> tuple[Explanation, ...]:
    """Return the steps for each device, in the order given; `every` are those that a change might affect too.

    `taken_at` is when the snapshot was taken, empty without one.
    """
    effects = Effects(desired, every)
    return tuple(
        Explanation(
            device,
            _trace(live, device) if live is not None else None,
            _trace(desired, device),
            minimal_changes(effects, device),
            tuple(words for found in mismatches(live, [device], taken_at) for words in found.candidates)
            if live is not None
            else (),
        )
        for device in devices
    )


def _trace(model: AccessModel, device: Device) -> tuple[TraceStep, ...]:
    steps = []
    for step, answer in model.explain(device):
        words, decision = (because(answer), answer) if isinstance(answer, Decision) else (answer, None)
        steps.append(TraceStep(step.name, step.question, words, decision))
    return tuple(steps)
