"""`plan --base`: whose change each step and each device is, on a branch of a repository."""

from __future__ import annotations

import copy
import json
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.errors import PlanError
from policylint.plan.planfile import fingerprint, read_plan
from tests.cli.test_since import Repository
from tests.cli.test_step_rules import RULE
from tests.texts import TODAY
from tests.unit.plan.test_planfile import members
from tests.worlds import STORE, sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policylint.plan.plan import Plan

CONFIG = """version: 1
snapshot: live.json
target: contoso.onmicrosoft.com
since: applied
manage: {deviceAccessRules: exact}
guards: {snapshot-max-age-hours: null, max-deletes-percent: null, max-newly-denied-percent: null}
environments: {lab: {guards: {max-newly-denied: null}}}
"""
APPLIED = """organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}
"""
MERGED = (
    APPLIED
    + """\
  - {Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}
  - {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Block}
"""
)
BRANCH = MERGED.replace("TbSync, AccessLevel: Block", "TbSync, AccessLevel: Allow")
BY_HAND = "  - {Characteristic: DeviceType, QueryString: Nine, AccessLevel: Allow}\n"


def device(kind: str, number: int) -> dict[str, object]:
    return {"mailbox": "ann@contoso.com", "DeviceId": f"{kind}{number}", "DeviceType": kind, "ClientType": "EAS"}


DEVICES = [device("iPod", 1), device("iPod", 2), device("TbSync", 1), device("Nine", 1), device("iPad", 1)]
LIVE = APPLIED + BY_HAND + "mailboxes: [{Identity: ann@contoso.com}]\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a branch beside `main`, which has what is not applied yet; live, somebody made a rule by hand."""
    found = Repository(tmp_path_factory.mktemp("branch"))
    found.git("init", "-q", "-b", "main")
    found.write("policylint.yaml", CONFIG)
    found.commit(text=APPLIED)
    found.git("tag", "applied")
    found.commit(text=MERGED)
    found.git("checkout", "-q", "-b", "branch")
    found.commit(text=BRANCH)
    found.write("live.json", sealed(LIVE, DEVICES))
    return found


@pytest.fixture(scope="module")
def record(made: Repository) -> dict[str, Any]:
    """Return the plan of the branch, with who changed what drifted."""
    run = {"CmdletName": "New-ActiveSyncDeviceAccessRule", "ObjectModified": "Nine (DeviceType)", "Succeeded": True}
    made.write("audit.json", json.dumps([{**run, "RunDate": "2026-11-20T10:00:00Z", "Caller": "eva@contoso.com"}]))
    return made.plan("--base", "main", "--audit-log", "audit.json")


def test_each_step_says_whose_change_it_is(made: Repository, record: dict[str, Any]) -> None:
    lines = made.run("plan", "--base", "main").stdout.splitlines()
    commit = record["attribution"]["base"]["commit"]
    assert [
        "3 steps: 1 newly allowed, 1 newly quarantined, 2 newly blocked in 1 mailbox",
        "1 of 3 steps is from this branch; 1 was pending, 1 is drift; 1 pending change is no longer needed",
        "1 of 4 devices is from this branch; 2 were pending, 1 is drift",
    ] == lines[:3]
    assert [
        "+ device access rule iPod (DeviceType)  [pending]",
        "+ device access rule TbSync (DeviceType)  (lets 1 in)  [this branch]",
        "- device access rule Nine (DeviceType)  (keeps 1 out)  [drift]",
    ] == [line[7:] for line in lines if line.startswith("  s0")]
    assert ["  2  Quarantined  ->  Blocked      [pending]      iPod"] == [each for each in lines if "iPod" in each][-1:]
    place = lines.index(f"no longer needed: what only main ({commit[:7]}) would change")
    assert "  device access rule TbSync (DeviceType): AccessLevel: Block" == lines[place + 1]


