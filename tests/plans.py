"""A plan with a step of each kind, for what is done to plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.bind.config import bind_config
from policylint.plan.make import make_plan
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, snapshot

if TYPE_CHECKING:
    from policylint.plan.plan import Plan

LIVE = """\
organization: {DefaultAccessLevel: Allow, AdminMailRecipients: [a@contoso.com], UserMailInsert: Wait.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Allow}
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true, MinPasswordLength: 4}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [A, B],
   ActiveSyncBlockedDeviceIDs: [], ActiveSyncMailboxPolicy: null}
- {Identity: bob@contoso.com, ActiveSyncAllowedDeviceIDs: [C]}
"""
WANTED = """\
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [b@contoso.com], UserMailInsert: null}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}
- {Characteristic: DeviceModel, QueryString: iPad, AccessLevel: Allow}
mobileDeviceMailboxPolicies:
- {Name: Default, MinPasswordLength: 6}
- {Name: Strict, AllowNonProvisionableDevices: false, MaxInactivityTimeLock: "00:05:00", MaxAttachmentSize: 5 MB}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: false, ActiveSyncAllowedDeviceIDs: [B, D],
   ActiveSyncMailboxPolicy: Strict}
"""
DEVICE = {"mailbox": "ann@contoso.com", "DeviceId": "A", "DeviceType": "iPhone", "ClientType": "EAS"}


def rich_plan(guards: dict[str, Any] | None = None) -> Plan:
    """Return the plan from the one to the other, an hour after the snapshot, under some guards."""
    settings = bind_config({"guards": FREE | (guards or {})}, None, None, STORE)
    return make_plan(bind(WANTED), snapshot(LIVE, [DEVICE]), settings, STORE, now=TODAY)
