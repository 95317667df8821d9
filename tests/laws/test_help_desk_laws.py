"""Laws of the answers of a help-desk page: what is worked out once for many devices is what `why` says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.describe import because
from policylint.access.steps import BLOCKED
from policylint.analysis.help_desk import Answers, Marks
from policylint.analysis.why import explain
from policylint.model.device_table import DeviceTable
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, State
from policylint.text import fold
from tests.examples import examples
from tests.strategies import DEVICE_IDS, World, devices, worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policylint.analysis.why import Explanation
    from policylint.model.device import Device

TAKEN_AT = "2026-11-20T06:00:00Z"
NAMES = ("ann.lee@contoso.com", "bob.ray@contoso.com", "o'neil@contoso.com")
REASONS: tuple[dict[str, str], ...] = ({}, {"reason": "lost on a train", "owner": "help-desk"}, {"reason": "agreed"})


@st.composite
def organizations(draw: st.DrawFn) -> tuple[AccessModel, AccessModel, list[Device]]:
    """Return live and desired state with several mailboxes, some of them alike, and devices of these."""
    live, desired = draw(worlds()), draw(worlds())
    owners = (
        *((fold(name), name) for name in NAMES),
        (fold("gone@contoso.com"), "gone@contoso.com"),
        (None, "Someone"),
    )
    kinds = st.sampled_from(draw(st.lists(devices(), min_size=1, max_size=2)))
    ids = st.sampled_from(DEVICE_IDS)
    found = [
        kind._replace(device_id=device_id, mailbox=mailbox, owner=owner, guid=str(number))
        for number, (kind, device_id, (mailbox, owner)) in enumerate(
            draw(st.lists(st.tuples(kinds, ids, st.sampled_from(owners)), min_size=2, max_size=8))
        )
    ]
    reasons = draw(st.tuples(*[st.sampled_from(REASONS)] * len(NAMES)))
    noted = draw(st.sampled_from(["", *(device.device_id for device in found)]))
    other_form = draw(st.sampled_from(["", "APP-L1", "{SEC2}"]))
    return _model(live, [{}] * len(NAMES), ""), _model(desired, reasons, noted, other_form), found


def _model(world: World, reasons: Sequence[dict[str, str]], noted: str, other_form: str = "") -> AccessModel:
    """Return a world in which every mailbox is like the one that it has, but for why it is so."""
    state: State = world.state
    for first in [*state.of_kind(MAILBOX).values()][:1]:
        more = {BLOCKED: (*first.items(BLOCKED), other_form)} if other_form else {}
        alike = {
            fold(name): first._replace(
                identity=name,
                key=fold(name),
                settings={**first.settings, **more},
                notes=notes,
                exemptions={fold(noted): {"reason": f"one phone of {name}"}} if noted and notes else EMPTY,
            )
            for name, notes in zip(NAMES, reasons, strict=True)
        }
        state = state.with_kind(MAILBOX, alike)
    return AccessModel(state, world.facts)


def _said(explanation: Explanation, around: Sequence[Device], fill: Callable[[str], str]) -> Any:
    """Return everything that is said of a device, names and times filled in."""
    assert explanation.live is not None
    live, desired = explanation.live[-1].decision, explanation.decision
    assert live is not None
    letting_in = explanation.minimal_changes if desired.state != "Allowed" else ()
    return (
        *((decision.state, decision.reason, fill(because(decision)), decision.notes) for decision in (live, desired)),
        [fill(words) for words in explanation.candidates],
        [fill(words) for words in (*explanation.notes, *explanation.of_mailbox, *explanation.on_record)],
        [fill(step.words) for step in (*explanation.by_plan, *explanation.next_steps)],
        [
            (
                [fill(words) for words in (*change.changes, *change.scope, *change.cautions)],
                (change.opens, change.closes, change.decision.state),
                [fill(other.device_id) for other in change.same_mailbox],
                fill(str(change.command and change.command.line(()))),
            )
            for change in letting_in
        ],
    )


def _filled(marks: Marks, device: Device, around: Sequence[Device]) -> Callable[[str], str]:
    """Return what puts the names and times of a device in the place of marks, as the page does."""
    active_sync = sum(each.client_type == "EAS" for each in around)
    values = {
        marks.device: device.device_id,
        marks.mailbox: device.owner,
        marks.number: f"{active_sync:,}",
        marks.first_sync: device.first_sync,
        marks.last_sync: device.last_sync,
        marks.changed: device.changed,
        **{f"{marks.other}{place}{marks.end}": each.device_id for place, each in enumerate(around)},
    }

    def fill(text: str) -> str:
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text

    return fill


@settings(max_examples=examples(200), deadline=None)
@given(organizations())
def test_what_is_said_of_many_devices_is_what_why_says_of_each(
    organization: tuple[AccessModel, AccessModel, list[Device]],
) -> None:
    live, desired, found = organization
    table = DeviceTable(found)
    answers = Answers(live, desired, table, marks := Marks.of("0123456789abcdef" * 4), TAKEN_AT)
    asked = [
        (device, number, [each for each, _ in box.devices])
        for box in answers.mailboxes()
        for device, number in box.devices
    ]
    assert sorted(table, key=repr) == sorted((device for device, *_ in asked), key=repr)
    expected = explain(live, desired, [device for device, *_ in asked], table, TAKEN_AT)
    for (device, number, around), explanation in zip(asked, expected, strict=True):
        filled = _said(answers.explanations[number], around, _filled(marks, device, around))
        assert _said(explanation, around, str) == filled
