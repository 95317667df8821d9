"""`policylint report helpdesk`: one page that says of every mailbox what `why` says, and what it is written to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from policylint.phrases import listed
from tests.cli.conftest import CLEAN
from tests.help_desk import cards
from tests.texts import shared
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

TITLES = {each.id: each.title for each in shared().explanations.entries if each.kind == "step"}


def page(folder: Folder, *arguments: str) -> str:
    done = folder.run("report", "helpdesk", "-o", "desk", *arguments)
    assert 0 == done.returncode, done.stderr
    return (folder.path / "desk" / "index.html").read_text(encoding="ascii")


def expected(device: dict[str, Any]) -> dict[str, Any]:
    """Return what the page has to say of a device that `why` shows."""
    live, desired = device["live"], device["desired"]
    now, then = live["decision"], desired["decision"]
    outcome = [now["state"], now["step"] if now["state"] is None else ""]
    is_planned = outcome != [then["state"], then["step"] if then["state"] is None else ""]
    admitted = then["state"] == "Allowed"  # what would keep it out is not on the page
    cautions = [line for change in device["changes"] for line in change["cautions"] if not admitted]
    reasons = [line for line in device["onRecord"] if line not in cautions]
    blocks: dict[str, Any] = {}
    if device["mismatch"]:
        reported = device["reported"]
        reason = f" ({reported['reason']})" if reported["reason"] else ""
        head = f"Exchange reports {reported['state']}{reason}; live settings do not explain this"
        blocks[head] = [(line, []) for line in device["mismatch"]]
    notes = [*_notes(live), *([] if is_planned else reasons), *device["notes"]]
    if notes:
        blocks["Good to know"] = [(line, []) for line in notes]
    steps = [each["words"] for each in device["next"]]
    if admitted and now["state"] in {"Quarantined", "Blocked"}:
        first, *steps = steps
        assert first.startswith("It gets in with the planned change. If it is urgent: ")
        blocks["What to do next"] = [(first, [])]
    if is_planned:
        reason = f" ({then['reason']})" if then["reason"] else ""
        lines = [_sentence(desired), *_notes(desired), *reasons]
        blocks[f"After the planned change: {then['state'] or 'not decided'}{reason}"] = [(line, []) for line in lines]
    if admitted:
        head = "If a device that is let in does not sync, look at"
    else:
        changes = [(", and ".join(each["changes"]), each) for each in device["changes"]]
        words = "what would let it in, the safest first" if changes else "no change of these settings would let it in"
        words = f"After the planned change, {words}" if is_planned else words[0].upper() + words[1:]
        blocks[words] = [
            (
                made + (" [disputed]" if each["decision"]["disputed"] else ""),
                [
                    *(f"applies to {line}" for line in each["scope"]),
                    *(f"caution: {line}" for line in each["cautions"]),
                    *([f"run: {each['command']}"] if each["command"] else []),
                ],
                each["opens"],
                each["closes"],
            )
            for made, each in changes
        ]
        head = "After a fix, for the user"
    if steps:
        blocks[head] = [(each, []) for each in steps]
    return {
        "id": device["deviceId"] or "",
        "state": now["state"],
        "sentence": _sentence(live),
        "last": device["lastSync"] or "",
        "blocks": blocks,
    }


def _sentence(side: dict[str, Any]) -> str:
    decision = side["decision"]
    step = "rules" if decision["step"].startswith("rule-") else decision["step"]
    disputed = " [disputed]" if decision["disputed"] else ""
    assumed = f" (assumed: {listed(decision['notRead'], None)} not read)" if decision["notRead"] else ""
    answer = side["steps"][-1]["answer"]
    if step == "default":
        level = answer.removeprefix("DefaultAccessLevel ") if "is not known" not in answer else answer
        return f"No rule or list names this device, so the default decides: {level}{disputed}{assumed}"
    words = answer if step == "windows-mail" else f"{TITLES[step]}: {answer}"
    return words[0].upper() + words[1:] + disputed + assumed


def _notes(side: dict[str, Any]) -> list[str]:
    return [note for note in side["decision"]["notes"] if note != side["steps"][-1]["answer"]]


EFFECT = re.compile(r"(.+): (affects no other device|(?:lets in|keeps out) ([0-9,]+) other devices?.*)")


def shown(card: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says of a device in the form of `expected`: effects on other devices as numbers."""
    blocks = dict(card["blocks"])
    for head in [each for each in blocks if each.lower().endswith("what would let it in, the safest first")]:
        items = []
        for text, lines in blocks[head]:
            found = EFFECT.fullmatch(text)
            assert found is not None, text
            number = int((found[3] or "0").replace(",", ""))
            is_opening = not found[2].startswith("keeps")
            items.append((found[1], lines, number if is_opening else 0, 0 if is_opening else number))
        blocks[head] = items
    return {"blocks": blocks, **{name: card[name] for name in ("id", "state", "sentence", "last")}}


