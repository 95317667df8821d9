"""The script that takes back what another one did, by the journal that this one wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.adapters.resources import read_script
from policylint.model.state import POLICY
from policylint.plan.journal import read_journal
from policylint.plan.make_back import make_plan_back
from policylint.render.powershell import render_converge_script
from policylint.source import Source
from tests.powershell.exchange import ONLINE
from tests.powershell.pairs import GO, World, live_of
from tests.texts import TODAY, output_schema
from tests.worlds import FREE, STORE, config, state

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powershell.exchange import Exchange, Result
    from tests.powershell.exchange import State as Live

LIVE = """\
organization: {DefaultAccessLevel: Allow, AdminMailRecipients: [a@contoso.com], UserMailInsert: Wait.}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Block}
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true, MinPasswordLength: 4, MaxAttachmentSize: 5 MB}
- {Name: Kiosk, IsDefault: false, PasswordEnabled: true, MaxInactivityTimeLock: "00:15:00"}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [A, B],
   ActiveSyncBlockedDeviceIDs: [], ActiveSyncMailboxPolicy: Kiosk}
- {Identity: bob@contoso.com, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [],
   ActiveSyncBlockedDeviceIDs: [C], ActiveSyncMailboxPolicy: null}
"""
WANTED = """\
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [b@contoso.com], UserMailInsert: null}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}
- {Characteristic: DeviceModel, QueryString: iPad, AccessLevel: Allow}
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: false, MinPasswordLength: 6}
- {Name: Strict, IsDefault: true, AllowNonProvisionableDevices: false, MaxAttachmentSize: 5 MB}
mailboxes:
- {Identity: ann@contoso.com, ActiveSyncEnabled: false, ActiveSyncAllowedDeviceIDs: [B, D],
   ActiveSyncMailboxPolicy: null}
- {Identity: bob@contoso.com, ActiveSyncBlockedDeviceIDs: [], ActiveSyncAllowedDeviceIDs: [C]}
"""


def script_back(world: World, folder: Path, live: Live) -> str:
    """Return the script that takes back what the journal in a folder says was done."""
    (path,) = folder.glob("*.jsonl")
    journal = read_journal(Source(path.name, path.read_text("ascii")), STORE)
    made = make_plan_back(journal, world.read(live), config(edition=world.edition, guards=FREE), STORE, now=TODAY)
    return render_converge_script(read_script("converge.ps1"), made, STORE)


def run(world: World, script: str, live: Live, folder: Path) -> Result:
    result = world.exchange.run(script, live, GO, folder=folder)
    assert result.thrown is None
    return result


def test_law_13_what_the_script_did_is_taken_back(exchange: Exchange) -> None:
    """The snapshot of before the change is at hand. Another mailbox policy was the default one then."""
    world = World(exchange, exchange.case(), ONLINE, state(WANTED), live_of(state(LIVE), ONLINE))
    first, second = exchange.case(), exchange.case()
    done = run(world, world.script, world.live, first)
    assert (0, []) == (done.exit_code, done.errors)
    back = run(world, script_back(world, first, world.live), done.state, second)
    assert (0, []) == (back.exit_code, back.errors)
    assert_same(world, world.live, back.state)
    assert len(done.calls) == len(back.calls)
    for line in (*done.journal, *back.journal):
        output_schema("journal").validate(line)
    assert done.journal[0]["run"]["takesBack"] is None
    assert done.journal[0]["fingerprint"] == back.journal[0]["run"]["takesBack"]


def assert_same(world: World, before: Live, after: Live) -> None:
    """A policy that is made again shows more settings than the row that the first one was made of."""
    was, now = world.values(before), world.values(after)
    assert was == {key: value for key, value in now.items() if key in was}
    assert {POLICY} >= {kind for kind, _key, _name in now.keys() - was.keys()}
    assert {key[:2] for key in was} == {key[:2] for key in now}
