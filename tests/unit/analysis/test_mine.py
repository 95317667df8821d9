"""Which values become rules, and which of them can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from policylint.analysis.kinds import Kind, needed
from policylint.analysis.mine import Known, choose
from policylint.devices.query_forms import CONSTANT_AGENTS, VERSIONED, is_versioned
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.access.decision import AccessState
    from policylint.analysis.redundant import Value
    from policylint.model.device import DeviceClass

A, B, C = ((0, "a"), (1, "b"), (2, "c"))
PURE: Mapping[Value, AccessState] = {A: "Allowed", B: "Allowed", C: "Allowed"}
MODEL: Mapping[Value, AccessState] = {A: "Allowed", B: "Blocked"}


@pytest.mark.parametrize(
    ("rules", "kinds", "expected"),
    [
        pytest.param(PURE, [Kind((A, B), "Allowed", 1)], [A], id="one-is-enough"),
        pytest.param(
            PURE,
            [Kind((A, B), "Allowed", 1), Kind((B, C), "Allowed", 1), Kind((C,), "Allowed", 1)],
            [A, C],
            id="middle",
        ),
        pytest.param(PURE, [], [], id="nothing-shows-it"),
        pytest.param(PURE, [Kind((A,), "Allowed", 1), Kind((B,), "Allowed", 1)], [A, B], id="both"),
        pytest.param(MODEL, [Kind((A, B), "Blocked", 1)], [B], id="a-rule-of-exceptions-alone"),
        pytest.param(MODEL, [Kind((A, B), "Blocked", 1), Kind((A,), "Allowed", 1)], [A, B], id="an-exception"),
        pytest.param(MODEL, [Kind((A,), "Quarantined", 1)], [], id="what-is-wrong-does-not-count"),
        pytest.param(
            {A: "Allowed", B: "Quarantined"},
            [Kind((A, B), "Quarantined", 1)],
            [],
            id="an-exception-of-a-rule-that-goes",
        ),
    ],
)
def test_what_can_be_left_out(rules: Mapping[Value, AccessState], kinds: list[Kind], expected: list[Value]) -> None:
    assert expected == [*needed(rules, kinds, "Quarantined")]


@pytest.mark.parametrize(
    ("characteristic", "text", "expected"),
    [
        ("DeviceOS", "iOS 17.4 21E219", True),
        ("DeviceOS", "Android", False),
        ("UserAgent", "outlook-ios/2.0", False),
        ("UserAgent", "Apple-iPhone14C2/2105.219", True),
        ("DeviceModel", "iPhone14C2", False),
        ("DeviceType", "WP8", False),
    ],
)
def test_what_the_next_update_changes(characteristic: str, text: str, expected: bool) -> None:
    assert expected is is_versioned(characteristic, text)


def test_lint_calls_the_same_values_versions() -> None:
    path = ROOT / "rules" / "device-access-rules" / "version-pinned-rule" / "rule.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))["params"]
    assert frozenset(params["characteristics"]) == VERSIONED
    assert frozenset(params["constant"]) == CONSTANT_AGENTS


ALIKE: dict[DeviceClass, Known] = {
    ("t", "m", "o", "u"): Known("Allowed", 3),
    (None, None, None, None): Known("Blocked", 9),
}


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ((), "DeviceType"),
        (("UserAgent",), "UserAgent"),
        (("DeviceOS", "DeviceModel"), "DeviceOS"),
        (("DeviceModel", "DeviceModel"), "DeviceModel"),
    ],
)
def test_the_preferred_characteristic_where_all_are_as_good(prefer: tuple[str, ...], expected: str) -> None:
    assert [expected] == [choice.characteristic for choice in choose(ALIKE, "Quarantined", prefer=prefer)]


@pytest.mark.parametrize(("budget", "expected"), [(0, []), (1, ["many"]), (2, ["few", "many"]), (9, ["few", "many"])])
def test_a_budget_takes_those_of_most_devices(budget: int, expected: list[str]) -> None:
    classes: dict[DeviceClass, Known] = {
        ("few", "x", None, None): Known("Allowed", 2),
        ("few", "y", None, None): Known("Allowed", 2),
        ("many", "z", None, None): Known("Allowed", 5),
    }
    assert expected == [choice.text for choice in choose(classes, "Quarantined", budget=budget)]


def test_what_no_rule_can_hold_is_no_choice() -> None:
    chosen = choose(ALIKE, "Quarantined", sayable=lambda text: text != "t")
    assert ["m"] == [choice.text for choice in chosen]


def test_what_is_not_known_today_is_no_choice() -> None:
    assert () == choose({("t", None, None, None): Known(None, 1)}, "Quarantined")