def test_json_has_what_the_text_says(made: Repository, record: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(STORE.schema("policylint:output/plan-v1")).validate(record)
    found = record["attribution"]
    assert {"branch": 1, "pending": 1, "drift": 1} == found["steps"]
    assert {"branch": 1, "pending": 2, "drift": 1} == found["devices"]
    assert {("TbSync1", "branch"), ("iPod1", "pending"), ("iPod2", "pending"), ("Nine1", "drift")} == {
        (each["deviceId"], each["part"]) for each in record["affected"]
    }
    edit = {"what": "set", "property": "AccessLevel", "value": "Block"}
    name = {"kind": "deviceAccessRule", "identity": "TbSync (DeviceType)"}
    assert [{"action": "create", **name, "edits": [edit]}] == found["noLongerNeeded"]
    plain = made.plan()
    assert "attribution" not in plain
    assert not any("part" in each for each in (*plain["steps"], *plain["affected"]))


@pytest.mark.parametrize("since", ["", "nowhere"])
def test_without_since_drift_is_not_told_from_pending(made: Repository, tmp_path: Path, since: str) -> None:
    found = Repository(tmp_path / "copy")
    subprocess.run(["git", "clone", "-q", str(made.path), str(found.path)], check=True)
    found.write("live.json", sealed(LIVE, DEVICES))
    found.write("policylint.yaml", CONFIG.replace("since: applied\n", f"since: {since}\n" if since else ""))
    lines = found.run("plan", "--base", "origin/main").stdout.splitlines()
    assert lines[1].startswith("1 of 3 steps is from this branch; 2 were pending; ")
    why = f"`{since}`, the revision last applied, is not known here" if since else "`since` names no revision"
    assert f"drift cannot be told from what was pending: {why}" == lines[3]
    assert {"branch": 1, "pending": 2, "drift": None} == found.plan("--base", "origin/main")["attribution"]["steps"]


def test_a_branch_that_changes_nothing_has_no_step(made: Repository) -> None:
    record = made.plan("--base", "HEAD")
    assert [0, [], 0] == [record["attribution"]["steps"]["branch"], *list(record["attribution"].values())[-2:]]
    assert "\nnone of 3 steps is from this branch; " in made.run("plan", "--base", "HEAD").stdout


def test_devices_that_only_the_base_changes_are_counted(made: Repository) -> None:
    made.write("policy/a.yaml", APPLIED + BY_HAND)
    try:
        done = made.run("plan", "--base", "main")
    finally:
        made.write("policy/a.yaml", BRANCH)
    assert "in sync: live state is as the policy says\nno step is needed; 3 pending changes are" in done.stdout
    assert "\nno device changes; 4 devices would change without this branch\n" in done.stdout


def test_a_base_that_the_branch_lacks_commits_of_is_said(made: Repository) -> None:
    words = "has commits that this branch does not have, and what they change is not from it"
    made.git("checkout", "-q", "-b", "ahead", "main")
    made.commit(text=MERGED.replace("iPod, AccessLevel: Block", "iPod, AccessLevel: Quarantine"))
    made.git("checkout", "-q", "branch")
    record = made.plan("--base", "ahead")
    (note,) = (each for each in record["warnings"] if words in each)
    common = note.rpartition("--base ")[2].rstrip("`")
    found = made.plan("--base", common)
    assert made.plan("--base", "main")["attribution"] == {
        **found["attribution"],
        "base": {**found["attribution"]["base"], "name": "main"},
    }
    assert not [each for each in found["warnings"] if words in each]


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("nowhere", "no revision `nowhere`\n  = help: name a branch, a tag or a commit, and fetch it first: in CI"),
        ("-x", "`-x` is not a revision"),
    ],
)
def test_a_base_that_is_not_there_is_named(made: Repository, base: str, words: str) -> None:
    done = made.run("plan", f"--base={base}")
    assert 3 == done.returncode
    assert words in done.stderr


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (
            "broken",
            "`--base broken` cannot be planned: broken:policy/a.yaml:3:66: the policy is not valid: `AccessLevel`",
        ),
        ("bare", "`--base bare` cannot be planned: `bare` has no policylint.yaml in this folder"),
    ],
)
def test_where_the_base_cannot_be_used_the_plan_does_not_say_whose_change_it_is(
    made: Repository, base: str, words: str
) -> None:
    made.git("checkout", "-q", "-B", base, "branch")
    made.write("policy/a.yaml", BRANCH.replace("AccessLevel: Allow", "AccessLevel: Maybe"))
    made.git("rm", "-q", "--cached", "policylint.yaml") if base == "bare" else None
    made.git("commit", "-q", "-am", "broken")
    made.git("checkout", "-q", "-f", "branch")
    record, plain = made.plan(f"--base={base}"), made.plan()
    note = record["warnings"].pop()
    assert f"the plan does not say whose change each step is: {words}" in note
    apart = {"fingerprint": "", "createdAt": ""}
    assert {**record, **apart} == {**plain, **apart}


