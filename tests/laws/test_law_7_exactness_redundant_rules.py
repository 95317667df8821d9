"""Law 7: rules that are said to change nothing change nothing, and every other one changes something."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.analysis.compare import compare
from policylint.analysis.redundant import overridden_rules, redundant_rules, without
from policylint.model.device import CHARACTERISTICS
from policylint.project.edited import EditedProject
from policylint.project.minimize import minimize
from tests.examples import examples
from tests.strategies import World, classes, worlds
from tests.texts import CONFIG, LIVE, project
from tests.worlds import sealed

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


LEVELS = st.sampled_from(["Allow", "Block", "Quarantine"])
STRINGS = st.sampled_from(["iPod", "iPad", "IPAD"])


@st.composite
def rule_sections(draw: st.DrawFn) -> str:
    """Return rules, written and by `matches`, on few values, none written twice."""
    names = st.sampled_from(["DeviceType", "DeviceOS"])
    lines = {
        (name, query.upper()): f"- {{Characteristic: {name}, QueryString: {query}, AccessLevel: {draw(LEVELS)}}}\n"
        for name, query in draw(st.lists(st.tuples(names, STRINGS), max_size=3))
    }
    entries = [
        f"- {{Characteristic: {draw(names)}, matches: {{one-of: [{', '.join(some)}]}}, AccessLevel: {draw(LEVELS)}}}\n"
        for some in draw(st.lists(st.lists(STRINGS, min_size=1, max_size=2), max_size=3))
    ]
    return "".join([*lines.values(), *entries])


@settings(max_examples=examples(60), deadline=None)
@given(LEVELS, rule_sections(), rule_sections(), st.sampled_from(["exact", "owned", "additive"]))
def test_what_minimize_offers_can_go_alone_and_together(default: str, rules: str, live: str, mode: str) -> None:
    organization = f"organization: {{DefaultAccessLevel: {default}}}\ndeviceAccessRules:"
    written = "".join(line for line in live.splitlines(keepends=True) if "matches" not in line)
    files: dict[str, str | bytes] = {
        CONFIG: f"version: 1\nmanage: {{deviceAccessRules: {mode}}}\n",
        "a.yaml": f"{organization}\n{rules}" if rules else f"{organization} []\n",
        LIVE: sealed(f"{organization}\n{written}" if written else "{}"),
    }
    before = project(files)
    if not before.is_valid:
        return
    found = minimize(before)
    assert not found.proof.regions
    for each in found.removable:
        alone = EditedProject.without(before, [each.entry])
        assert not compare(before.desired_model, alone.desired_model).regions
