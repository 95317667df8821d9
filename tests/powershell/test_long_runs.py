"""Many steps: parts of a plan, how far a run is, what a question says, and the last look at all that was done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.adapters.resources import read_script
from policylint.plan.part import parts_of
from policylint.plan.planfile import plan_of
from policylint.render.powershell import render_parts
from tests.powershell import scenes
from tests.powershell.scenes import change, converge, full_plan, plan, scene, step
from tests.powershell.test_converge import assert_converged
from tests.worlds import STORE

if TYPE_CHECKING:
    from tests.powershell.exchange import Exchange

QUICK = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 0}


def deed(section: str, text: str, **what: Any) -> dict[str, Any]:
    """Return what somebody else does at the last change of `full_plan`."""
    name = "QueryString" if section == "deviceAccessRules" else "Name"
    return {"at": 11, "section": section, "match": {name: text}, **what}


# ---- the last look ---------------------------------------------------------------------------------------------------


def test_what_changed_meanwhile_is_found_at_the_end(exchange: Exchange) -> None:
    deeds = [
        deed("deviceAccessRules", "iPhone", set={"AccessLevel": "Block"}),
        deed("deviceAccessRules", scenes.ODD["QueryString"], remove=True),
        deed("mailboxes", "john.doe", set={"ActiveSyncAllowedDeviceIDs": ["DEVICE1", "OLD1", "HERS"]}),
        deed("mobileDeviceMailboxPolicies", "Default", set={"MinPasswordLength": "4"}),
        deed("mailboxes", "kim.ray", set={"ActiveSyncEnabled": "False"}),
    ]
    script = converge(full_plan()).replace("$done % 100", "$done % 5")
    result = exchange.run(script, scene(), QUICK, options={"interfere": deeds})
    assert ["s005, step 5 of 11: 5 changed", "s010, step 10 of 11: 10 changed"] == [
        line for line in result.output if ", step " in line
    ]
    assert (1, 11) == (result.exit_code, len(result.calls))
    (message,) = result.errors
    assert "11 changed, 0 already so, but 4 objects changed meanwhile: " in message
    # What no step of the plan is about, such as another ID of hers, is left to the next plan.
    assert "HERS" not in message
    assert "kim.ray" not in message
    found = dict(each.split(": ", 1) for each in message.partition("meanwhile: ")[2].split("; s"))
    assert {"003", "004", "006", "002"} == {name.removeprefix("s")[:3] for name in found}
    for words in (
        's004 device access rule "iPhone": AccessLevel: expected "Quarantine", found "Block"',
        "the object is gone",
        'ActiveSyncAllowedDeviceIDs: "NEW1" is not in it',
        "MinPasswordLength: expected 6, found 4",
    ):
        assert words in message
    last = result.journal[-1]
    assert (None, "failed", "conflict", 0) == (last["step"], last["event"], last["outcome"], last["summary"]["left"])
    assert [last["message"]] == result.errors
    assert 11 == sum(event == "verified" for _, event in result.events)


def crowd(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a plan that switches many mailboxes off, and the state that it is for."""
    state = scene()
    state["mailboxes"] = [scenes.mailbox(100 + number, f"user{number}") for number in range(count)]
    targets = [
        {
            "PrimarySmtpAddress": f"user{number}@contoso.com",
            "Guid": scenes.guid(100 + number),
            "Identity": f"user{number}",
        }
        for number in range(count)
    ]
    off = change("ActiveSyncEnabled", "bool", True, False)
    made = plan(*(step("update", "mailbox", target, off) for target in targets))
    made["snapshot"]["objects"] = {"mailboxes": count}
    return made, state


def test_many_mailboxes_are_read_together(exchange: Exchange) -> None:
    """One listing instead of a call for each."""
    made, state = crowd(4)
    script = converge(made).replace("$count['mailbox'] -gt 20", "$count['mailbox'] -gt 3")
    late = {"at": 4, "section": "mailboxes", "match": {"Name": "user1"}, "set": {"ActiveSyncEnabled": "True"}}
    # The organization is read first, each mailbox before its step and after it; then all of them, in the tenth reading.
    single = {"atRead": list(range(11, 40)), "message": "x", "reason": "AccessDenied"}
    result = exchange.run(script, state, QUICK, options={"interfere": [late], "errors": [single]})
    assert 1 == result.exit_code
    assert '1 object changed meanwhile: s002 mailbox "user1@contoso.com"' in result.errors[0]


# ---- parts -----------------------------------------------------------------------------------------------------------


def test_parts_are_taken_in_their_order(exchange: Exchange) -> None:
    parts = parts_of(11, 4)
    first, second, third = render_parts(read_script("converge.ps1"), plan_of(full_plan()), STORE, parts)
    folder = exchange.case()
    early = exchange.run(second, scene(), QUICK, folder=folder)
    assert (1, []) == (early.exit_code, early.calls)
    words = (
        "the parts before this one come first, and not all of their steps are done: s001 mobile device mailbox policy"
    )
    assert words in early.errors[0]
    assert ("failed", "refused") == (early.journal[-1]["event"], early.journal[-1]["outcome"])
    judged = exchange.run(second, scene(), QUICK | {"WhatIf": True, "Report": str(folder / "r.json")}, folder=folder)
    report = json.loads((folder / "r.json").read_text("ascii"))
    assert report["wouldStop"] == 1
    assert report["stop"].startswith("would stop before the first step: the parts before")
    assert report["summary"].endswith(report["stop"])
    assert any(line.startswith("nothing was changed: ") and report["stop"] in line for line in judged.output)
    assert (1, 4) == (judged.exit_code, sum("What if" in line for line in judged.host))
    assert "would stop before the first step: the parts before" in judged.errors[0]
    done = exchange.run(first, scene(), QUICK, folder=folder)
    assert (0, 4) == (done.exit_code, len(done.calls))
    assert "part 1 of 3, 4 of 11 steps" in done.output[0]
    done = exchange.run(second, done.state, QUICK, folder=folder)
    assert (0, 4) == (done.exit_code, len(done.calls)), done.errors
    done = exchange.run(third, done.state, QUICK, folder=folder)
    assert (0, 3) == (done.exit_code, len(done.calls)), done.errors
    assert_converged(done.state)
    assert 1 == len(list(folder.glob("*.jsonl")))
    # The organization, the rules and the policies for the parts before; then four steps with one reading each, or two.
    lost = {"atRead": list(range(12, 60)), "message": "x", "reason": "AccessDenied"}
    failed = exchange.run(second, done.state, QUICK, options={"errors": [lost]}, folder=folder)
    assert (1, []) == (failed.exit_code, failed.calls)
    assert (
        "0 changed, 4 already so, but whether all is still so could not be read: x; run the script again"
        in failed.errors[0]
    )