def test_a_shallow_clone_says_what_to_fetch(made: Repository, tmp_path: Path) -> None:
    found = Repository(tmp_path / "shallow")
    url = made.path.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", "--branch", "branch", url, str(found.path)], check=True)
    found.write("live.json", sealed(LIVE, DEVICES))
    for arguments in (("plan", "--base", "origin/main"), ("diff", "origin/main")):
        done = found.run(*arguments)
        assert 3 == done.returncode
        assert "no revision `origin/main`" in done.stderr
        assert "this clone is shallow: in CI check out with `fetch-depth: 0`" in done.stderr


def test_the_base_is_read_in_the_same_environment(made: Repository) -> None:
    assert 1 == made.plan("--base", "main", "--env", "lab")["attribution"]["steps"]["branch"]
    config = made.path / "policylint.yaml"
    config.write_text(CONFIG.replace("environments: {", "environments: {new: {}, "))
    try:
        record = made.plan("--base", "main", "--env", "new")
    finally:
        config.write_text(CONFIG)
    assert "attribution" not in record
    assert "`--base main` cannot be planned: " in record["warnings"][-1]


def test_what_the_branch_says_about_the_world_is_its_own_change(made: Repository) -> None:
    """A branch changes no policy, but what its policylint.yaml says of precedence or of Conditional Access."""
    own = CONFIG + "outside: {conditional-access-covers-outlook-mobile: true}\nprecedence: specific-first\n"
    made.git("branch", "-f", "trunk", "branch")
    made.write("policylint.yaml", own)
    outlook = {**device("Outlook", 1), "ClientType": "Outlook"}
    made.write("live.json", sealed(LIVE, [*DEVICES, outlook]))
    made.write("policy/a.yaml", BRANCH + "  - {Characteristic: DeviceType, QueryString: Outlook, AccessLevel: Block}\n")
    made.git("commit", "-q", "-m", "rule", "policy/a.yaml")
    made.git("branch", "-f", "ahead", "branch")
    try:
        record = made.plan("--base", "ahead")
    finally:
        made.git("reset", "-q", "--hard", "trunk")
        made.write("live.json", sealed(LIVE, DEVICES))
    changed = {each["key"]: (each["before"], each["after"], each["against"]) for each in record["configurationChanges"]}
    assert {
        "outside.conditional-access-covers-outlook-mobile": ("false", "true", "ahead"),
        "precedence": ('"strictest"', '"specific-first"', "ahead"),
    } == changed
    assert 0 == record["attribution"]["steps"]["branch"]
    assert "Outlook1" not in {each["deviceId"] for each in record["affected"]}
    assert 1 == record["attribution"]["noLongerAffected"]


def test_a_base_with_no_common_commit_is_said(made: Repository) -> None:
    made.git("checkout", "-q", "--orphan", "alone", "main")
    made.git("commit", "-q", "-m", "alone")
    made.git("checkout", "-q", "-f", "branch")
    (note,) = (each for each in made.plan("--base", "alone")["warnings"] if "no commit in common" in each)
    assert "fetch-depth: 0" in note


