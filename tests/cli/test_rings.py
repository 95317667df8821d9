"""`policylint plan --rings` and `policylint show plan --check`: a change in stages, from plan to plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW, NEXT_DAY = "1795435200", "1795521600"  # 2026-11-23T12:00:00Z and a day later
LATER = "2026-11-24T08:00:00Z"
NAMES = ("ann", "bob", "pilot-1", "pilot-2")
RULES = (("Android", "Allow"), ("TbSync", "Block"))
PHONES = (("pilot-1", "P1", "Android"), ("ann", "A1", "Android"), ("bob", "B1", "TbSync"), ("bob", "B2", "iPad"))
POLICY = """\
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: Android, AccessLevel: Block}
- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Allow}
mailboxes:
- {Identity: pilot-1@contoso.com, ActiveSyncAllowedDeviceIDs: [P9]}
- {Identity: bob@contoso.com, ActiveSyncAllowedDeviceIDs: [B2]}
"""
CONFIG = """\
version: 1
edition: exchange-online
target: contoso.onmicrosoft.com
snapshot: live.json
policies: [policy.yaml]
guards:
  max-newly-denied: null
  max-newly-denied-percent: null
  max-newly-allowed-percent: null
  snapshot-max-age-hours: 48
"""
SCHEMAS = Path(__file__).parents[2] / "schemas" / "output"


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return found


def live(taken_at: str = "2026-11-23T08:00:00Z", *, plans: tuple[dict[str, Any], ...] = (), **more: Any) -> bytes:
    """Return a snapshot of what there is once the steps of some saved plans were taken."""
    rules = dict(RULES)
    lists: dict[str, dict[str, Any]] = {f"{name}@contoso.com": {"Allowed": [], "Blocked": []} for name in NAMES}
    for step in (step for plan in plans for step in plan["steps"]):
        for change in step["changes"]:
            if step["kind"] == "mailbox":
                kind = change["property"].removeprefix("ActiveSync").removesuffix("DeviceIDs")
                lists[step["identity"]][kind] = change["after"]
            elif change["property"] == "AccessLevel":
                rules[step["target"]["QueryString"]] = change["after"]
    for name, value in more.get("lists", {}).items():
        lists[name]["Allowed"] = value
    for name in more.get("without", ()):
        del lists[name]
    return seal(
        {**HEADER, "takenAt": taken_at},
        complete=more.get("complete"),
        organization={"Identity": "Mobile Mailbox Settings", "DefaultAccessLevel": "Quarantine"},
        deviceAccessRules=[
            {
                "Identity": f"{name} (DeviceType)",
                "Characteristic": "DeviceType",
                "QueryString": name,
                "AccessLevel": level,
            }
            for name, level in rules.items()
        ],
        mobileDeviceMailboxPolicies=[{"Name": "Default", "IsDefault": "True", "Identity": "Default"}],
        mailboxes=[
            {
                "PrimarySmtpAddress": address,
                "Identity": address.partition("@")[0],
                "Guid": f"m-{address}",
                "ActiveSyncEnabled": "True",
                "ActiveSyncMailboxPolicy": "Default",
                "ActiveSyncMailboxPolicyIsDefaulted": "True",
                "ActiveSyncAllowedDeviceIDs": own["Allowed"],
                "ActiveSyncBlockedDeviceIDs": own["Blocked"],
            }
            for address, own in lists.items()
        ],
        devices=[
            {
                "mailbox": f"{owner}@contoso.com",
                "DeviceId": device_id,
                "Guid": f"g-{device_id}",
                "FirstSyncTime": "2026-01-02T03:04:05Z",
                "DeviceType": kind,
                "ClientType": "EAS",
                "ClientVersion": "16.1",
            }
            | more.get("first", {}).get(device_id, {})
            for owner, device_id, kind in (*PHONES, *more.get("phones", ()))
            if f"{owner}@contoso.com" in lists
        ],
    )


@pytest.fixture
def world(folder: Folder) -> Folder:
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy.yaml", POLICY)
    folder.write("live.json", live())
    return folder


def saved(world: Folder, number: int, folder: str = "rings") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((world.path / folder / f"ring-{number}.json").read_text())
    return found


def run(world: Folder, *arguments: str, code: int = 0, now: str = NOW) -> str:
    done = world.run(*arguments, SOURCE_DATE_EPOCH=now)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_each_ring_has_a_plan_that_makes_a_script_and_a_check_to_pass(world: Folder) -> None:
    said = run(world, "plan", "--rings", "pilot-*@contoso.com", "--rings", "ann@contoso.com", "--out", "rings")
    assert "wrote 3 plans to rings" in said
    assert "ring 1 of 3, pilot-*@contoso.com: 2 mailboxes, 1 device; 1 step; no device of 4 changes access" in said
    assert "ring 2 of 3, ann@contoso.com: 1 mailbox, 1 device; nothing to do" in said
    assert "ring 3 of 3, all other mailboxes: 1 mailbox, 2 devices; 3 steps; 2 newly allowed, 2 newly blocked" in said
    assert "  expect after: 2 allowed, 2 blocked" in said
    assert "`policylint show plan rings/ring-1.json --check`" in said
    plans = [saved(world, number) for number in (1, 2, 3)]
    assert [None, plans[0]["fingerprint"], plans[1]["fingerprint"]] == [each["ring"]["previous"] for each in plans]
    assert "#requires" in run(world, "apply-script", "rings/ring-1.json").lower()
    assert "ring 1 of 3" in run(world, "show", "plan", "rings/ring-1.json")

    check = ("show", "plan", "rings/ring-1.json", "--check", "--snapshot", "new.json")
    world.write("new.json", live(LATER))
    assert "ActiveSyncAllowedDeviceIDs lacks P9" in run(world, *check, code=1)
    world.write("new.json", live(LATER, plans=(plans[0],)))
    assert "done: live state is as 1 step of the plan leave" in run(world, *check)
    last = ("show", "plan", "rings/ring-3.json", "--check", "--snapshot", "new.json")
    assert "device A1 of ann@contoso.com: Allowed, not Blocked" in run(world, *last, code=1)
    world.write("new.json", live(LATER, plans=tuple(plans)))
    run(world, *last)
    record = json.loads(run(world, *last, "--format", "json"))
    jsonschema.Draft202012Validator(schema("plan-check-v1")).validate(record)
    assert (True, [], 3) == (record["done"], record["differences"], record["steps"])


def test_the_overview_is_json_too(world: Folder) -> None:
    record = json.loads(run(world, "plan", "--rings", "pilot-*", "--format", "json"))
    jsonschema.Draft202012Validator(schema("rings-v1")).validate(record)
    assert [(1, 2, None), (2, 2, None)] == [(each["number"], each["of"], each["file"]) for each in record["rings"]]
    expected = {"ring": (2, 0, 1, 0), "others": (0, 0, 1, 0)}
    assert expected == {name: tuple(counts.values()) for name, counts in record["rings"][1]["expect"].items()}
    assert not (world.path / "rings").exists()


def test_held_devices_change_in_their_ring_and_a_later_run_takes_out_what_an_earlier_one_left(world: Folder) -> None:
    rings = ("plan", "--rings", "pilot-*", "--rings", "ann@contoso.com", "--bridge", "--out", "rings")
    said = run(world, *rings)
    assert "then 2 temporary exemptions" in said
    first = saved(world, 1)
    held = [{"mailbox": "ann@contoso.com", "property": "ActiveSyncAllowedDeviceIDs", "deviceId": "A1"},
            {"mailbox": "bob@contoso.com", "property": "ActiveSyncBlockedDeviceIDs", "deviceId": "B1"}]  # fmt: skip
    assert held == first["ring"]["held"]
    world.write("live.json", live(LATER, plans=(first,)))
    check = ("show", "plan", "rings/ring-1.json", "--check")
    run(world, *check, now=NEXT_DAY)
    world.write("new.json", live(LATER, plans=(first,), without=("ann@contoso.com",)))
    said = run(world, *check, "--snapshot", "new.json", now=NEXT_DAY)
    assert "1 mailbox of another ring that the plan is about: not in the snapshot" in said
    forgets = json.loads(run(world, "plan", "--format", "json", now=NEXT_DAY))
    assert "ActiveSyncBlockedDeviceIDs" not in json.dumps(forgets["steps"])
    run(world, *rings[:-1], "again", "--after", "rings/ring-1.json", now=NEXT_DAY)
    again = [saved(world, number, "again") for number in (1, 2, 3)]
    assert [[], [("ann@contoso.com", [])], [("bob@contoso.com", ["B2"]), ("bob@contoso.com", [])]] == [
        [(step["identity"], step["changes"][0]["after"]) for step in plan["steps"]] for plan in again
    ]


def test_what_is_left_is_planned_at_once_and_a_second_run_forgets_no_exemption(world: Folder) -> None:
    rings = ("plan", "--rings", "pilot-*", "--rings", "ann@contoso.com")
    run(world, *rings, "--bridge", "--out", "rings")
    first = saved(world, 1)
    world.write("live.json", live(LATER, plans=(first,)))
    run(world, *rings, "--after", "rings/ring-1.json", "--out", "again", now=NEXT_DAY)
    assert [["A1", "B1"], ["B1"], []] == [
        [held["deviceId"] for held in saved(world, number, "again")["ring"]["held"]] for number in (1, 2, 3)
    ]
    run(world, "show", "plan", "again/ring-2.json", now=NEXT_DAY)
    for after in ("rings/ring-1.json", "again/ring-1.json"):
        record = json.loads(run(world, "plan", "--after", after, "--format", "json", now=NEXT_DAY))
        assert {"ann@contoso.com", "bob@contoso.com"} == {
            step["identity"]
            for step in record["steps"]
            for change in step["changes"]
            if set(change["before"] or ()) & {"A1", "B1"} and not change["after"]
        }


def test_what_differs_is_said_and_what_others_add_is_not(world: Folder) -> None:
    run(world, "plan", "--rings", "pilot-*", "--out", "rings")
    plans = tuple(saved(world, number) for number in (1, 2))
    check = ("show", "plan", "rings/ring-2.json", "--check", "--snapshot", "new.json")

    def said(taken_at: str = LATER, code: int = 1, **more: Any) -> str:
        world.write("new.json", live(taken_at, plans=plans, **more))
        return run(world, *check, code=code)

    assert "before the plan was made: export again" in said("2026-11-23T09:00:00Z")
    said(code=0, lists={"bob@contoso.com": ["X", "b2"]})
    assert "device A1 of ann@contoso.com: Allowed, not Blocked" in said(lists={"ann@contoso.com": ["A1"]})
    phones = (("ann", "N1", "Android"),)
    assert "all devices: 2 allowed, 3 blocked; expected 2 allowed, 2 blocked" in said(phones=phones)
    assert "all devices: 2 allowed, 1 quarantined, 2 blocked" in said(phones=(("ann", "N1", "iPad"),), code=0)
    assert "all devices: 2 allowed, 1 blocked" in said(without=("ann@contoso.com",), code=0)
    new = {"N1": {"FirstSyncTime": "2026-11-23T20:00:00Z"}}
    assert "1 device that first synced after the plan's snapshot: not counted" in said(phones=phones, first=new, code=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rings", "nobody@contoso.com"), "is no mailbox of the snapshot"),
        (("--bridge",), "--bridge needs --rings"),
        (("--after", "x.json", "--base", "main"), "--after excludes --base"),
        (("--rings", "pilot-*", "--format", "html"), "--format html shows one plan"),
        (("--rings", "pilot-*", "--base", "main"), "--rings excludes --base"),
        (("--rings", "pilot-*", "--out", "policy.yaml"), "policy.yaml is a file"),
        (("--rings", "pilot-*", "--acknowledge", "x", "--reason", "y"), "nothing to acknowledge with `x`"),
    ],
)
def test_what_cannot_be_is_refused(world: Folder, arguments: tuple[str, ...], message: str) -> None:
    assert message in run(world, "plan", *arguments, code=3)


def test_a_plan_that_is_none_of_a_roll_out_is_not_continued(world: Folder) -> None:
    run(world, "plan", "--out", "plan.json")
    said = run(world, "plan", "--rings", "pilot-*", "--after", "plan.json", code=4)
    assert "none of a staged roll-out" in said


def test_all_plans_are_written_or_none_and_nothing_else_is_overwritten(world: Folder) -> None:
    world.write("pilots.txt", "# first\npilot-1@contoso.com\n\npilot-2@contoso.com # too\n")
    arguments = ("plan", "--rings", "@pilots.txt", "--rings", "ann@contoso.com", "--out", "rings")
    run(world, *arguments)
    run(world, *arguments)
    assert ["pilot-1@contoso.com", "pilot-2@contoso.com"] == saved(world, 1)["ring"]["names"]
    said = run(world, "plan", "--rings", "pilot-*", "--out", "rings", code=3)
    assert "not overwritten: rings/ring-3.json" in said
    world.write("other/ring-2.json", "{}")
    said = run(world, *arguments[:-1], "other", code=3)
    assert "not overwritten: other/ring-2.json" in said
    assert not (world.path / "other" / "ring-1.json").exists()


def test_a_snapshot_without_devices_has_no_rings(world: Folder) -> None:
    world.write("live.json", live(complete={"devices": "no rights"}))
    run(world, "plan", "--allow-incomplete", "devices")
    said = run(world, "plan", "--allow-incomplete", "devices", "--rings", "pilot-*", code=4)
    assert "devices were not all read, so nobody can say what is in which ring" in said


def test_a_refusal_is_lifted_in_the_ring_that_has_it(world: Folder) -> None:
    world.write("policylint.yaml", CONFIG.replace("max-newly-denied: null", "max-newly-denied: 0"))
    said = run(world, "plan", "--rings", "pilot-*", "--out", "rings", code=1)
    assert 1 == said.count("--acknowledge max-newly-denied=2:")
    text = next(word for word in said.split() if word.startswith("max-newly-denied=2:"))
    run(world, "plan", "--rings", "pilot-*", "--acknowledge", text, "--reason", "agreed", "--out", "rings")
    assert [0, 1] == [len(saved(world, number)["acknowledged"]) for number in (1, 2)]
