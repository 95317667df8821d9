"""Law 7: rules that are said to change nothing change nothing, and every other one changes something."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.analysis.compare import compare
from policylint.analysis.redundant import overridden_rules, redundant_rules, without
from policylint.model.device import CHARACTERISTICS
from tests.examples import examples
from tests.strategies import World, classes, worlds

lawful = settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@lawful
@given(worlds())
def test_what_can_go_is_what_no_device_would_miss(world: World) -> None:
    model = AccessModel(world.state, world.facts)
    found = redundant_rules(model)
    assert not compare(model, without(model, found)).regions
    organization = world.state.organization
    if organization is None or not organization.text("DefaultAccessLevel"):
        assert () == found
        return
    for rule in (world.state.rules or {}).values():
        if rule.text("Characteristic") in CHARACTERISTICS:
            assert (rule in found) == (not compare(model, without(model, [rule])).regions)


@lawful
@given(worlds(), st.lists(st.tuples(classes(), st.integers(1, 5)), max_size=12))
def test_an_overridden_rule_matches_and_never_decides(world: World, seen: list) -> None:  # type: ignore[type-arg]
    model = AccessModel(world.state, world.facts)
    found = {each.rule.key: each for each in overridden_rules(model, seen)}
    for rule in (world.state.rules or {}).values():
        matching = [(each, number) for each, number in seen if rule in model.rules.matching(each)]
        never = all(model.decide_class(each).decided_by is not rule for each, _ in matching)
        assert (rule.key in found) == (bool(matching) and never)
        if rule.key in found:
            assert sum(number for _, number in matching) == found[rule.key].devices
