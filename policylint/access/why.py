"""The ladder of steps by which one device is decided about, live and desired."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import Decision
from policylint.access.words import because

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.access.decide import AccessModel
    from policylint.model.device import Device


class Rung(NamedTuple):
    """One step: its question, the answer in words, and the decision where the step decides."""

    step: str
    question: str
    answer: str
    decision: Decision | None


class Explanation(NamedTuple):
    """The steps for one device; the last one decides. `live` is None without a snapshot."""

    device: Device
    live: tuple[Rung, ...] | None
    desired: tuple[Rung, ...]


def explain(live: AccessModel | None, desired: AccessModel, devices: Iterable[Device]) -> tuple[Explanation, ...]:
    """Return the steps for each device, in the order given."""
    return tuple(
        Explanation(device, _ladder(live, device) if live is not None else None, _ladder(desired, device))
        for device in devices
    )


def _ladder(model: AccessModel, device: Device) -> tuple[Rung, ...]:
    rungs = []
    for step, answer in model.explain(device):
        decided = isinstance(answer, Decision)
        words = because(answer) if isinstance(answer, Decision) else answer
        rungs.append(Rung(step.name, step.question, words, answer if decided else None))  # type: ignore[arg-type]
    return tuple(rungs)
