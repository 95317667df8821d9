"""Law 7: who gets in is what the published order says, for every device of every small world."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.decision import STATES, Decision
from policylint.access.simulate import simulate, transitions
from policylint.access.steps import STEPS
from policylint.model.device import CHARACTERISTICS, Device, DeviceClass
from policylint.text import fold
from tests.examples import examples
from tests.laws.reference_access import by_rules, levels, outcome
from tests.strategies import VALUES, World, classes, devices, worlds

lawful = settings(max_examples=examples(100))


def model(world: World) -> AccessModel:
    """Return who gets in in a world."""
    return AccessModel(world.state, world.facts)


@lawful
@given(worlds(), st.lists(devices(), min_size=1, max_size=8))
def test_decisions_follow_the_published_order(world: World, some: list[Device]) -> None:
    decide = model(world).decide
    assert [outcome(world, device) for device in some] == [(d.state, d.reason) for d in map(decide, some)]


@lawful
@given(worlds(), devices())
def test_the_explanation_ends_with_the_decision(world: World, device: Device) -> None:
    access = model(world)
    answers = list(access.explain(device))
    assert [step.name for step in STEPS[: len(answers)]] == [step.name for step, _ in answers]
    assert all(isinstance(answer, str) and answer for _, answer in answers[:-1])
    assert access.decide(device) == answers[-1][1]


@lawful
@given(worlds(), classes())
def test_every_class_gets_exactly_one_state(world: World, device_class: DeviceClass) -> None:
    access = model(world)
    decision = access.decide_class(device_class)
    assert by_rules(world, device_class) == (decision.state, decision.reason)
    assert decision.state in STATES
    assert decision == access.decide_class(device_class) == model(world).decide_class(device_class)


@lawful
@given(worlds(), classes())
def test_a_decision_is_disputed_where_rules_of_different_levels_match(world: World, device_class: DeviceClass) -> None:
    decision = model(world).decide_class(device_class)
    matching = levels(world.state, device_class)
    assert (len(set(matching)) > 1) == decision.disputed
    assert Counter(matching) == Counter(rule.text("AccessLevel") for rule in decision.matched)
    if decision.matched:
        assert decision.decided_by is decision.matched[0]
    assert not decision.disputed or decision.notes


@lawful
@given(worlds(), devices())
def test_what_is_not_decided_says_where_to_look(world: World, device: Device) -> None:
    decision = model(world).decide(device)
    assert decision.state is not None or decision.notes
    assert decision.state is None or decision.reason or decision.step in ("service", "mailbox-switch")


@lawful
@given(worlds(), devices())
def test_case_makes_no_difference(world: World, device: Device) -> None:

    shouted = device._replace(
        device_id=device.device_id.upper(),
        device_class=tuple(value and value.upper() for value in device.device_class),  # type: ignore[arg-type]
    )
    access = model(world)
    assert access.decide(device) == access.decide(shouted)


EVERY_VALUE = [(*dict.fromkeys(map(fold, VALUES[name])), "another", None) for name in CHARACTERISTICS]
EVERY_CLASS: list[DeviceClass] = list(product(*EVERY_VALUE))  # type: ignore[arg-type]


@settings(max_examples=examples(25))
@given(worlds(), worlds())
def test_the_classes_of_a_simulation_stand_for_every_device(live: World, desired: World) -> None:
    everything = [
        Device(device_id=str(number), mailbox=None, device_class=values, client_version="16.1")
        for number, values in enumerate(EVERY_CLASS)
    ]
    one, other = model(live), model(desired)
    simulation = simulate(one, other, everything)
    assert len(everything) == sum(access.devices for access in simulation.classes)
    assert len(simulation.classes) == len({access.device_class for access in simulation.classes})
    named = [
        {fold(rule.text("QueryString")) for world in (live, desired) for rule in (world.state.rules or {}).values()
         if rule.text("Characteristic") == characteristic}
        for characteristic in CHARACTERISTICS
    ]  # fmt: skip
    brute: Counter[tuple[str | None, ...]] = Counter()
    for values in EVERY_CLASS:
        known = tuple(v if v is not None and fold(v) in names else None for v, names in zip(values, named, strict=True))
        brute[tuple(v and fold(v) for v in known)] += 1
    for access in simulation.classes:
        key = tuple(value and fold(value) for value in access.device_class)
        assert brute[key] == access.devices
        assert access.live is not None
        assert by_rules(live, access.device_class)[0] == access.live.state
        assert by_rules(desired, access.device_class)[0] == access.desired.state


@settings(max_examples=examples(60))
@given(worlds(), worlds(), st.lists(devices(), max_size=12))
def test_the_counts_of_a_simulation_add_up(live: World, desired: World, some: list[Device]) -> None:
    simulation = simulate(model(live), model(desired), some)
    assert Counter(some) == Counter(access.device for access in simulation.devices)
    changed = [access for access in simulation.devices if access.changed]
    counts = transitions(simulation.cohorts)
    assert len(changed) == counts.total()
    for access in simulation.devices:
        assert isinstance(access.live, Decision)
        before, after = outcome(live, access.device), outcome(desired, access.device)
        assert not (access.changed and before[0] == after[0] and before[0] is not None)
        assert access.changed or before[0] == after[0]
    assert len(some) == sum(access.devices for access in simulation.classes)
    order = [(not access.changed, -access.devices) for access in simulation.classes]
    assert sorted(order) == order


@settings(max_examples=examples(50))
@given(worlds(), st.lists(devices(), max_size=6))
def test_nothing_changes_between_a_world_and_itself(world: World, some: list[Device]) -> None:
    simulation = simulate(model(world), model(world), some)
    assert not any(access.changed for access in simulation.devices)
    assert not any(access.changed for access in simulation.classes)
    assert all(access.live is None for access in simulate(None, model(world), some).devices)


@lawful
@given(worlds(), st.lists(devices(), max_size=12))
def test_equal_requests_get_equal_decisions(world: World, some: list[Device]) -> None:
    access = model(world)
    decided = [access.decide(device) for device in some]
    assert [model(world).decide(device) for device in some] == decided
    outcomes = {access.request(device): decision for device, decision in zip(some, decided, strict=True)}
    for device, decision in zip(some, decided, strict=True):
        assert outcomes[access.request(device)]._replace(decided_by=None) == decision._replace(decided_by=None)


@lawful
@given(worlds(), worlds(), st.lists(devices(), max_size=12))
def test_a_cohort_is_devices_of_equal_requests(one: World, other: World, some: list[Device]) -> None:
    models = (model(one), model(other))
    asked = Counter(tuple(access.request(device) for access in models) for device in some)
    found: Counter[object] = Counter()
    for cohort in cohorts_of(some, models).cohorts:
        found[tuple(access.request(cohort.representative) for access in models)] += cohort.size
    assert asked == found
