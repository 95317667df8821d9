"""Whether a snapshot is as a saved plan leaves it: what differs, in words."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest

from policylint.access.request import Facts
from policylint.model.state import MAILBOX, RULE
from policylint.plan.reached import reached
from tests.laws.reference_exchange import apply, steps
from tests.plans import DEVICE, LIVE, rich_plan
from tests.worlds import STORE, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.model.entity import ObjectKind
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State

PLAN = rich_plan()
THERE = snapshot(LIVE, [DEVICE])
DONE = reduce(apply, steps(PLAN), THERE.state)


def taken(state: State, **header: Any) -> Snapshot:
    new = THERE.header._replace(**{"taken_at": "2026-11-24T08:00:00Z", **header})
    return THERE._replace(state=state, header=new)


def differences(there: Snapshot) -> tuple[str, ...]:
    return reached(PLAN, there, Facts("exchange-online"), STORE).differences


def without(kind: ObjectKind, name: str) -> State:
    return DONE.with_kind(kind, {key: each for key, each in DONE.of_kind(kind).items() if each.identity != name})


def with_settings(kind: ObjectKind, name: str, **settings: Any) -> State:
    objects = {
        key: each._replace(settings={**each.settings, **settings}) if each.identity == name else each
        for key, each in DONE.of_kind(kind).items()
    }
    return DONE.with_kind(kind, objects)


def unread(kind: ObjectKind, setting: str) -> State:
    objects = {
        key: each._replace(settings={name: value for name, value in each.settings.items() if name != setting})
        for key, each in DONE.of_kind(kind).items()
    }
    return DONE.with_kind(kind, objects)


ANN = "ann@contoso.com"
CASES: list[tuple[str, Callable[[], Snapshot], str]] = [
    ("nothing-done", lambda: taken(THERE.state), "organization settings: DefaultAccessLevel is Allow, not Quarantine"),
    ("not-created", lambda: taken(without(RULE, "iPad (DeviceModel)")), "iPad (DeviceModel) is not there"),
    ("created-otherwise", lambda: taken(with_settings(RULE, "iPad (DeviceModel)", AccessLevel="Block")),
     "AccessLevel is Block, not Allow"),
    ("item-missing", lambda: taken(with_settings(MAILBOX, ANN, ActiveSyncAllowedDeviceIDs=("B",))),
     f"mailbox {ANN}: ActiveSyncAllowedDeviceIDs lacks D"),
    ("item-left", lambda: taken(with_settings(MAILBOX, ANN, ActiveSyncAllowedDeviceIDs=("A", "B", "D"))),
     f"mailbox {ANN}: ActiveSyncAllowedDeviceIDs still has A"),
    ("list-not-read", lambda: taken(unread(MAILBOX, "ActiveSyncAllowedDeviceIDs")),
     "ActiveSyncAllowedDeviceIDs was not read"),
    ("setting-not-read", lambda: taken(unread(MAILBOX, "ActiveSyncEnabled")), "ActiveSyncEnabled was not read"),
    ("section-not-read", lambda: taken(DONE.with_kind(MAILBOX, None)), "`mailboxes` were not read"),
    ("no-such-mailbox", lambda: taken(without(MAILBOX, ANN)), f"mailbox {ANN} is not there"),
    ("devices-not-read", lambda: taken(DONE)._replace(incomplete={"devices": "no rights"}),
     "devices were not all read: no rights"),
    ("older", lambda: taken(DONE, taken_at="2026-11-23T08:00:00Z"), "before the plan was made"),
    ("undated", lambda: taken(DONE, taken_at=""), "does not say when it was taken"),
    ("other-organization", lambda: taken(DONE, organization_guid="x"), "of another organization than the plan"),
    ("other-edition", lambda: taken(DONE, edition="exchange-2019"), "the snapshot is of exchange-2019"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "words"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_what_differs_is_said(there: Callable[[], Snapshot], words: str) -> None:
    assert [each for each in differences(there()) if words in each]


def test_what_somebody_else_changed_is_no_difference() -> None:
    state = with_settings(MAILBOX, ANN, ActiveSyncAllowedDeviceIDs=("X", "d", "B"), OutlookMobileEnabled=False)
    assert () == differences(taken(state))
    assert () == differences(taken(DONE))


def test_a_rule_that_is_to_go_and_is_there_is_a_difference() -> None:
    gone = [step.identity for step in PLAN.steps if step.action == "delete"]
    for name in gone:
        back = next(each for each in THERE.state.entities() if each.identity == name)
        state = DONE.with_kind(back.kind, {**DONE.of_kind(back.kind), back.key: back})
        assert [each for each in differences(taken(state)) if each.endswith(f"{name} is still there")]
    assert gone
