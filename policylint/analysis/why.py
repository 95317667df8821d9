"""The trace of one decision, step by step, live and desired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.decision import Decision
from policylint.access.describe import because
from policylint.access.partnerships import count_partnerships
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.analysis.candidate_changes import on_record
from policylint.analysis.minimal_changes import Effects, MinimalChange, minimal_changes
from policylint.analysis.mismatch import mismatches
from policylint.analysis.next_steps import NextStep, for_the_user, where_to_look, with_the_plan
from policylint.analysis.policy_demands import what_is_not_enforced
from policylint.devices.contradictions import A_CLAIM, contradiction
from policylint.devices.device_ids import bare_id
from policylint.model.device_table import DeviceTable
from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.access.decide import AccessModel
    from policylint.access.partnerships import Partnerships
    from policylint.model.device import Device
    from policylint.model.entity import Entity


class TraceStep(NamedTuple):
    """One step: its question, the answer in words, and the decision where the step decides."""

    step: str
    question: str
    answer: str
    decision: Decision | None


class Explanation(NamedTuple):
    """The steps for one device; the last one decides. `live` is None without a snapshot.

    `minimal_changes` are the smallest changes that would turn the desired decision, the safest first. `candidates`
    say what may be behind a reported state that live settings do not give. `notes` are what else there is to know of
    the device, `of_mailbox` of its mailbox.
    `next_steps` are where to look if a device that is let in does not sync, or what is left to do for the user once
    one that is kept out is let in.
    `on_record` is why what decides the desired state is as it is, and who owns it, where the policy says so.
    """

    device: Device
    live: tuple[TraceStep, ...] | None
    desired: tuple[TraceStep, ...]
    minimal_changes: tuple[MinimalChange, ...] = ()
    candidates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    of_mailbox: tuple[str, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    on_record: tuple[str, ...] = ()

    @property
    def live_decision(self) -> Decision | None:
        """Return what live settings decide, None without a snapshot."""
        return self.live[-1].decision if self.live else None

    @property
    def decision(self) -> Decision:
        """Return the desired decision."""
        decision = self.desired[-1].decision
        assert decision is not None
        return decision

    @property
    def is_planned(self) -> bool:
        """Return whether the planned change gives the device another outcome."""
        return self.live_decision is not None and not self.live_decision.same_outcome(self.decision)

    @property
    def by_plan(self) -> tuple[NextStep, ...]:
        """Return what to do where the planned change lets in a device that is kept out now."""
        return with_the_plan(self.live_decision, self.decision)


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
    devices, effects = tuple(devices), Effects(desired, every)
    keys = dict.fromkeys(device.mailbox for device in devices if device.mailbox is not None)
    partnerships = count_partnerships(DeviceTable(each for key in keys for each in effects.of_mailbox(key)))
    return tuple(
        _explanation(live, effects, device, partnerships.get(device.mailbox or ""), taken_at) for device in devices
    )


def _explanation(
    live: AccessModel | None, effects: Effects, device: Device, partnerships: Partnerships | None, taken_at: str
) -> Explanation:
    return answer(live, effects.model, device, partnerships)._replace(
        minimal_changes=minimal_changes(effects, device), candidates=causes(live, device, taken_at)
    )


def answer(
    live: AccessModel | None, desired: AccessModel, device: Device, partnerships: Partnerships | None, number: str = ""
) -> Explanation:
    """Return what two configurations say of a device, without what other devices or times decide.

    That is the minimal changes and what may be behind a reported state. `number` is how many partnerships of Exchange
    ActiveSync its mailbox has, where that is to be in other words.
    """
    decision = desired.decide(device)
    if partnerships is not None and not number:
        number = f"{partnerships.active_sync:,}"
    steps = where_to_look(desired, device, number or None) if decision.state == "Allowed" else ()
    return Explanation(
        device,
        _trace(live, device) if live is not None else None,
        _trace(desired, device),
        notes=tuple(_notes(desired, device)),
        of_mailbox=(f"{partnerships.owner} has {partnerships.words}",)
        if partnerships is not None and partnerships.is_near
        else (),
        next_steps=steps or for_the_user(device, decision),
        on_record=_on_record(decision, device),
    )


def causes(live: AccessModel | None, device: Device, taken_at: str) -> tuple[str, ...]:
    """Return what may be behind a reported state that live settings do not give; empty where they give it."""
    if live is None:
        return ()
    return tuple(words for found in mismatches(live, [device], taken_at) for words in found.candidates)


def _on_record(decision: Decision, device: Device) -> tuple[str, ...]:
    """Return why what decides is as it is."""
    if decision.decided_by is None or decision.setting is None:
        return ()
    item = device.device_id if decision.setting in {BLOCKED, ALLOWED} else ""
    return on_record(decision.decided_by, decision.setting, item)


def _notes(desired: AccessModel, device: Device) -> Iterator[str]:
    """Yield what the steps of a decision do not show."""
    decision = desired.decide(device)
    if decision.step == "mailbox-policy" and decision.decided_by is not None:
        policies = (desired.state.policies or {}).values()
        yield what_is_not_enforced(decision.decided_by, device.device_class, policies)
    yield from _other_forms(desired.mailbox(device.mailbox), device)
    contradicting = contradiction(device.device_class, device.client_type)
    if contradicting is not None:
        yield f"what it reports contradicts itself: {contradicting.words}; {A_CLAIM}"


def _other_forms(mailbox: Entity | None, device: Device) -> Iterator[str]:
    """Yield the entries of the mailbox's lists that mean a device, in a form that is not its ID."""
    if mailbox is None or not device.device_id:
        return
    for name in (BLOCKED, ALLOWED):
        for item in mailbox.items(name):
            if fold(item) != fold(device.device_id) and bare_id(item) == bare_id(device.device_id):
                yield (
                    f"{name} of {mailbox.identity} has {quoted(item)}, another form of the ID, which does nothing:"
                    f" Exchange compares whole IDs, so write {device.device_id}"
                )


def _trace(model: AccessModel, device: Device) -> tuple[TraceStep, ...]:
    steps = []
    for step, answer in model.explain(device):
        words, decision = (because(answer), answer) if isinstance(answer, Decision) else (answer, None)
        steps.append(TraceStep(step.name, step.question, words, decision))
    return tuple(steps)
