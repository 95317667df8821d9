"""The devices and mailboxes that somebody names, in the forms that people have in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.errors import FileError
from policylint.project.lookup import find_devices, find_mailbox
from tests.texts import LIVE, project
from tests.worlds import sealed

if TYPE_CHECKING:
    from policylint.project.project import Project

ANN, BOB, MARY = "ann.lee@contoso.com", "bob.ray@contoso.com", "mary.major@contoso.com"
GUID_ID = "5B4EAC0F4E5336138354D81AA63878C1"
POLICY = f"""
organization: {{DefaultAccessLevel: Quarantine}}
mailboxes:
- {{Identity: {ANN}}}
- {{Identity: {BOB}}}
- {{Identity: {MARY}, ActiveSyncBlockedDeviceIDs: [LOSTLOST1]}}
"""


def row(mailbox: str | None, device_id: str, **facts: Any) -> dict[str, Any]:
    return {"mailbox": mailbox, "DeviceId": device_id, "Guid": f"guid-{device_id}", "DeviceType": "iPhone", **facts}


DEVICES = (
    row(ANN, GUID_ID),
    row(BOB, "ApplDQ7ABCDE"),
    row(None, "NOBODYS1"),
    row(ANN, "SHARED1"),
    row(BOB, "SHARED1"),
)


@pytest.fixture(scope="module")
def shop() -> Project:
    return project({"policy/a.yaml": POLICY, LIVE: sealed(POLICY, DEVICES)})


def found(shop: Project, device_id: str | None, mailbox: str | None = None) -> list[tuple[str, str]]:
    return [(device.owner, device.device_id) for device in find_devices(shop, device_id, mailbox, {})]


def problem(shop: Project, device_id: str | None, mailbox: str | None = None) -> tuple[str, str | None]:
    with pytest.raises(FileError) as raised:
        find_devices(shop, device_id, mailbox, {})
    return raised.value.message, raised.value.help


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GUID_ID.lower(), id="case"),
        pytest.param("5b4eac0f-4e53-3613-8354-d81aa63878c1", id="dashes"),
        pytest.param("{5B4EAC0F-4E53-3613-8354-D81AA63878C1}", id="braces"),
        pytest.param(f" {GUID_ID} ", id="spaces"),
        pytest.param(f"ann.lee\\ExchangeActiveSyncDevices\\EAS§iPhone§{GUID_ID}", id="identity"),
        pytest.param(f"contoso.com/Users/ann.lee/ExchangeActiveSyncDevices/EAS§iPhone§{GUID_ID}", id="slashes"),
        pytest.param(f"guid-{GUID_ID}", id="GUID"),
    ],
)
def test_an_id_in_any_form_finds_the_device(shop: Project, text: str) -> None:
    assert [(ANN, GUID_ID)] == found(shop, text)
    assert [(ANN, GUID_ID)] == found(shop, text, ANN)


@pytest.mark.parametrize("asked", ["ApplDQ7ABCDE", "appldq7abcde", "Appl-DQ7-ABCDE"])
def test_the_device_of_another_mailbox_says_whose_it_is(shop: Project, asked: str) -> None:
    message, hint = problem(shop, asked, ANN)
    assert f"no device `{asked}` of {ANN} in {LIVE}" == message
    command = f"`policylint why ApplDQ7ABCDE --mailbox {BOB}`"
    assert f"it is a device of {BOB}: {command} shows it" == hint


def test_the_device_of_several_other_mailboxes(shop: Project) -> None:
    _, hint = problem(shop, "SHARED1", MARY)
    assert hint is not None
    assert f"it is a device of {ANN} and {BOB}: " in hint


def test_the_device_of_an_unknown_owner(shop: Project) -> None:
    _, hint = problem(shop, "NOBODYS1", ANN)
    assert "it is a device of unknown owner: `policylint why NOBODYS1` shows it" == hint


def test_a_device_of_two_mailboxes_is_found_in_both(shop: Project) -> None:
    assert [(ANN, "SHARED1"), (BOB, "SHARED1")] == found(shop, "SHARED1")
    assert [(BOB, "SHARED1")] == found(shop, "SHARED1", BOB)


def test_a_near_id_is_suggested_with_its_owner_and_never_the_one_asked(shop: Project) -> None:
    assert f"did you mean `ApplDQ7ABCDE` of {BOB}?" == problem(shop, "ApplDQ7ABCDF")[1]
    assert "it has not synced, or the snapshot is old" == problem(shop, "ZZZZ")[1]


@pytest.mark.parametrize("address", [BOB, BOB.upper(), "bob.ray"])
def test_an_address_given_as_a_device_is_the_mailbox(shop: Project, address: str) -> None:
    assert [(BOB, "ApplDQ7ABCDE"), (BOB, "SHARED1")] == found(shop, address)


def test_an_unknown_address_given_as_a_device_is_an_unknown_mailbox(shop: Project) -> None:
    assert ("no mailbox `bob.rya@contoso.com` in the snapshot or the policy", f"did you mean `{BOB}`?") == problem(
        shop, "bob.rya@contoso.com"
    )


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("ann.lee@contso.com", ANN),
        ("ann.le@contoso.com", ANN),
        ("lee.ann@contoso.com", ANN),
        ("mary.mjor@contoso.com", MARY),
        ("ray.bob", BOB),
    ],
)
def test_a_mailbox_that_is_alike_is_suggested(shop: Project, asked: str, suggested: str) -> None:
    with pytest.raises(FileError) as raised:
        find_mailbox(shop, asked)
    assert f"did you mean `{suggested}`?" == raised.value.help


@pytest.mark.parametrize(
    "asked", ["dan.lee@contoso.com", "gary.minor@contoso.com", "x@contoso.com", "contoso.com", "@"]
)
def test_a_mailbox_that_is_not_alike_is_not_suggested(shop: Project, asked: str) -> None:
    with pytest.raises(FileError) as raised:
        find_mailbox(shop, asked)
    assert (
        raised.value.help == "check the address; a mailbox that is newer than the snapshot is not in it: export again"
    )


@pytest.mark.parametrize(("asked", "mailbox"), [("LOSTLOST1", None), ("lost-lost-1", MARY), ("LOSTLOST1", ANN)])
def test_an_id_that_is_only_on_a_list_is_said_to_be(shop: Project, asked: str, mailbox: str | None) -> None:
    assert (
        f"it is on ActiveSyncBlockedDeviceIDs of {MARY}, but no device with this ID has synced, or it was removed"
    ) == problem(shop, asked, mailbox)[1]
