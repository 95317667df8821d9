"""Plans that are refused although no device loses access by them, from the files to the script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sealed import seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONFIG = """\
version: 1
snapshot: live.json
guards: {snapshot-max-age-hours: null}
"""
TARGET = "target: contoso.onmicrosoft.com\n"
ADDITIVE = "manage: {mailboxes: {mode: additive, lists: additive}}\n"
LIVE = seal(
    organization={"DefaultAccessLevel": "Allow", "AdminMailRecipients": []},
    mailboxes=[
        {
            "PrimarySmtpAddress": "ann@contoso.com",
            "Identity": "ann",
            "Guid": "m1",
            "ActiveSyncEnabled": "True",
            "ActiveSyncAllowedDeviceIDs": ["TABLET"],
            "ActiveSyncBlockedDeviceIDs": [],
        }
    ],
    devices=[{"mailbox": "ann@contoso.com", "DeviceId": "TABLET", "DeviceType": "iPad", "ClientType": "EAS"}],
)
POLICY = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: LIST}]\n"


@pytest.mark.parametrize(("config", "ids", "refused"), [
    (CONFIG.replace("null}", "null, require-target: true}"), "[PHONE]", ["require-target", "max-allowed-ids-dropped"]),
    (CONFIG, "[PHONE]", ["max-allowed-ids-dropped"]),
    (CONFIG, "[TABLET]", []),
    (CONFIG + TARGET, "[PHONE]", ["max-allowed-ids-dropped"]),
    (CONFIG + TARGET, "[PHONE, TABLET]", []),
    (CONFIG + TARGET, "{Add: [PHONE], Remove: [TABLET]}", []),
    (CONFIG + TARGET + ADDITIVE, "[PHONE]", []),
], ids=["both", "no-target", "no-step", "dropped", "kept", "removed", "additive"])  # fmt: skip
def test_allowing_one_phone_does_not_drop_the_tablet(folder: Folder, config: str, ids: str, refused: list[str]) -> None:
    folder.write("policylint.yaml", config)
    folder.write("live.json", LIVE)
    folder.write("policy/a.yaml", POLICY.replace("LIST", ids))
    done = folder.run("plan", "--format", "json")
    plan = json.loads(done.stdout)
    assert refused == [each["guard"] for each in plan["refusals"]]
    assert (1 if refused else 0) == done.returncode
    assert not plan["impact"]["byClass"]
    assert (1 if refused else 0) == folder.run("apply-script", "-o", "converge.ps1").returncode
    lifting = [word for each in plan["refusals"] for word in ("--acknowledge", each["acknowledge"])]
    if refused:
        assert 0 == folder.run("plan", *lifting, "--reason", "agreed", "--out", "plan.json").returncode
        assert 0 == folder.run("apply-script", "plan.json", "-o", "converge.ps1").returncode
