"""`policylint triage`: the groups of the quarantine queue, what is said of each, and what is accepted by number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.cli import terminal
from policylint.documentation import HOME
from policylint.render.style import cells
from tests.texts import output_schema
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = {"SOURCE_DATE_EPOCH": "1795867200"}  # 2026-11-28
CONFIG = "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
POLICY = "organization: {DefaultAccessLevel: Quarantine}\n"
LIVE = """
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: []
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}]
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [OLD1, BUSY1]}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: true}
  - {Identity: dan@contoso.com, ActiveSyncEnabled: false}
"""
ANN, BOB, DAN = (f"{name}@contoso.com" for name in ("ann", "bob", "dan"))


def device(name: str, owner: str | None, model: str, first: str, last: str, **values: str) -> dict[str, Any]:
    reported = {"DeviceType": "Android", "DeviceOS": "Android 15", "DeviceAccessState": "Quarantined"} | values
    times = {"FirstSyncTime": f"{first}T06:00:00Z", "LastSuccessSync": f"{last}T06:00:00Z"}
    common = {"mailbox": owner, "DeviceId": name, "ClientType": "EAS", "ClientVersion": "16.1", "DeviceModel": model}
    return {**common, **times, **reported}


NEW = ("2026-11-20", "2026-11-22")
DEVICES = [
    device("OLD1", ANN, "Pixel 8", "2024-01-01", "2026-11-10", DeviceAccessState="Allowed"),
    device("BUSY1", ANN, "Pixel 9", "2024-01-01", "2026-11-22", DeviceAccessState="Allowed"),
    device("NEW1", ANN, "Pixel 8", *NEW),
    device("NEW2", ANN, "Pixel 9", *NEW),
    device("NEW3", BOB, "Pixel 9", *NEW, DeviceOS="Android 14"),
    device("NEW4", BOB, "Pixel 8", *NEW, DeviceAccessState="Allowed"),
    device("LIAR1", BOB, "Pixel 9", *NEW, DeviceType="iPhone"),
    device("STRAY1", None, "Pixel 9", *NEW),
    device("OFF1", DAN, "Pixel 9", *NEW),
]


@pytest.fixture
def repository(folder: Folder) -> Folder:
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy/a.yaml", POLICY)
    folder.write("live.json", sealed(LIVE, DEVICES))
    return folder


def record(folder: Folder, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = folder.run("triage", *arguments, "--format", "json", **NOW)
    assert code == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    output_schema("triage").validate(found)
    return found


def ids(group: dict[str, Any]) -> list[str]:
    return [each["deviceId"] for each in group["devices"]]


def test_the_queue_is_sorted_into_numbered_groups(repository: Folder) -> None:
    found = record(repository)
    assert [
        (1, "successors", ["NEW1"]),
        (2, "kinds", ["NEW2", "NEW3"]),
        (3, "kinds", ["NEW4"]),
        (4, "contradictions", ["LIAR1"]),
        (5, "owners", ["OFF1"]),
        (6, "owners", ["STRAY1"]),
    ] == [(group["number"], group["section"], ids(group)) for group in found["groups"]]
    assert 7 == found["devices"]
    assert found == record(repository)


def test_a_successor_is_a_suggestion_with_its_evidence(repository: Folder) -> None:
    (new,) = record(repository)["groups"][0]["devices"]
    assert {"deviceId": "OLD1", "lastSync": "2026-11-10T06:00:00Z"} == new["successorOf"]
    text = repository.run("triage", **NOW).stdout
    assert "first synced 2026-11-20T06:00:00Z; the allowed OLD1 has been silent since 2026-11-10T06:00:00Z\n" in text
    assert "whoever stole a password can pose as such a device: ask the user\n" in text


def test_it_says_what_one_rule_would_let_in_beside_a_group(repository: Folder) -> None:
    rule = record(repository)["groups"][1]["rule"]
    assert ("Pixel 9", 4, 2, 1) == (rule["QueryString"], rule["devices"], rule["others"], rule["contradicting"])
    made = record(repository, "--accept", "2", "--as-rule", "--dry-run")["accepted"]["rule"]
    assert rule["devices"] == len(made["admits"])
    assert (rule["contradicting"], rule["catalogRows"]) == (made["contradicting"], made["catalogRows"])


@pytest.mark.parametrize("rule", ["DeviceOS, QueryString: Android 14", "DeviceModel, QueryString: Pixel 9"])
def test_it_says_what_outranks_a_rule_on_the_model(repository: Folder, rule: str) -> None:
    rules = f"deviceAccessRules:\n  - {{Characteristic: {rule}, AccessLevel: Quarantine}}\n"
    repository.write("policy/a.yaml", POLICY + rules)
    group = next(each for each in record(repository)["groups"] if "NEW3" in ids(each))
    assert (None, "policy/a.yaml", 3) == (group["rule"], *map(group["outranks"]["decidedBy"].get, ("path", "line")))
    characteristic, _, value = rule.partition(", QueryString: ")
    words = f"would let all of them in: rule {value} ({characteristic}) (policy/a.yaml:3) decides first"
    assert words in repository.run("triage", **NOW).stdout


def test_who_says_that_a_device_is_quarantined(repository: Folder) -> None:
    queued = {each["deviceId"]: each for group in record(repository)["groups"] for each in group["devices"]}
    assert (True, True) == (queued["NEW1"]["byExchange"], queued["NEW1"]["bySettings"])
    assert (False, True) == (queued["NEW4"]["byExchange"], queued["NEW4"]["bySettings"])
    assert (True, False) == (queued["OFF1"]["byExchange"], queued["OFF1"]["bySettings"])
    assert "1 device only reported by Exchange" in repository.run("triage", **NOW).stdout


def test_mailboxes_of_exchange_itself_are_not_accepted(repository: Folder) -> None:
    name = "HealthMailbox7a9d0c1b2e3f4a5b6c7d8e9f0a1b2c3d@contoso.com"
    probe = device("PROBE1", name, "x", *NEW)
    repository.write("live.json", sealed(f"{LIVE}  - {{Identity: {name}, ActiveSyncEnabled: true}}\n", [probe]))
    assert ["owners"] == [group["section"] for group in record(repository)["groups"]]
    done = repository.run("approve", "--quarantined", "--yes", **NOW)
    assert (0, True) == (done.returncode, "its mailbox is one that Exchange made for itself" in done.stdout)
    assert POLICY == (repository.path / "policy" / "a.yaml").read_text(encoding="utf-8")


def test_an_id_that_no_file_can_hold_keeps_no_group_from_being_accepted(repository: Folder) -> None:
    repository.write("live.json", sealed(LIVE, [*DEVICES, device("BAD\u202e1", BOB, "Pixel 9", *NEW)]))
    groups = record(repository)["groups"]
    assert ["LIAR1"] in [ids(group) for group in groups]
    assert ["BAD\u202e1"] in [ids(group) for group in groups if group["section"] == "contradictions"]
    assert 0 == repository.run("triage", "--accept", "2", **NOW).returncode


def test_groups_are_accepted_by_number(repository: Folder) -> None:
    found = record(repository, "--accept", "1,3", "--reason", "asked", "--expires", "2027-03-31")["accepted"]
    assert ([1, 3], "written") == (found["groups"], found["outcome"])
    assert {"NEW1", "NEW4"} == {each["deviceId"] for each in found["edits"]}
    text = (repository.path / "policy" / "a.yaml").read_text(encoding="utf-8")
    assert "    ActiveSyncAllowedDeviceIDs: {Add: [NEW1]}\n    reason: asked\n    expires: 2027-03-31\n" in text
    for arguments in (("lint",), ("fmt", "--check")):
        assert 0 == repository.run(*arguments, **NOW).returncode
    assert ["kinds", "contradictions", "owners", "owners"] == [each["section"] for each in record(repository)["groups"]]


REFUSED = {
    "a contradiction": (("4",), 1, "group 4 is not accepted by its number: DeviceType iPhone, but DeviceModel Pixel 9"),
    "an unknown owner": (("1,6",), 1, "group 6 is not accepted by its number: the owner is not known"),
    "a number that is not there": (("9",), 3, "no group 9: the queue has 6 groups"),
    "no number": (("all",), 3, "invalid value for `--accept`: `all`"),
    "a rule for two groups": (("1,2", "--as-rule"), 3, "a rule is for one group"),
    "a day that is past": (("1", "--expires", "2026-01-01"), 3, "2026-01-01 is past"),
}


@pytest.mark.parametrize(("arguments", "code", "why"), REFUSED.values(), ids=REFUSED)
def test_refused_and_nothing_written(repository: Folder, arguments: tuple[str, ...], code: int, why: str) -> None:
    done = repository.run("triage", "--accept", *arguments, **NOW)
    assert (code, True) == (done.returncode, why in done.stderr)
    assert POLICY == (repository.path / "policy" / "a.yaml").read_text(encoding="utf-8")


def test_options_that_accept_need_a_number(repository: Folder) -> None:
    assert 3 == repository.run("triage", "--reason", "x", **NOW).returncode


def test_a_rule_for_a_group_needs_a_yes(repository: Folder) -> None:
    assert 1 == repository.run("triage", "--accept", "2", "--as-rule", **NOW).returncode
    assert 0 == repository.run("triage", "--accept", "2", "--as-rule", "--yes", **NOW).returncode
    text = (repository.path / "policy" / "a.yaml").read_text(encoding="utf-8")
    assert "  - {Characteristic: DeviceModel, QueryString: Pixel 9, AccessLevel: Allow}\n" in text


def test_an_empty_queue(repository: Folder) -> None:
    repository.write("live.json", sealed(LIVE, DEVICES[:2]))
    assert repository.run("triage", **NOW).stdout.startswith("nothing waits: ")
    assert "the queue is empty" in repository.run("triage", "--accept", "1", **NOW).stderr


WIDTH = 60


@pytest.mark.parametrize(
    "line", ["triage", "triage --accept 1 --dry-run", "approve --mailbox bob@contoso.com", "deny X"]
)
def test_text_fits_a_narrow_screen(repository: Folder, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(terminal, "shows_output", lambda: True)
    monkeypatch.setattr(terminal, "screen", lambda *, err=False: WIDTH)
    lines = repository.run(*line.split(), NO_COLOR="1", **NOW).stdout.splitlines()
    assert len(lines) > 3
    assert [] == [each for each in lines if cells(each) > WIDTH and not each.lstrip().startswith(HOME)]


def test_mailboxes_near_the_limit_are_named(repository: Folder) -> None:
    many = [device(f"D{number}", BOB, "Pixel 9", *NEW) for number in range(95)]
    repository.write("live.json", sealed(LIVE, many))
    assert [{"mailbox": BOB, "activeSync": 95, "others": 0}] == record(repository)["nearLimit"]
    assert "mailboxes near the limit of partnerships" in repository.run("triage", **NOW).stdout
