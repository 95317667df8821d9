"""What lint does with much: the work grows with the size, messages do not."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from policylint.lint.suppress import MOST_NAMES
from policylint.source import Source
from tests.rules.harness import project_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.project.project import Project

SMALL = 60
TIMES = 4
LONGEST_MESSAGE = 2000

Declared = dict[str, Any]
World = tuple[Declared, Declared]


def id_of(number: int) -> str:
    return f"{number * 7919:032X}"


def device(number: int, mailbox: str = "ann@contoso.com", **facts: str) -> Declared:
    return {"mailbox": mailbox, "DeviceId": id_of(number), "ClientType": "EAS", "DeviceType": "iPhone", **facts}


def blocked(name: str, *ids: str) -> Declared:
    return {"Identity": name, "ActiveSyncBlockedDeviceIDs": list(ids)}


def users(number: int, name: str = "u") -> list[str]:
    return [f"{name}{each}@contoso.com" for each in range(number)]


def mailboxes(*names: str, **settings: Any) -> list[Declared]:
    return [{"PrimarySmtpAddress": name, **settings} for name in names]


def many_ids(number: int) -> World:
    """Return a mailbox with many IDs that no device has."""
    ids = [id_of(each + 10**6) for each in range(number)]
    return {"mailboxes": [blocked("ann@contoso.com", *ids)]}, {
        "devices": [device(1)],
        "mailboxes": mailboxes("ann@contoso.com"),
    }


def ids_in_other_form(number: int) -> World:
    declared, live = many_ids(number)
    (mailbox,) = declared["mailboxes"]
    return {"mailboxes": [blocked(mailbox["Identity"], *(f"-{each}" for each in mailbox[LIST]))]}, live


LIST = "ActiveSyncBlockedDeviceIDs"


def addresses_as_ids(number: int) -> World:
    devices = [device(each) for each in range(number)]
    return {"mailboxes": [blocked("ann@contoso.com", *users(number))]}, {
        "devices": devices,
        "mailboxes": mailboxes("ann@contoso.com"),
    }


def one_id_of_all(number: int, text: str = id_of(1)) -> World:
    """Return mailboxes that list the ID that many other mailboxes have."""
    devices = [device(1, name) for name in users(number)]
    return {"mailboxes": [blocked(name, text) for name in users(number, "w")]}, {
        "devices": devices,
        "mailboxes": mailboxes(*users(number), *users(number, "w")),
    }


def one_bare_id_of_all(number: int) -> World:
    return one_id_of_all(number, f"-{id_of(1)}")


def dropped_ids(number: int) -> World:
    ids = [id_of(each) for each in range(number)]
    live = mailboxes("ann@contoso.com", ActiveSyncBlockedDeviceIDs=ids)
    devices = [device(each) for each in range(number)]
    return {"mailboxes": [blocked("ann@contoso.com", *map(id_of, range(10**6, 10**6 + number)))]}, {
        "devices": devices,
        "mailboxes": live,
    }


def ids_in_one_entry(number: int) -> World:
    declared, live = many_ids(number)
    return {"mailboxes": [blocked("ann@contoso.com", " ".join(declared["mailboxes"][0][LIST]))]}, live


def rules_on_models(number: int) -> World:
    levels = ("Allow", "Block", "Quarantine")
    rules = [
        {"Characteristic": "DeviceModel", "QueryString": f"Model{each}", "AccessLevel": levels[each % 3]}
        for each in range(number)
    ]
    rules.append({"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Block"})
    devices = [device(each, DeviceModel=f"Model{each}") for each in range(number)]
    return {"deviceAccessRules": rules}, {"devices": devices, "mailboxes": mailboxes("ann@contoso.com")}


def same_id_twice(number: int) -> World:
    return {"mailboxes": [blocked("ann@contoso.com", *[id_of(1)] * number)]}, {
        "mailboxes": mailboxes("ann@contoso.com")
    }


def same_mailbox_twice(number: int) -> World:
    return {"mailboxes": [blocked("ann@contoso.com", id_of(1))] * number}, {"mailboxes": mailboxes("ann@contoso.com")}


def unknown_mailboxes(number: int) -> World:
    return {"mailboxes": [blocked(name, id_of(1)) for name in users(number, "x")]}, {
        "mailboxes": mailboxes(*users(number))
    }


def unknown_policies(number: int) -> World:
    policies = [{"Name": f"Policy {each}", "IsDefault": True} for each in range(number)]
    entries = [{"Identity": name, "ActiveSyncMailboxPolicy": f"Pol {name}"} for name in users(30)]
    return {"mobileDeviceMailboxPolicies": policies, "mailboxes": entries}, {"mailboxes": mailboxes(*users(30))}


WORLDS: tuple[Callable[[int], World], ...] = (
    many_ids,
    ids_in_other_form,
    ids_in_one_entry,
    addresses_as_ids,
    one_id_of_all,
    one_bare_id_of_all,
    dropped_ids,
    rules_on_models,
    same_id_twice,
    same_mailbox_twice,
    unknown_mailboxes,
    unknown_policies,
)
worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)


def project(world: World) -> Project:
    declared, live = world
    return project_of([Source("policy.yaml", json.dumps(declared, indent=1))], "{packs: [recommended, notes]}", live)


def calls(run: Callable[[], object]) -> int:
    """Return how many functions a call calls, directly or not."""
    number = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal number
        number += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return number


@worlds
def test_the_work_grows_with_the_size(world: Callable[[int], World]) -> None:
    project(world(SMALL)).lint()  # what is read once in a process
    small, large = (calls(project(world(size)).lint) for size in (SMALL, SMALL * TIMES))
    assert large < small * TIMES * 1.5


@worlds
def test_no_message_grows_with_the_size(world: Callable[[int], World]) -> None:
    for found in project(world(SMALL * TIMES)).lint().diagnostics:
        assert len(found.message) + len(found.help or "") < LONGEST_MESSAGE
        assert len(found.related) <= 5


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["a"] * 200_000, 1, id="one-name"),
        pytest.param([f"a{each}" for each in range(200_000)], MOST_NAMES + 1, id="many-names"),
        pytest.param(["access-rule-wildcard"] * 200_000, 1, id="a-rule"),
        pytest.param(["a" * 200_000], 1, id="a-long-name"),
    ],
)
def test_a_comment_has_few_findings(names: list[str], expected: int) -> None:
    text = f"# policylint: ignore[{','.join(names)}] why\norganization: {{DefaultAccessLevel: Block}}\n"
    found = [
        each for each in project_of([Source("policy.yaml", text)]).lint().diagnostics if each.rule == "suppression"
    ]
    assert expected == len(found)
    assert all(len(each.message) < LONGEST_MESSAGE for each in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            'deviceAccessRules: [{Characteristic: UserAgent, AccessLevel: Block, QueryString: "%s"}]',
            "of at most 256 characters",
            id="query-string",
        ),
        pytest.param('mobileDeviceMailboxPolicies: [{Name: "%s"}]', "of at most 256 characters", id="policy"),
        pytest.param('mailboxes: [{Identity: "%s"}]', "of at most 1024 characters", id="mailbox"),
        pytest.param(
            'mailboxes: [{Identity: a@contoso.com, ActiveSyncMailboxPolicy: "%s"}]',
            "of at most 1024 characters",
            id="reference",
        ),
    ],
)
def test_a_text_that_is_too_long_is_no_valid_one(text: str, message: str) -> None:
    (found,) = project_of([Source("policy.yaml", text % ("x" * 200_000))]).lint().errors
    assert found.rule == "schema"
    assert message in found.message
    assert len(found.message) < LONGEST_MESSAGE