def test_every_mailbox_has_the_answers_of_why(example: Folder) -> None:
    found = cards(page(example))
    names = [json.loads(line.rstrip(",\n"))["PrimarySmtpAddress"] for line in _mailboxes(example)]
    assert sorted(names) == sorted(found)
    with_devices = 0
    for name, said in found.items():
        done = example.run("why", "--mailbox", name, "--format", "json")
        if "none" in said[0]:
            assert (4, 1) == (done.returncode, done.stderr.count(f"= help: {said[0]['none']}\n")), done.stderr
            continue
        with_devices += 1
        devices = json.loads(done.stdout)["devices"]
        for device, card in zip(devices, said, strict=True):
            assert expected(device) == shown(card)
    assert 0 < with_devices < len(found)


def _mailboxes(example: Folder) -> list[str]:
    text = (example.path / "live.json").read_text(encoding="utf-8")
    return text.split('"mailboxes": [\n')[1].split("\n]")[0].splitlines()


def test_it_says_of_every_device_what_it_is(example: Folder) -> None:
    (card,) = [each for each in cards(page(example))["john.doe@contoso.com"] if each["id"] == "SEC0438184C9BE2A"]
    assert ["SM-G981B, Android 11", "Allowed (DeviceRule)"] == [card["kind"][0], card["kind"][2]]
    assert card["kind"][1].endswith("DeviceUserAgent Android-SAMSUNG-SM-G981B/101.11, EAS 16.1")


def test_windows_mail_is_said_to_follow_no_settings_once(example: Folder) -> None:
    found = [card["sentence"] for each in cards(page(example)).values() for card in each if "sentence" in card]
    said = {sentence for sentence in found if "Windows Mail" in sentence}
    assert {"Windows Mail does not follow these settings; look at UniversalOutlookEnabled of the mailbox"} == said


@pytest.mark.parametrize(
    ("live", "planned", "heads"),
    [
        ("Allow", "Quarantine", {"After the planned change, what would let it in, the safest first"}),
        ("Quarantine", "Allow", {"What to do next"}),
        ("Quarantine", "Quarantine", {"What would let it in, the safest first"}),
    ],
)
def test_now_and_after_the_plan_are_told_apart(folder: Folder, live: str, planned: str, heads: set[str]) -> None:
    device = {"mailbox": "eva@contoso.com", "DeviceId": "PHONE1", "DeviceType": "iPhone", "ClientType": "EAS"}
    state = f"organization: {{DefaultAccessLevel: {live}}}\nmailboxes: [{{Identity: eva@contoso.com}}]"
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", f"organization: {{DefaultAccessLevel: {planned}}}\n")
    folder.write("live.json", sealed(state, [device]))
    ((card,),) = cards(page(folder)).values()
    choices = {each for each in card["blocks"] if "would let it in" in each or each == "What to do next"}
    assert heads == choices
    level = "Allow" if live == "Allow" else "Quarantine"
    assert f"No rule or list names this device, so the default decides: {level}" == card["sentence"].partition(" (")[0]
    text, markup = folder.run("why", "PHONE1").stdout, folder.run("why", "PHONE1", "--format", "html").stdout
    urgent = "It gets in with the planned change. If it is urgent: ask who maintains the policy"
    for said in (text, markup, json.dumps(card)):
        assert ("What to do next" in heads) == (urgent in said)
        assert (live == "Allow") == ("fter the planned change, what would let it in" in said)


