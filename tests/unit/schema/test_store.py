"""Settings as their schemas describe them: enumerations that an export shows by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.schema.store import Setting

NUMBERED = [
    (setting, number, member)
    for kind in STORE.object_types.values()
    for setting in kind.settings.values()
    for number, member in setting.numbers.items()
]


@pytest.mark.parametrize(
    ("setting", "number", "member"), NUMBERED, ids=[f"{setting.name}-{number}" for setting, number, _ in NUMBERED]
)
def test_a_number_is_the_name_it_stands_for(setting: Setting, number: str, member: str) -> None:
    assert member in setting.members
    assert member == setting.from_live(number) == setting.from_live(int(number)) == setting.from_live(member.lower())
    assert setting.same(setting.from_live(number), member)


def test_every_enumeration_with_numbers_has_all_of_them() -> None:
    named = {setting.name: set(setting.numbers.values()) for setting, _, _ in NUMBERED}
    assert 9 == len(named)
    settings = {name: each for kind in STORE.object_types.values() for name, each in kind.settings.items()}
    assert named == {name: set(settings[name].members) for name in named}


def test_an_unknown_number_is_kept_as_it_is() -> None:
    assert "9" == STORE.object_type("mobileDeviceMailboxPolicy").settings["AllowBluetooth"].from_live(9)
    assert "3" == STORE.object_type("deviceAccessRule").settings["AccessLevel"].from_live("3")


LEVELS = ("Allow", "Block", "Quarantine")


@pytest.mark.parametrize(
    ("kind", "name", "members"),
    [
        ("organization", "DefaultAccessLevel", LEVELS),
        ("deviceAccessRule", "AccessLevel", LEVELS),
        (
            "deviceAccessRule",
            "Characteristic",
            ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent", "XMSWLHeader"),
        ),
    ],
)
def test_servers_show_levels_and_characteristics_by_number(kind: str, name: str, members: tuple[str, ...]) -> None:
    setting = STORE.object_type(kind).settings[name]
    assert members == tuple(map(setting.from_live, range(len(members))))
