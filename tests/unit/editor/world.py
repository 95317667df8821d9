"""A small project for the questions of an editor."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policylint.editor.project import Cache, EditorProject
from tests.texts import TODAY, TextFiles, shared
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE_POLICY = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}, {Name: Front desk, PasswordEnabled: true}]
mailboxes: [{Identity: ada@contoso.com, ActiveSyncAllowedDeviceIDs: []}, {Identity: bob@contoso.com}]
"""
DEVICES = [
    {"DeviceId": "A1", "mailbox": "ada@contoso.com", "DeviceType": "iPad", "DeviceModel": "iPad14C3"},
    {"DeviceId": "A2", "mailbox": "ada@contoso.com", "DeviceType": "TouchDown", "DeviceModel": "yes"},
    {"DeviceId": "B1", "mailbox": "bob@contoso.com", "DeviceType": "iPad", "DeviceModel": "<b>`#1`: x"},
]
CONFIG = "version: 1\nedition: exchange-online\nsnapshot: live.json\n"
POLICY = """\
organization:
  DefaultAccessLevel: Quarantine
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow, reason: known}
mailboxes:
  - Identity: ada@contoso.com
    ActiveSyncAllowedDeviceIDs: [A2]
    reason: tests software
"""


@cache
def live() -> bytes:
    """Return a sealed snapshot."""
    return sealed(LIVE_POLICY, DEVICES)


def texts(policy: str = POLICY, config: str = CONFIG, **more: str | bytes) -> dict[str, str | bytes]:
    """Return the files of the project."""
    return {"policylint.yaml": config, "policy.yaml": policy, "live.json": live(), **more}


def opened(files: Mapping[str, str | bytes], cache: Cache | None = None) -> EditorProject:
    """Return the project of some texts, which are stamped by what they hold."""
    return EditorProject(TextFiles(files), shared(), cache or Cache(), now=lambda: TODAY, stamp=files.get)
