"""A plan that has every kind of class in its evidence, and every single edit of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.bind.config import bind_config
from policylint.plan.make import make_plan
from policylint.plan.planfile import plan_record
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """\
organization: {DefaultAccessLevel: Allow, UserMailInsert: Wait.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceModel, QueryString: A1, AccessLevel: Block}
- {Characteristic: DeviceOS, QueryString: iOS 15, AccessLevel: Block}
- {Characteristic: UserAgent, QueryString: TbSync, AccessLevel: Quarantine}
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true, MinPasswordLength: 4}
- {Name: Field, IsDefault: false, AllowNonProvisionableDevices: false}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: null,
   ActiveSyncAllowedDeviceIDs: [A], ActiveSyncBlockedDeviceIDs: [Z]}
- {Identity: bob@contoso.com, ActiveSyncEnabled: true, OutlookMobileEnabled: true, ActiveSyncMailboxPolicy: null,
   ActiveSyncAllowedDeviceIDs: [C], ActiveSyncBlockedDeviceIDs: []}
- {Identity: cid@contoso.com, ActiveSyncEnabled: false, ActiveSyncMailboxPolicy: Field,
   ActiveSyncAllowedDeviceIDs: [], ActiveSyncBlockedDeviceIDs: [E]}
- {Identity: dee@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: null,
   ActiveSyncAllowedDeviceIDs: [], ActiveSyncBlockedDeviceIDs: [F]}
"""
WANTED = """\
organization: {DefaultAccessLevel: Quarantine, UserMailInsert: Ask.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceModel, QueryString: A1, AccessLevel: Quarantine}
- {Characteristic: DeviceModel, QueryString: B2, AccessLevel: Allow}
- {Characteristic: UserAgent, QueryString: TbSync, AccessLevel: Block}
mobileDeviceMailboxPolicies:
- {Name: Default, MinPasswordLength: 6}
- {Name: Strict, AllowNonProvisionableDevices: false}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A, B], ActiveSyncBlockedDeviceIDs: []}
- {Identity: bob@contoso.com, OutlookMobileEnabled: false, ActiveSyncMailboxPolicy: Strict}
- {Identity: cid@contoso.com, ActiveSyncEnabled: true}
- {Identity: dee@contoso.com, ActiveSyncBlockedDeviceIDs: [F]}
"""
_DEVICES: tuple[tuple[str, str, str, str, str, str, dict[str, str]], ...] = (
    ("ann", "A", "iPhone", "A9", "iOS 18", "", {}),
    ("ann", "B", "Android", "A9", "13", "", {}),
    ("ann", "Z", "iPhone", "A9", "iOS 18", "", {}),
    ("ann", "R", "Android", "B2", "13", "", {}),
    ("bob", "C", "iPhone", "A9", "iOS 18", "", {}),
    ("bob", "S", "Outlook", "A9", "iOS 18", "", {"ClientType": "Outlook"}),
    ("bob", "T", "iPhone", "A9", "iOS 18", "", {"DevicePolicyApplicationStatus": "NotApplied"}),
    ("cid", "E", "iPhone", "A9", "iOS 18", "", {}),
    ("cid", "U", "Android", "A9", "13", "", {}),
    ("dee", "F", "iPhone", "A9", "iOS 18", "", {}),
    ("dee", "V", "Android", "A1", "13", "", {}),
    ("dee", "W", "Android", "A1", "iOS 15", "TbSync", {}),
    ("dee", "X", "Android", "C3", "13", "", {}),
    ("dee", "Y", "Android", "C3", "13", "", {}),
)
DEVICES = [
    {
        "mailbox": f"{mailbox}@contoso.com",
        "DeviceId": device_id,
        "DeviceType": kind,
        "DeviceModel": model,
        "DeviceOS": system,
        "DeviceUserAgent": agent,
        "ClientType": "EAS",
        **more,
    }
    for mailbox, device_id, kind, model, system, agent, more in _DEVICES
]


def telling_plan(wanted: str = WANTED) -> dict[str, Any]:
    """Return the record of a plan that has every kind of class in its evidence."""
    manage = {"deviceAccessRules": "exact", "mailboxes": "exact"}
    settings = bind_config({"guards": FREE, "manage": manage}, None, None, STORE)
    made = make_plan(bind(wanted), snapshot(LIVE, DEVICES), settings, STORE, now=TODAY)
    found: dict[str, Any] = json.loads(json.dumps(plan_record(made)))
    return found


def leaves(value: Any, *keys: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield each value that holds no other ones, with the keys that lead there."""
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, *keys, key)
    else:
        yield keys, value


def rows(value: Any, *keys: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the keys that lead to each item of a list."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, list):
            yield (*keys, key)
        if isinstance(part, (dict, list)):
            yield from rows(part, *keys, key)


STATES, LEVELS = ("Allowed", "Quarantined", "Blocked"), ("Allow", "Quarantine", "Block")
WORDS = ("s001", "s007", "ann@contoso.com", "dee@contoso.com", "iPhone", "A1", "C", "Strict", "another")


def others(value: Any) -> list[Any]:
    """Return values to put for another one."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, *([value - 1] if value else [])]
    if value is None:
        return ["Allowed", "Block"]
    same = next((words for words in (STATES, LEVELS, WORDS) if value in words), WORDS)
    return [word for word in same if word != value]
