"""A step in words, as the table of a script has it beside the data."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.plan.part import parts_of
from policylint.plan.planfile import plan_of
from policylint.render.step_words import step_words
from tests.powershell import scenes
from tests.powershell.scenes import change, plan, step
from tests.worlds import STORE

IDS = change("ActiveSyncAllowedDeviceIDs", "strings", ["DEVICE1", "OLD1"], ["device1", "NEW1", "NEW2"])
LEVEL = change("AccessLevel", "enum", "Allow", "Quarantine")
RULE = {"Characteristic": "DeviceModel", "QueryString": "Caf\u00e9 \u2019\n\u001b"}
KEY = [change(name, "string", None, value) for name, value in RULE.items()]
GONE = [change(name, "string", value, None) for name, value in RULE.items()]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            step("update", "mailbox", scenes.JOHN, IDS) | {"opens": 2, "closes": 1200},
            '"john.doe@contoso.com": ActiveSyncAllowedDeviceIDs +"NEW1" +"NEW2" -"OLD1" (lets 2 in, keeps 1,200 out)',
        ),
        (
            step(
                "update",
                "organization",
                {},
                LEVEL | {"property": "DefaultAccessLevel"},
                scenes.change("UserMailInsert", "string", None, "Wait"),
            ),
            'DefaultAccessLevel "Allow" -> "Quarantine", UserMailInsert null -> "Wait"',
        ),
        (
            step("create", "deviceAccessRule", RULE, *KEY, change("AccessLevel", "enum", None, "Block"))
            | {"closes": 1},
            '"Caf\\u00e9 \\u2019\\n\\u001b": AccessLevel "Block" (keeps 1 out)',
        ),
        (
            step("delete", "deviceAccessRule", RULE, *GONE, change("AccessLevel", "enum", "Block", None)),
            '"Caf\\u00e9 \\u2019\\n\\u001b": AccessLevel was "Block"',
        ),
        (
            step("create", "mobileDeviceMailboxPolicy", scenes.STAFF, *scenes.staff_values()),
            '"Staff": IsDefault false, PasswordEnabled true, '
            'MaxEmailAgeFilter "OneWeek", PasswordExpiration "90.00:00:00"',
        ),
        (
            step("delete", "mobileDeviceMailboxPolicy", scenes.KIOSK, *scenes.kiosk_values()),
            '"Kiosk": with its 6 settings',
        ),
    ],
)
def test_words(made: dict[str, Any], expected: str) -> None:
    (found,) = plan_of(plan(made)).steps
    assert expected == step_words(found, STORE)


@pytest.mark.parametrize(
    ("steps", "most", "expected"),
    [
        (0, 5, [(1, 1, 0, 0)]),
        (5, 5, [(1, 1, 0, 5)]),
        (6, 5, [(1, 2, 0, 5), (2, 2, 5, 6)]),
        (11, 4, [(1, 3, 0, 4), (2, 3, 4, 8), (3, 3, 8, 11)]),
    ],
)
def test_parts_are_slices_of_the_plan(steps: int, most: int, expected: list[tuple[int, ...]]) -> None:
    assert expected == [tuple(part) for part in parts_of(steps, most)]
