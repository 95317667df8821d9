"""Entries with `matches`: the rules they make are those of the known values that they name, and no others."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from policylint.model.lock import LOCK_NAME
from policylint.text import fold
from tests.sealed import seal
from tests.texts import CONFIG, LIVE, project, shared

if TYPE_CHECKING:
    from policylint.project.project import Project

FAMILIES = ("Android", "iOS", "Tizen")
SIGNS = ("<", "<=", ">", ">=", "")
NUMBERS = st.lists(st.integers(0, 15), min_size=1, max_size=3)


class Value(NamedTuple):
    """A value of a DeviceOS: its family and its numbers, none where there is no telling them."""

    text: str
    family: str
    numbers: tuple[int, ...] = ()


def dotted(numbers: tuple[int, ...] | list[int]) -> str:
    return ".".join(map(str, numbers))


@st.composite
def values(draw: st.DrawFn) -> Value:
    family = draw(st.sampled_from(FAMILIES))
    numbers = tuple(draw(NUMBERS))
    odd = draw(
        st.sampled_from(("", " 1x", " Summer", " 9 or 10", " 9 or v10", " 9 (10)", " 9 x/10", "TV 9", " 9+", " <9"))
    )
    if draw(st.booleans()):
        return Value(f"{family}{odd}", family)
    return Value(f"{family} {dotted(numbers)}{draw(st.sampled_from(('', ' 21E219')))}", family, numbers)


def is_named(value: Value, family: str, comparisons: list[tuple[str, list[int]]]) -> bool:
    """Return whether a value is in a range, compared part by part from the left, by another way than policylint."""
    if value.family != family or not value.numbers:
        return False
    for sign, limit in comparisons:
        order = 0
        for mine, other in list(zip_longest(value.numbers, limit, fillvalue=0))[: len(limit)]:
            order = order or mine - other
        wanted = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "": order == 0}
        if not wanted[sign]:
            return False
    return True


def catalog_values() -> set[str]:
    """Return the values of the catalog, of which the tests know the numbers by hand."""
    return {row[2] for row in shared().catalog if row[2] is not None}


CATALOG = {
    text: Value(text, text.partition(" ")[0], tuple(map(int, text.split()[1].split("."))) if " " in text else ())
    for text in catalog_values()
}


def made(policy: str, seen: list[Value], locked: list[Value], entry: str) -> Project:
    devices = [
        {"mailbox": "a@contoso.com", "DeviceId": f"ID{number}", "DeviceType": "Any", "DeviceOS": value.text}
        for number, value in enumerate(seen)
    ]
    lines = "".join(f"      - {value.text!r}\n" for value in locked)
    lock = f"version: 1\ndeviceAccessRules:\n  - {entry}\n    values:\n{lines}" if locked else "version: 1\n"
    return project({CONFIG: "version: 1", "policy.yaml": policy, LIVE: seal(devices=devices), LOCK_NAME: lock})


@given(
    seen=st.lists(values(), max_size=8),
    locked=st.lists(values(), max_size=4),
    family=st.sampled_from(FAMILIES),
    comparisons=st.lists(st.tuples(st.sampled_from(SIGNS), NUMBERS), min_size=1, max_size=2),
)
def test_a_range_makes_a_rule_of_each_known_value_that_it_names_and_of_no_other(
    seen: list[Value], locked: list[Value], family: str, comparisons: list[tuple[str, list[int]]]
) -> None:
    words = ", ".join(f"{sign}{dotted(limit)}" for sign, limit in comparisons)
    entry = f'Characteristic: DeviceOS\n    AccessLevel: Block\n    matches: {{family: {family}, version: "{words}"}}'
    head = "organization: {DefaultAccessLevel: Allow}\n"
    done = made(f"{head}deviceAccessRules:\n  - {entry}\n", seen, locked, entry)
    rules = (done.policy.state.rules or {}).values()
    known = {fold(value.text): value for value in (*CATALOG.values(), *seen, *locked)}
    named = {key for key, value in known.items() if is_named(value, family, comparisons)}
    assert named == {fold(rule.text("QueryString")) for rule in rules}
    listed = {fold(each.value) for found in done.policy.expansions for each in found.listed}
    assert not listed & named
    without = made(f"{head}deviceAccessRules: []\n", seen, [], entry)
    for device in done.required_snapshot.devices:
        after, before = done.desired_model.decide(device), without.desired_model.decide(device)
        assert ("Blocked" if fold(str(device.device_class[2])) in named else before.state) == after.state
