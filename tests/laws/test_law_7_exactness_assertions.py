"""Law 7: an assertion passes where brute force over every kind of device finds none that breaks it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.decision import STATES
from policylint.analysis.assertions import check_assertions
from policylint.model.device import PROPERTIES, Device, DeviceClass
from policylint.model.names import Names
from policylint.model.origin import Origin
from policylint.model.policy_set import Assertion
from policylint.text import fold
from tests.examples import examples
from tests.strategies import VALUES, World, devices, worlds

if TYPE_CHECKING:
    from policylint.access.decision import Decision

lawful = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent")


def model(world: World) -> AccessModel:
    return AccessModel(world.state, world.facts)


def classes() -> list[DeviceClass]:
    values = [sorted({fold(value) for value in VALUES[name]}) for name in NAMES]
    return [(a, b, c, d) for a, b, c, d in product(*((*each, None) for each in values))]


@st.composite
def assertions(draw: st.DrawFn, kinds: tuple[str, ...]) -> Assertion:
    conditions = {
        prop: tuple(map(fold, draw(st.lists(st.sampled_from((*VALUES[name], "new")), min_size=1, max_size=2))))
        for prop, name in zip(PROPERTIES, NAMES, strict=True)
        if draw(st.integers(0, 2)) == 0
    }
    states = tuple(draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=2, unique=True)))
    since = "then" if "since" in kinds else ""
    kind = draw(st.sampled_from([kind for kind in kinds if kind != "since"]))
    return Assertion("a", kind, states, conditions, since, "", "", Origin("a.yaml"))


ASSERTIONS = st.one_of(
    assertions(("never", "always", "only-if")), assertions(("unchanged-for", "no-new-access", "since"))
)


def meets(device: Device, assertion: Assertion) -> bool:
    values = dict(zip(PROPERTIES, device.device_class, strict=True))
    return all(fold(values[name] or "-") in wanted for name, wanted in assertion.conditions.items())


def cohort(assertion: Assertion) -> list[Device]:
    """Return a device of every class, and of each with a value that only the assertion names."""
    found = [Device(device_id="", mailbox=None, device_class=each, client_version="16.1") for each in classes()]
    for place, name in enumerate(PROPERTIES):
        if "NEW" in assertion.conditions.get(name, ()):
            for device in list(found):
                one, two, three, four = ("NEW" if at == place else each for at, each in enumerate(device.device_class))
                found.append(device._replace(device_class=(one, two, three, four)))
    return found


RANK = {"Allowed": 0, "Quarantined": 1, "Blocked": 2, None: -1}


def broken(kind: str, states: tuple[str, ...], now: Decision, then: Decision) -> bool:
    match kind:
        case "never" | "only-if":
            return now.state in states
        case "always":
            return now.state is not None and now.state not in states
        case "unchanged-for":
            return now.state != then.state or (now.state is None and now.step != then.step)
    return RANK[now.state] < RANK[then.state] or (None in (now.state, then.state) and now.step != then.step)


@lawful
@given(worlds(), worlds(), ASSERTIONS, st.lists(devices(), max_size=4))
def test_an_assertion_fails_where_some_device_breaks_it(
    world: World, before: World, assertion: Assertion, seen: list[Device]
) -> None:
    now, then = model(world), model(before)
    (result,) = check_assertions([assertion], now, seen, Names({}), lambda _name: then)
    expected = any(
        meets(device, assertion) != (assertion.kind == "only-if")
        and broken(assertion.kind, assertion.states, now.decide(device), then.decide(device))
        for device in (*seen, *cohort(assertion))
    )
    assert ("failed" if expected else "passed") == result.outcome
    if result.witness is not None:
        assert result.decision == now.decide(result.witness)
