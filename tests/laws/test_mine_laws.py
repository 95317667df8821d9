"""Mined rules give every device what it has, under both readings of which rule decides, and none can be left out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import chain, combinations, product
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import example, given
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.rule_index import STRICTNESS
from policylint.analysis.kinds import MOST_LISTED
from policylint.analysis.mine import Choice, Known, choose, values_of
from policylint.desired.overlay import overlay
from policylint.devices.query_forms import is_versioned
from policylint.model.device import CHARACTERISTICS
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import MAILBOX, ORGANIZATION, RULE, State
from policylint.project.mine import mine
from policylint.project.project import Project
from policylint.text import fold
from tests.strategies import LEVELS, World, devices, rules, worlds
from tests.texts import LIVE, TODAY, TextFiles, shared
from tests.worlds import STORE, bind, entity, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from random import Random

    from policylint.access.decision import AccessState
    from policylint.analysis.kinds import Rules
    from policylint.analysis.redundant import Value
    from policylint.importing.mined import Mined
    from policylint.model.device import Device, DeviceClass

STATES: tuple[AccessState, ...] = ("Allowed", "Quarantined", "Blocked")


@st.composite
def whole_worlds(draw: st.DrawFn) -> World:
    """Return a small configuration whose rules and default are known."""
    world = draw(worlds())
    organization = entity(ORGANIZATION, DefaultAccessLevel=draw(st.sampled_from(LEVELS)))
    known = world.state.rules if world.state.rules is not None else draw(rules())
    state = world.state.with_kind(ORGANIZATION, {organization.key: organization}).with_kind(RULE, known)
    return World(state, world.facts)


def project(world: World, found: Iterable[Device]) -> Project:
    """Return the project of a live state with some devices."""
    facts = world.facts
    settings = (
        f"version: 1\nedition: {facts.edition}\nprecedence: {facts.precedence}\n"
        f"outside: {{conditional-access-covers-outlook-mobile: {str(facts.conditional_access).lower()}}}\n"
    )
    header = Header(facts.edition, None, None, None, "2026-11-23T08:00:00Z", "0", redacted=False)
    there = Snapshot(LIVE, "", header, world.state, DeviceTable(found), {})
    files = TextFiles({"policylint.yaml": settings})
    return Project(files, shared(), now=lambda: TODAY, live=lambda: there)


def model_of(mined: Mined, live: AccessModel, state: State | None = None) -> AccessModel:
    """Return who gets in by the text that was mined."""
    declared = bind(mined.text).state if state is None else state
    return AccessModel(overlay(declared, live.state, {}, STORE).state, live.facts)


def outcomes(model: AccessModel, found: Iterable[Device]) -> list[tuple[str | None, str]]:
    """Return what devices get, as far as they can tell."""
    decisions = [model.decide(device) for device in found]
    return [(each.state, "" if each.state else each.step) for each in decisions]


@st.composite
def mines(draw: st.DrawFn) -> tuple[list[Device], AccessModel, Mined]:
    """Return devices, who gets in live, and what is mined, under a default that is as strict as the live one."""
    world, found = draw(whole_worlds()), draw(st.lists(devices(), max_size=12))
    there = project(world, found)
    live = there.live_model
    assert live is not None
    assert live.state.organization is not None
    least = STRICTNESS[live.state.organization.text("DefaultAccessLevel")]
    default = draw(st.sampled_from([level for level in LEVELS if STRICTNESS[level] >= least]))
    budget = draw(st.sampled_from((None, None, 0, 1)))
    mined = mine(there, default, budget=budget)
    assert budget is None or len(mined.rules) <= budget
    return found, live, mined


@given(mines())
def test_every_device_keeps_what_it_has_under_both_readings(case: tuple[list[Device], AccessModel, Mined]) -> None:
    found, live, mined = case
    assert [] == read(mined.text).lines
    model = model_of(mined, live)
    before, after = outcomes(live, found), outcomes(model, found)
    changed = [device for device, one, other in zip(found, before, after, strict=True) if one != other]
    assert Counter(changed) == Counter(change.device for change in mined.changes)
    assert all(change.why for change in mined.changes)
    assert after == outcomes(model.with_other_precedence(), found)
    assert len(found) == mined.devices


@given(mines())
def test_no_rule_and_no_entry_can_be_left_out(case: tuple[list[Device], AccessModel, Mined]) -> None:
    found, live, mined = case
    declared = bind(mined.text).state
    found += [device._replace(device_class=each) for device in found for each in updated(device.device_class)]

    def outcomes_of(state: State) -> list[object]:
        model = model_of(mined, live, state)
        return [outcomes(model, found), outcomes(model.with_other_precedence(), found)]

    whole = outcomes_of(declared)
    for rule in mined.rules:
        fewer = {key: each for key, each in declared.of_kind(RULE).items() if key != rule.entity.key}
        assert whole != outcomes_of(declared.with_kind(RULE, fewer))
    for key in declared.of_kind(MAILBOX):
        rest = {each: mailbox for each, mailbox in declared.of_kind(MAILBOX).items() if each != key}
        assert whole != outcomes_of(declared.with_kind(MAILBOX, rest))


@given(mines())
def test_no_update_of_a_device_gives_it_more_than_it_has(case: tuple[list[Device], AccessModel, Mined]) -> None:
    found, live, mined = case
    for model in (model_of(mined, live), model_of(mined, live).with_other_precedence()):
        for device in found:
            before = model.decide(device)
            for each in updated(device.device_class):
                after = model.decide(device._replace(device_class=each))
                if before.state and after.state and after.step != "default":
                    assert STATES.index(before.state) <= STATES.index(after.state)


def said(mined: Mined) -> tuple[Mined, object]:
    """Return what is mined, and of its changes what has no node of a text in it."""
    changes = [(each.device, each.live.state, each.mined.state, each.why) for each in mined.changes]
    return mined._replace(changes=()), changes


@given(whole_worlds(), st.lists(devices(), max_size=8), st.randoms())
def test_the_order_of_devices_makes_no_difference(world: World, found: list[Device], random: Random) -> None:
    one = said(mine(project(world, found), "Block"))
    random.shuffle(found)
    assert one == said(mine(project(world, found), "Block"))


TEXTS = (("a", "b", None), ("c", "d", None), ("e 1", None), ("f", None))
VALUES = [(place, fold(text)) for place, texts in enumerate(TEXTS) for text in texts if text]
COSTS = {value: 2 if is_versioned(CHARACTERISTICS[value[0]], value[1]) else 1 for value in VALUES}
DEFAULT: AccessState = "Quarantined"

Classes: TypeAlias = "dict[DeviceClass, Known]"


def small_classes() -> st.SearchStrategy[Classes]:
    """Return classes of devices over few values, each with what it has and how many devices it has."""
    known = st.builds(Known, st.sampled_from(STATES), st.integers(1, 4))
    return st.dictionaries(st.tuples(*map(st.sampled_from, TEXTS)), known, max_size=14)


def updated(each: DeviceClass) -> Iterator[DeviceClass]:
    """Yield a class without some of its versions, each selection of them."""
    kept = [
        (text, None) if text and is_versioned(CHARACTERISTICS[place], text) else (text,)
        for place, text in enumerate(each)
    ]
    yield from product(kept[0], kept[1], kept[2], kept[3])


def readings(levels: Sequence[AccessState | None]) -> set[AccessState]:
    """Return what rules of levels by characteristic give a device under both readings, nothing if there are none."""
    there = [level for level in levels if level]
    return {there[-1], max(there, key=STATES.index)} if there else set()


def verdict(each: DeviceClass, wanted: AccessState, levels: Sequence[AccessState | None]) -> str:
    """Return whether rules on the values of a class keep what it has, match none of it, or change it."""
    if not any(levels):
        return "kept" if wanted == DEFAULT else "unmatched"
    for now in updated(each):
        states = readings([level if text else None for text, level in zip(now, levels, strict=True)])
        if any(STATES.index(state) < STATES.index(wanted) for state in states):
            return "changed"
    return "kept" if readings(levels) == {wanted} else "changed"


def prices(classes: Classes, listable: Iterable[DeviceClass]) -> Callable[[Rules], tuple[float, int]]:
    """Return what says how many devices some rules lose, endlessly many where they do not do, and what they cost."""
    tables = []
    for each, known in classes.items():
        assert known.state is not None
        own = [value for value in values_of(each) if value in VALUES]
        table: dict[tuple[AccessState | None, ...], tuple[float, int]] = {}
        for levels in product((None, *STATES), repeat=len(own)):
            levels_of = dict(zip(own, levels, strict=True))
            by_place = [levels_of.get((place, fold(text or ""))) for place, text in enumerate(each)]
            said = verdict(each, known.state, by_place)
            if said == "kept":
                table[levels] = (0, 0)
            elif each in listable and known.devices <= MOST_LISTED:
                table[levels] = (0, 2 * known.devices)
            else:
                table[levels] = (known.devices if said == "unmatched" else inf, 0)
        tables.append((own, table))

    def price(rules: Rules) -> tuple[float, int]:
        found = [table[tuple(rules.get(value) for value in own)] for own, table in tables]
        return sum(lost for lost, _ in found), sum(COSTS[value] for value in rules) + sum(cost for _, cost in found)

    return price


def every_choice(classes: Classes) -> Iterator[Rules]:
    """Yield all sets of rules on values that devices show."""
    values = sorted(set(chain.from_iterable(map(values_of, classes))))
    for levels in product((None, *STATES), repeat=len(values)):
        yield {value: level for value, level in zip(values, levels, strict=True) if level}


def as_rules(choices: Iterable[Choice]) -> Rules:
    return {choice.value: choice.state for choice in choices}


EXCEPTION: Classes = {
    ("a", "c", None, None): Known("Blocked", 1),
    ("a", "d", None, None): Known("Allowed", 1),
    ("a", None, "e 1", None): Known("Allowed", 1),
    ("a", None, None, "f"): Known("Quarantined", 1),
}


@given(small_classes(), st.sets(st.integers(0, 13)))
@example(EXCEPTION, set())
@example(EXCEPTION, {0})
def test_the_choice_is_the_cheapest_of_all(classes: Classes, numbers: set[int]) -> None:
    listable = [each for number, each in enumerate(classes) if number in numbers]
    able = {values_of(each) for each in listable}
    chosen = choose(classes, DEFAULT, listable=lambda which: able.intersection(which))
    price = prices(classes, listable)
    assert min(map(price, every_choice(classes))) == price(as_rules(chosen))


def pure_optimum(classes: Classes) -> tuple[Rules, int]:
    """Return the cheapest rules on pure values that cover what can be, and the most classes that one value covers."""
    states: dict[Value, set[AccessState | None]] = {
        value: {known.state for each, known in classes.items() if value in values_of(each)} for value in VALUES
    }
    pure = {value: state for value, found in states.items() for state in STATES if found == {state} != {DEFAULT}}
    price = prices(classes, ())
    choices: Iterable[Rules] = (
        {value: pure[value] for value in choice}
        for choice in chain.from_iterable(combinations(pure, size) for size in range(len(pure) + 1))
    )
    best = min(choices, key=price)
    return best, max((sum(value in values_of(each) for each in classes) for value in pure), default=0)


@given(small_classes())
@example(EXCEPTION)
@example({(None, "c", "e 1", None): Known("Allowed", 1), (None, "d", "e 1", None): Known("Allowed", 1)})
def test_without_a_search_the_choice_is_within_the_bound_of_the_cheapest_pure_one(classes: Classes) -> None:
    price = prices(classes, ())
    cheapest, most = pure_optimum(classes)
    lost, cost = price(cheapest)
    bound = sum((Fraction(1, number) for number in range(1, most + 1)), Fraction(0))
    assert price(as_rules(choose(classes, DEFAULT, looks=0))) <= (lost, bound * cost)