MIXED = """organization:
  DefaultAccessLevel: Quarantine
  OtaNotificationMailInsert: by file
  UserMailInsert: one
  AdminMailRecipients: [one@contoso.com, two@contoso.com]
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a branch that changes an object in which somebody changed something by hand."""
    found = Repository(tmp_path_factory.mktemp("mixed"))
    found.git("init", "-q", "-b", "trunk")
    found.write("policylint.yaml", CONFIG)
    found.commit(text=MIXED)
    found.git("tag", "applied")
    merged = MIXED.replace("Insert: one", "Insert: two")
    found.commit(text=merged)
    found.git("checkout", "-q", "-b", "branch")
    found.commit(text=merged.replace("two@contoso.com", "two@contoso.com, three@contoso.com"))
    found.write("live.json", sealed(MIXED.replace("by file", "by hand").replace(", two@contoso.com", ""), []))
    runs = [
        {
            "CmdletName": "Set-ActiveSyncOrganizationSettings",
            "ObjectModified": "Mobile Mailbox Settings",
            "CmdletParameters": [{"Name": name, "Value": "x"}],
            "Succeeded": True,
            "RunDate": "2026-11-20T10:00:00Z",
            "Caller": "eva@contoso.com",
        }
        for name in (BY_HAND_SET, "UserMailInsert")
    ]
    found.write("audit.json", json.dumps(runs))
    return found


BY_HAND_SET = "OtaNotificationMailInsert"
LIVE_LINE = (
    f"         live: Set-ActiveSyncOrganizationSettings ({BY_HAND_SET}) by eva@contoso.com, 2026-11-20T10:00:00Z"
)


def test_a_step_of_several_says_whose_each_setting_is(mixed: Repository) -> None:
    done = mixed.run("plan", "--base", "trunk", "--audit-log", "audit.json", "--out", "plan.json")
    lines = done.stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if "[this branch; " in line)
    assert lines[place].endswith("  [this branch; 1 of 4 changes is pending; 2 of 4 changes are drift]")
    assert {
        "AdminMailRecipients: +two@contoso.com, +three@contoso.com  [1 this branch, 1 drift]",
        f"{BY_HAND_SET}: by hand -> by file  [drift]",
        "UserMailInsert: one -> two  [pending]",
    } == {line.strip() for line in lines[place + 1 :] if line.endswith("]") and ": " in line and "  [" in line}
    assert [LIVE_LINE] == [line for line in lines if "live: " in line]
    record = json.loads((mixed.path / "plan.json").read_text())
    (step,) = record["steps"]
    parts = {each["property"]: each["parts"] for each in step["changes"]}
    assert {"branch": 1, "drift": 1} == parts["AdminMailRecipients"]
    jsonschema.Draft202012Validator(STORE.schema("policylint:output/plan-v1")).validate(record)
    read(record)
    for wrong in ({"branch": 2, "drift": 1}, {"drift": 2}):
        edited = copy.deepcopy(record)
        next(each for each in edited["steps"][0]["changes"] if len(each["parts"]) > 1)["parts"] = wrong
        with pytest.raises(PlanError, match="`parts`"):
            read(edited)


def test_where_drift_cannot_be_told_what_is_pending_has_who_changed_it(mixed: Repository) -> None:
    done = mixed.run("plan", "--base", "trunk", "--since", "nowhere", "--audit-log", "audit.json")
    expected = {LIVE_LINE, LIVE_LINE.replace(BY_HAND_SET, "UserMailInsert")}
    assert expected == {line for line in done.stdout.splitlines() if "live: " in line}


def test_the_bounds_are_compared_with_the_base_whatever_it_is_called(mixed: Repository) -> None:
    mixed.write("policylint.yaml", CONFIG.replace("snapshot: live.json", "snapshot: [live.json]"))
    try:
        found = mixed.plan("--base", "trunk")["configurationChanges"]
    finally:
        mixed.write("policylint.yaml", CONFIG)
    assert [("snapshot", "trunk")] == [(each["key"], each["against"]) for each in found]


