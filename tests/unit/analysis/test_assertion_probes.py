"""How many devices an assertion is tried on: one for each way to decide, whatever the number of mailboxes."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.analysis.assertions import check_assertions
from policylint.model.device import CLIENT_TYPES, Device, client_type
from policylint.model.names import Names
from policylint.model.origin import Origin
from policylint.model.policy_set import Assertion
from tests.examples import examples
from tests.strategies import World, worlds
from tests.worlds import state

if TYPE_CHECKING:
    from policylint.access.decision import Decision
    from policylint.analysis.assertions import AssertionResult

LEVELS = (None, "Allow", "Block", "Quarantine")
CHARACTERISTICS = ("DeviceType", "DeviceModel", "DeviceOS")


def model(side: int, mailboxes: int, **settings: Any) -> AccessModel:
    """Return one of two configurations whose rules differ in every way, with mailboxes that are alike."""
    rules = [
        {"Characteristic": name, "QueryString": f"{name}{number}", "AccessLevel": levels[side]}
        for name in CHARACTERISTICS
        for number, levels in enumerate(product(LEVELS, LEVELS))
        if levels[side] is not None
    ]
    owners = [{"Identity": f"u{number}@contoso.com", **settings} for number in range(mailboxes)]
    text = {"organization": {"DefaultAccessLevel": "Allow"}, "deviceAccessRules": rules, "mailboxes": owners}
    return AccessModel(state(json.dumps(text)), Facts())


def assertion(kind: str, owners: list[str], states: tuple[str, ...] = (), **conditions: tuple[str, ...]) -> Assertion:
    since = "then" if kind in {"unchanged-for", "no-new-access"} else ""
    named = {"mailbox": tuple(owners), **conditions}
    return Assertion("a", kind, states, named, since, "", "", Origin("a.yaml"))


def tried(kind: str, mailboxes: int, states: tuple[str, ...] = (), **settings: Any) -> tuple[AssertionResult, int]:
    """Return what becomes of an assertion about many mailboxes, and how often a device was decided about."""
    new, old = model(1, mailboxes, **settings), model(0, mailboxes, **settings)
    known = {each.identity.upper(): each for each in new.state.of_kind("mailbox").values()}
    count = 0
    decide = AccessModel.decide

    def counted(model: AccessModel, device: Device) -> Decision:
        nonlocal count
        count += 1
        return decide(model, device)

    with patch.object(AccessModel, "decide", counted):
        (found,) = check_assertions([assertion(kind, [*known], states)], new, (), Names(known), lambda _name: old)
    return found, count


@pytest.mark.parametrize("mailboxes", [40, 100, 200])
@pytest.mark.parametrize(
    ("kind", "states"),
    [("unchanged-for", ()), ("no-new-access", ()), ("never", ("Quarantined",)), ("always", ("Blocked",)),
     ("only-if", ("Quarantined",))],
)  # fmt: skip
def test_many_mailboxes_that_are_alike_cost_as_much_as_one(kind: str, states: tuple[str, ...], mailboxes: int) -> None:
    closed = {"ActiveSyncEnabled": False}  # every device is blocked, so nothing breaks the first three early
    one, few = tried(kind, 1, states, **closed)
    many, more = tried(kind, mailboxes, states, **closed)
    assert one.outcome == many.outcome
    assert few == more <= 2 * 16**3


def test_it_ends_with_the_first_device_that_breaks_it() -> None:
    found, count = tried("unchanged-for", 200, ActiveSyncEnabled=True)
    assert "failed" == found.outcome
    assert count < 100


@settings(max_examples=examples(100), deadline=None)
@given(worlds(), worlds(), st.sampled_from(["unchanged-for", "no-new-access", "never", "always"]), st.data())
def test_what_one_mailbox_of_many_breaks_is_found(new: World, old: World, kind: str, data: st.DataObject) -> None:
    owners = [*new.state.of_kind("mailbox").values()]
    clients = tuple(client.upper() for client in data.draw(st.sets(st.sampled_from(CLIENT_TYPES), min_size=1)))
    states = ("Blocked",) if kind in {"never", "always"} else ()
    models = [AccessModel(world.state, world.facts) for world in (new, old)]
    known = {each.identity.upper(): each for each in owners}

    def outcome(names: list[str], client: tuple[str, ...]) -> str:
        asked = assertion(kind, names, states, ClientType=client)
        return check_assertions([asked], models[0], (), Names(known), lambda _name: models[1])[0].outcome

    if not owners:
        return
    one_by_one = {outcome([name], (client,)) for name in known for client in clients}
    assert outcome([*known], clients) == ("failed" if "failed" in one_by_one else "passed")


def test_a_model_remembers_a_limited_number_of_decisions() -> None:
    found = model(0, 1)
    with patch("policylint.access.decide._MOST_DECISIONS", 10):
        for number in range(50):
            found.decide(Device("", None, (f"T{number}", None, None, None), client_type("EAS"), "16.1"))
            assert len(found._decisions) <= 10