def test_with_redact_it_names_nobody(example: Folder) -> None:
    whole, text = cards(page(example)), page(example, "--redact")
    redacted = cards(text)
    said = json.dumps(redacted)
    assert len(whole) == len(redacted)
    for name, devices in whole.items():
        for word in (name, name.partition("@")[0], *(each.get("id") or "-" * 9 for each in devices)):
            assert word not in said
    assert "contoso" not in text + said
    assert "reason" not in said
    assert "policylint approve" not in said
    assert _states(whole) == _states(redacted)
    assert all(re.fullmatch(r"user-[0-9a-f]{16}@redacted\.invalid", name) for name in redacted)
    assert any("on the allowed list" in card.get("sentence", "") for each in redacted.values() for card in each)


def _states(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    return sorted(str(card["state"]) for each in found.values() for card in each if "state" in card)


def test_live_state_alone_is_enough(folder: Folder) -> None:
    devices = [{"mailbox": "eva@contoso.com", "DeviceId": "IPAD1", "DeviceType": "iPad", "ClientType": "EAS"}]
    folder.write(
        "live.json",
        sealed("organization: {DefaultAccessLevel: Block}\nmailboxes: [{Identity: eva@contoso.com}]", devices),
    )
    text = page(folder, "--snapshot", "live.json")
    ((card,),) = cards(text).values()
    assert "Blocked" == card["state"]
    assert "planned" not in text.partition('id="data-')[0].partition("<main>")[0] + json.dumps(card)


def test_a_device_of_nobody_and_one_of_two_mailboxes_are_in_it(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    device = {"DeviceId": "PHONE1", "DeviceType": "iPhone", "ClientType": "EAS"}
    owners = ("eva@contoso.com", "uma@contoso.com", None)
    mailboxes = "mailboxes: [{Identity: eva@contoso.com}, {Identity: uma@contoso.com}]"
    folder.write("live.json", sealed(mailboxes, [{"mailbox": owner, **device} for owner in owners]))
    found = cards(page(folder))
    assert {"eva@contoso.com": ["PHONE1"], "uma@contoso.com": ["PHONE1"], "": ["PHONE1"]} == {
        name: [card["id"] for card in each] for name, each in found.items()
    }


def test_an_earlier_page_is_replaced(example: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLEAN, "SOURCE_DATE_EPOCH", "1795165200")  # a page holds the second in which it was made
    before = page(example)
    assert before == page(example)
    after = page(example, "--stale-after", "5")
    assert before != after
    assert ["index.html"] == [each.name for each in (example.path / "desk").iterdir()]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("desk/notes.txt", "desk holds notes.txt"),
        ("desk/index.html", "is no page of this command"),
        ("desk", "is no folder"),
    ],
    ids=["another-file", "another-page", "a-file"],
)
def test_what_is_no_page_of_it_stays(example: Folder, name: str, why: str) -> None:
    path = example.write(name, "mine")
    done = example.run("report", "helpdesk", "-o", "desk")
    assert 3 == done.returncode
    assert why in done.stderr
    assert "mine" == path.read_text(encoding="utf-8")


def test_it_needs_a_folder_and_a_snapshot(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    for arguments, words in (((), "--output"), (("-o", "desk"), "no snapshot of live state is named")):
        done = folder.run("report", "helpdesk", *arguments)
        assert 3 == done.returncode
        assert words in done.stderr
    assert not (folder.path / "desk").exists()


def test_what_was_not_read_is_said_as_why_says_it(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    device = {"mailbox": "eva@contoso.com", "DeviceId": "IPAD1", "DeviceType": "iPad", "ClientType": "EAS"}
    live = "organization: {DefaultAccessLevel: Block}\nmailboxes: [{Identity: eva@contoso.com}]"
    folder.write("live.json", sealed(live, [device]))
    (card,) = cards(page(folder))["eva@contoso.com"]
    (said,) = json.loads(folder.run("why", "IPAD1", "--format", "json").stdout)["devices"]
    assert "(assumed: " in card["sentence"]
    assert expected(said) == shown(card)