def test_what_a_branch_changes_of_custom_rules_is_named(mixed: Repository) -> None:
    mixed.git("branch", "-f", "keep", "branch")
    mixed.write("policylint.yaml", CONFIG + "custom-rules: [lint/]\n")
    mixed.write("lint/house/house-rule/rule.yaml", RULE.replace("PARAMS", "{action: [create]}"))
    mixed.git("add", "lint")
    mixed.commit()
    mixed.git("branch", "-f", "ruled", "branch")
    mixed.write("lint/house/house-rule/rule.yaml", RULE.replace("PARAMS", "{action: [delete]}"))
    try:
        found = mixed.plan("--base", "ruled")["configurationChanges"]
    finally:
        mixed.git("reset", "-q", "--hard", "keep")
    (each,) = (each for each in found if each["against"] == "ruled")
    assert "custom-rules.lint/house/house-rule/rule.yaml" == each["key"]
    assert each["before"] != each["after"]
    assert each["before"].startswith('"sha256:')


def change(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(record: dict[str, Any]) -> None:
        part: Any = record
        for key in keys[:-1]:
            part = part[key]
        if value is None:
            del part[keys[-1]]
        else:
            part[keys[-1]] = value

    return edit


DROPPED = ("attribution", "noLongerNeeded", 0)
EDITS = [
    ("step-of-another-part", change("steps", 0, "part", value="drift"), "`attribution` is not what"),
    ("step-without-a-part", change("steps", 0, "part", value=None), "`part` is not told of every step"),
    ("device-without-a-part", change("affected", 0, "part", value=None), "`part` is not told of every step"),
    ("fewer-steps", change("attribution", "steps", "branch", value=0), "`attribution` is not what"),
    ("fewer-devices", change("attribution", "devices", "drift", value=9), "`attribution` is not what"),
    ("another-class", change("attribution", "byClass", 0, "part", value="branch"), "`attribution` is not what"),
    ("no-attribution", change("attribution", value=None), "`part` without `attribution`"),
    ("no-devices", change("affected", value=None), "`attribution` without `affected`"),
    ("no-since", change("since", value=None), "drift where `since` is not known"),
    ("base-modified", change("attribution", "base", "modified", value=True), "its base is no commit"),
    ("more-devices", change("attribution", "noLongerAffected", value=2), "more devices than there are"),
    ("needed-after-all", change(*DROPPED, "edits", 0, "value", value="Allow"), "what the plan does, or the same twice"),
    ("dropped-kind", change(*DROPPED, "kind", value="mailbox"), "no plan can create `mailbox`"),
    ("dropped-property", change(*DROPPED, "edits", 0, "property", value="x"), "an edit that no step has"),
    ("dropped-item", change(*DROPPED, "edits", 0, "what", value="add"), "an edit that no step has"),
    ("dropped-whole", change(*DROPPED, "edits", 0, "what", value="delete"), "an edit that no step has"),
]  # fmt: skip


def read(record: dict[str, Any]) -> Plan:
    text = json.dumps({**record, "fingerprint": fingerprint(record)})
    return read_plan(text, "plan.json", STORE, TODAY.replace(year=2099))


def test_a_saved_plan_says_whose_changes_it_has_and_an_edit_is_refused(record: dict[str, Any]) -> None:
    assert {"branch", "pending", "drift"} == {step.part for step in read(record).steps}
    for name, edit, words in EDITS:
        changed = copy.deepcopy(record)
        edit(changed)
        with pytest.raises(PlanError, match=words):
            pytest.fail(f"{name} is read") if read(changed) else None


FREE_TO_CHANGE = {
    "path",
    "caller",
    "cmdlet",
    "commit",
    "name",
    "records",
    "time",
    "changes",
    "identity",
    "noLongerNeeded",
}
"""The members of which nothing else in a plan says what they must be."""


def test_what_a_saved_plan_says_of_its_changes_may_be_any_value_and_is_read_or_refused(record: dict[str, Any]) -> None:
    assert 1 == len(record["audit"]["changes"])
    places = [place for name in ("attribution", "audit") for place in ((name,), *members(record[name], name))]
    assert len(places) > 50
    values: tuple[Any, ...] = (None, "x")
    for place in places:
        for value in values:
            changed = copy.deepcopy(record)
            part = changed
            for key in place[:-1]:
                part = part[key]
            if part[place[-1]] == value:
                continue
            part[place[-1]] = value
            try:
                assert read(changed).audit is not None
            except PlanError:
                continue
            assert not {*place}.isdisjoint(FREE_TO_CHANGE)
