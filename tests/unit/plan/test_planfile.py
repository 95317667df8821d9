"""A plan read from a file is one that policylint could have made, whoever made its fingerprint."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from policylint.adapters import resources
from policylint.errors import PlanError
from policylint.escape import to_json
from policylint.plan import planfile
from policylint.plan.plan import AffectedDevice
from policylint.plan.planfile import fingerprint, fingerprint_of, plan_pieces, plan_record, read_plan
from policylint.render.powershell import render_converge_script
from tests.plans import rich_plan
from tests.texts import TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policylint.plan.plan import Plan

RECORD = plan_record(rich_plan({"snapshot-max-age-hours": 24}))
REFUSED = plan_record(rich_plan({"max-newly-denied": 0}))


def sealed_again(record: dict[str, Any]) -> str:
    return json.dumps({**record, "fingerprint": fingerprint(record)})


def read(text: str, **ahead: float) -> Plan:
    return read_plan(text, "plan.json", STORE, TODAY + timedelta(**ahead))


def test_a_plan_keeps_its_environment() -> None:
    plan = rich_plan()
    named = plan._replace(provenance=plan.provenance._replace(environment="hybrid"))
    assert "hybrid" == read(sealed_again(plan_record(named))).provenance.environment
    assert "environment" not in plan_record(plan)


def test_the_plans_to_edit_are_good_and_have_each_kind_of_step() -> None:
    assert rich_plan({"snapshot-max-age-hours": 24}) == read(sealed_again(RECORD))
    assert REFUSED["refusals"]
    assert read(sealed_again(REFUSED)).refusals
    steps = {(step["action"], step["kind"]) for step in RECORD["steps"]}
    assert {
        ("update", "organization"), ("create", "deviceAccessRule"), ("update", "deviceAccessRule"),
        ("delete", "deviceAccessRule"), ("create", "mobileDeviceMailboxPolicy"), ("update", "mailbox"),
        ("update", "mobileDeviceMailboxPolicy"),
    } <= steps  # fmt: skip
    assert RECORD["drift"]


def test_a_plan_says_how_many_objects_the_snapshot_holds() -> None:
    counts = {"deviceAccessRules": 2, "mobileDeviceMailboxPolicies": 1, "mailboxes": 2}
    assert counts == RECORD["snapshot"]["objects"]
    assert counts == read(sealed_again(RECORD)).source.objects


def test_a_plan_of_an_older_version_does_not_say_how_many_objects_there_were() -> None:
    record = copy.deepcopy(RECORD)
    del record["snapshot"]["objects"]
    older = read(sealed_again(record))
    assert older.source.objects is None
    assert "'objects' = $null" in render_converge_script(resources.read_script("converge.ps1"), older, STORE)


def step(action: str, kind: str, name: str = "") -> int:
    """Return the place of the first step of a kind that changes a property."""
    return next(
        place
        for place, each in enumerate(RECORD["steps"])
        if (each["action"], each["kind"]) == (action, kind)
        and (not name or any(change["property"] == name for change in each["changes"]))
    )


def change(place: int, name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Return what gives a change of a property other values."""

    def edit(record: dict[str, Any]) -> None:
        found = next(each for each in record["steps"][place]["changes"] if each["property"] == name)
        found.update(values)

    return edit


def put(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value where keys lead."""

    def edit(record: dict[str, Any]) -> None:
        part: Any = record
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return edit


def first_and_second_step_swapped(record: dict[str, Any]) -> None:
    record["steps"][:2] = record["steps"][1::-1]


def one_step_less(record: dict[str, Any]) -> None:
    del record["steps"][1]


def one_change_twice(record: dict[str, Any]) -> None:
    record["steps"][0]["changes"] *= 2


RULE, NEW_RULE, GONE = (step(action, "deviceAccessRule") for action in ("update", "create", "delete"))
MAILBOX, LIST = step("update", "mailbox", "ActiveSyncEnabled"), step("update", "mailbox", "ActiveSyncAllowedDeviceIDs")
NEW_POLICY, POLICY = (step(action, "mobileDeviceMailboxPolicy") for action in ("create", "update"))
ORGANIZATION = step("update", "organization", "UserMailInsert")
LEVEL = step("update", "organization", "DefaultAccessLevel")


def outlook_on_premises(record: dict[str, Any]) -> None:
    record["edition"] = "exchange-2019"
    change(MAILBOX, "ActiveSyncEnabled", property="OutlookMobileEnabled")(record)


EDITS: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    # id, what is done to the record, what is said
    ("kind-without-cmdlet", put("steps", 0, "kind", value="mailboxPlan"), "no plan can create mailbox plans"),
    ("kind-of-another-edition", put("steps", MAILBOX, "kind", value="deviceAutoblockThreshold"),
     "exchange-online has no `deviceAutoblockThreshold`"),
    ("no-such-edition", put("edition", value="exchange-2010"), "`edition` is none that is known"),
    ("property-of-another-edition", outlook_on_premises, "mailbox of exchange-2019 has no such property"),
    ("organization-deleted", put("steps", LEVEL, "action", value="delete"), "no plan can delete organization settings"),
    ("mailbox-created", put("steps", MAILBOX, "action", value="create"), "no plan can create mailboxes"),
    ("ids-swapped", first_and_second_step_swapped, "step 1 of [0-9]+: its `id` is not s001"),
    ("step-removed", one_step_less, "step 2 of [0-9]+: its `id` is not s002"),
    ("id-twice", put("steps", 1, "id", value="s001"), "step 2 of [0-9]+: its `id` is not s002"),
    ("id-of-other-digits", put("steps", 1, "id", value="s00\u0662"), "its `id` is not s002"),
    ("id-with-a-line-end", put("steps", 1, "id", value="s002\n"), "its `id` is not s002"),
    ("identity-of-another", put("steps", MAILBOX, "identity", value="eve@contoso.com"), "`identity` is not what"),
    ("target-of-another", put("steps", MAILBOX, "target", "PrimarySmtpAddress", value="eve@contoso.com"),
     "`identity` is not what"),
    ("identity-of-a-rule", put("steps", RULE, "identity", value="Android (DeviceType)"), "`identity` is not what"),
    ("target-of-a-rule", put("steps", GONE, "target", "QueryString", value="iPad"), "`identity` is not what"),
    ("target-without-a-name", put("steps", RULE, "target", "QueryString", value=None), "`identity` is not what"),
    ("target-with-more", put("steps", RULE, "target", "DomainController", value="x"), "`target` does not hold"),
    ("target-with-less", put("steps", RULE, "target", value={}), "`target` does not hold"),
    ("target-of-the-organization", put("steps", LEVEL, "target", value={"Identity": "x"}), "`target` does not hold"),
    ("identity-of-the-organization", put("steps", LEVEL, "identity", value="Other"), "`identity` is not what"),
    ("no-such-property", change(MAILBOX, "ActiveSyncEnabled", property="Format"), "no such property"),
    ("property-that-is-a-parameter", change(MAILBOX, "ActiveSyncEnabled", property="DomainController"),
     "no such property"),
    ("property-in-other-letters", change(MAILBOX, "ActiveSyncEnabled", property="activesyncenabled"),
     "no such property"),
    ("property-not-planned", change(MAILBOX, "ActiveSyncEnabled", property="ActiveSyncDebugLogging"),
     "no such property"),
    ("property-of-another-kind", change(MAILBOX, "ActiveSyncEnabled", property="PasswordEnabled"), "no such property"),
    ("key-changed", change(RULE, "AccessLevel", property="QueryString", kind="string", after="x", before="y"),
     "no plan can change QueryString"),
    ("changes-twice", one_change_twice, "changes a property twice"),
    ("changes-nothing", put("steps", MAILBOX, "changes", value=[]), "it changes nothing"),
    ("kind-of-value", change(MAILBOX, "ActiveSyncEnabled", kind="string"), "its `kind` is not bool"),
    ("bool-as-text", change(MAILBOX, "ActiveSyncEnabled", after="false"), "`after` is no value of its kind"),
    ("bool-as-number", change(MAILBOX, "ActiveSyncEnabled", after=0), "`after` is no value of its kind"),
    ("bool-as-null", change(MAILBOX, "ActiveSyncEnabled", after=None), "`after` is no value of its kind"),
    ("bool-as-list", change(MAILBOX, "ActiveSyncEnabled", after=["x"]), "`after` is no value of its kind"),
    ("before-as-list", change(MAILBOX, "ActiveSyncEnabled", before=["x"]), "`before` is no value of its kind"),
    ("before-as-number", change(MAILBOX, "ActiveSyncEnabled", before=1), "`before` is no value of its kind"),
    ("level-that-is-none", change(LEVEL, "DefaultAccessLevel", after="Escalate"), "`after` is no value"),
    ("text-too-long", change(ORGANIZATION, "UserMailInsert", after="x" * 257), "`after` is no value of its kind"),
    ("list-as-text", change(LIST, "ActiveSyncAllowedDeviceIDs", after="A"), "`after` is no value of its kind"),
    ("list-as-null", change(LIST, "ActiveSyncAllowedDeviceIDs", after=None), "`after` is no value of its kind"),
    ("list-with-nothing", change(LIST, "ActiveSyncAllowedDeviceIDs", after=[""]), "`after` is no value of its kind"),
    ("list-of-numbers", change(LIST, "ActiveSyncAllowedDeviceIDs", after=[1]), "is not of type 'string'"),
    ("known-without-an-item", change(LIST, "ActiveSyncAllowedDeviceIDs", known=["D"]), "`known` lacks an item"),
    ("known-of-a-scalar", change(MAILBOX, "ActiveSyncEnabled", known=[]), "`known` lacks an item"),
    ("number-too-large", change(NEW_POLICY, "MaxAttachmentSize", after=2**40), "`after` is no value of its kind"),
    ("span-too-long", change(NEW_POLICY, "MaxInactivityTimeLock", after="02:00:00"), "`after` is no value"),
    ("span-that-is-none", change(NEW_POLICY, "MaxInactivityTimeLock", after="00:99:00"), "`after` is no value"),
    ("number-beyond-its-range", change(POLICY, "MinPasswordLength", after=17), "`after` is no value of its kind"),
    ("created-with-a-value-before", change(NEW_RULE, "AccessLevel", before="Allow"), "before it is there"),
    ("created-otherwise", change(NEW_RULE, "QueryString", after="iPhone"), "what it creates is not what `target` says"),
    ("created-without-its-key", put("steps", NEW_RULE, "changes", value=[]), "what it creates is not what `target`"),
    ("deleted-with-a-value-after", change(GONE, "AccessLevel", after="Allow"), "when it is gone"),
    ("deleted-without-what-it-was", put("steps", GONE, "changes", value=[]), "it does not say what it deletes"),
    ("in-sync", put("inSync", value=True), "`inSync` is not what"),
    ("age", put("snapshot", "ageHours", value=0), "`snapshot` is not what"),
    ("objects-of-no-section", put("snapshot", "objects", value={"devices": 9}), "`objects`: exchange-online has no"),
    ("objects-of-another-edition", put("snapshot", "objects", value={"deviceAutoblockThresholds": 1}),
     "`objects`: exchange-online has no"),
    ("fewer-objects", put("snapshot", "objects", "mailboxes", value=0), "`objects`: fewer `mailboxes` than the steps"),
    ("fewer-rules", put("snapshot", "objects", "deviceAccessRules", value=1), "fewer `deviceAccessRules` than"),
    ("no-count-of-what-changes", put("snapshot", "objects", value={}), "`objects`: fewer `deviceAccessRules` than"),
    ("objects-below-none", put("snapshot", "objects", "mailboxes", value=-1), "less than the minimum of 0"),
    ("objects-as-text", put("snapshot", "objects", "mailboxes", value="2"), "is not of type 'integer'"),
    ("objects-as-null", put("snapshot", "objects", value=None), "is not of type 'object'"),
    ("taken-at-no-time", put("snapshot", "takenAt", value="yesterday"), "`takenAt` is no time"),
    ("created-at-no-time", put("createdAt", value="now"), "not a plan"),
    ("created-at-in-other-digits", put("createdAt", value="\u0662026-11-23T09:00:00Z"), "not a plan"),
    ("created-in-the-future", put("createdAt", value="2026-11-23T09:10:01Z"), "`createdAt` is in the future"),
    ("ends-before-it-began", put("notAfter", value="2026-11-23T08:59:59Z"), "`notAfter` is not within"),
    ("ends-never", put("notAfter", value="9999-12-31T23:59:59Z"), "`notAfter` is not within 87,600 hours"),
    ("created-before-time", put("createdAt", value="0001-01-01T00:00:00Z"), "not a plan|`notAfter` is not within"),
    ("drift-of-another-edition", put("drift", 0, "kind", value="deviceAutoblockThreshold"), "`drift`: exchange-online"),
    ("drift-of-no-property", put("drift", 0, "property", value="x"), "`drift`: .* has no such property"),
    ("drift-for-no-reason", put("drift", 0, "why", value="::error::"), "`why` is none of its words"),
    ("fewer-blocked", put("impact", "newlyBlocked", value=0), "`impact`: the numbers are not those of `byPair`"),
    ("no-pairs", put("impact", "byPair", value=[]), "`byPair` is not the sum of `byClass`"),
    ("acknowledges-what-nobody-can", put("acknowledged", value=[
        {"guard": "hitless", "message": "m", "acknowledge": None, "reason": "r"}]), "`acknowledged` has what nobody"),
    ("acknowledges-without-reason", put("acknowledged", value=[
        {"guard": "hitless", "message": "m", "acknowledge": "hitless=1", "reason": " "}]), "or no reason"),
    ("acknowledges-another", put("refusals", value=[
        {"guard": "hitless", "message": "m", "acknowledge": "$(touch x)"}]), "`acknowledge` is not what lifts"),
    ("since-without-commit", put("since", value={"name": "x", "modified": False}), "'commit' is a required property"),
    ("member-nobody-knows", put("approvedBy", value="ann"), "'approvedBy' was unexpected"),
    ("member-in-a-step", put("steps", 0, "note", value="x"), "'note' was unexpected"),
]  # fmt: skip


NO_SETTINGS = [
    *(
        "MAPIEnabled",
        "SmtpClientAuthenticationDisabled",
        "EwsAllowList",
        "Organization",
        "Identity",
        "Confirm",
        "WhatIf",
    ),
    *("ErrorAction", "Force", "DomainController", "ResetAutoBlockedDevices", "IgnoreDefaultScope", "Name", "", "A b"),
    *("ActiveSyncMailboxPolicyIsDefaulted", "PrimarySmtpAddress", "Guid", "Verbose", "ProgressAction", "*"),
]


@pytest.mark.parametrize("name", NO_SETTINGS)
@pytest.mark.parametrize("action", ["update", "create", "delete"])
def test_no_step_names_what_is_no_setting_of_its_object(action: str, name: str) -> None:
    for place in {"update": [MAILBOX, LEVEL, RULE], "create": [NEW_RULE], "delete": [GONE]}[action]:
        record = copy.deepcopy(RECORD)
        record["steps"][place]["changes"][-1]["property"] = name
        with pytest.raises(PlanError, match=r"no such property that a plan can change|no plan can change Identity"):
            read(sealed_again(record))


def members(value: Any, *keys: Any) -> Iterator[tuple[Any, ...]]:
    """Yield where a record has each of its members: the keys that lead there."""
    if isinstance(value, dict):
        for name in value:
            yield (*keys, name)
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, (dict, list)):
            yield from members(part, *keys, key)


OPTIONAL = {
    "since",
    "revision",
    "configurationChanges",
    "sinceProblem",
    "objects",
    "incomplete",
    "known",
    "affected",
    "reason",
    "owner",
}


@pytest.mark.parametrize("record", [RECORD, REFUSED], ids=["planned", "refused"])
def test_a_member_that_is_missing_is_missed(record: dict[str, Any]) -> None:
    places = list(members({name: part for name, part in record.items() if name != "fingerprint"}))
    assert len(places) > 200
    for *keys, last in places:
        less = copy.deepcopy(record)
        part: Any = less
        for key in keys:
            part = part[key]
        del part[last]
        if last in OPTIONAL or keys[-2:] == ["snapshot", "objects"]:
            continue
        with pytest.raises(PlanError, match=r"^plan\.json: "):
            read(sealed_again(less))


@pytest.mark.parametrize(("edit", "words"), [case[1:] for case in EDITS], ids=[case[0] for case in EDITS])
def test_an_edit_with_a_fingerprint_that_fits_is_refused(edit: Callable[[dict[str, Any]], None], words: str) -> None:
    record = copy.deepcopy(RECORD)
    edit(record)
    with pytest.raises(PlanError, match=words) as caught:
        read(sealed_again(record))
    assert caught.value.message.startswith("plan.json: not a plan: ")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300
    assert "plan --out" in str(caught.value.help)


PLACES = [(), *((name,) for name in RECORD), *(("steps", 0, name) for name in RECORD["steps"][0])]


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("value", [None, True, 0, -1, 10**17, "", "x", [], [None], {}, {"x": [1]}], ids=json.dumps)
def test_any_part_may_be_any_value(places: tuple[Any, ...], value: Any) -> None:
    record = copy.deepcopy(RECORD)
    if places:
        put(*places, value=value)(record)
    text = sealed_again(record) if places else json.dumps(value)
    try:
        found = read(text)
    except PlanError:
        return
    assert places[-1] in {"notAfter", "tenant", "organization", "organizationGuid", "tool", "warnings", "since",
                          "revision", "sinceProblem", "configurationChanges", "opens", "closes", "refusals",
                          "acknowledged", "inSync", "fingerprint", "drift", "steps"}  # fmt: skip
    assert found.source.path == "live.json"


@pytest.mark.parametrize(
    "text",
    [
        lambda text: text.replace('"edition"', '"edition": "exchange-2019", "edition"', 1),
        lambda text: text.replace('"opens": 0', '"opens": 0, "opens": 0', 1),
        lambda text: text.replace('"opens": 0', '"opens": NaN', 1),
        lambda text: text.replace('"opens": 0', '"opens": 0.0', 1),
        lambda text: text.replace('"opens": 0', f'"opens": {"1" * 5000}', 1),
        lambda text: text.replace("Wait.", "\\ud800", 1),
        lambda text: text + "x",
        lambda text: "x" + text,
        lambda text: text + text,
        lambda text: text[:-1] + ",}",
        lambda text: text.replace('"warnings": [', f'"warnings": {"[" * 5000}', 1),
    ],
)  # fmt: skip
def test_what_is_no_strict_json_is_refused(text: Callable[[str], str]) -> None:
    good = sealed_again(RECORD)
    assert good != text(good)
    with pytest.raises(PlanError, match=r"^plan.json: not a plan: "):
        read(text(good))


@pytest.mark.parametrize(("ahead", "good"), [({"minutes": -10}, True), ({"minutes": -11}, False), ({"days": 9}, True)])
def test_a_plan_is_of_now_or_of_before(ahead: dict[str, float], good: bool) -> None:
    if good:
        assert read(sealed_again(RECORD), **ahead)
        return
    with pytest.raises(PlanError, match="`createdAt` is in the future"):
        read(sealed_again(RECORD), **ahead)


@pytest.mark.parametrize("tool", ["\u0661.\u0660", "1.0\n", "1.0'", "", "$(x)", "1.0 x", "\uff11.0"])
def test_no_script_is_made_by_a_version_that_is_none(tool: str) -> None:
    plan = read(sealed_again({**RECORD, "tool": tool}))
    with pytest.raises(PlanError, match="`tool` is malformed"):
        render_converge_script(resources.read_script("converge.ps1"), plan, STORE)


def test_a_plan_of_a_snapshot_without_a_time_is_one() -> None:
    record = copy.deepcopy(RECORD)
    record["snapshot"] |= {"takenAt": None, "ageHours": None}
    assert ("", None) == ((plan := read(sealed_again(record))).source.taken_at, plan.age_hours)


def many() -> Plan:
    plan = rich_plan()
    row = AffectedDevice('a"%s\u00e9##[x]', "\\%d", ("100 %", None, "\u2028", "y"), "Allowed", None)
    return plan._replace(affected=(*(plan.affected or ()), *[row, row._replace(part="branch")] * 3))


@pytest.mark.parametrize(
    "plan",
    [rich_plan(), many(), rich_plan()._replace(affected=()), rich_plan()._replace(affected=None, evidence=None)],
    ids=["rich", "any-text", "nobody", "older"],
)
@pytest.mark.parametrize("indent", [1, 2])
@pytest.mark.parametrize("at_once", [1, 1000])
def test_the_pieces_of_a_plan_are_its_record(plan: Plan, indent: int, at_once: int) -> None:
    record = plan_record(plan)
    with patch.object(planfile, "_AT_ONCE", at_once):
        assert record["fingerprint"] == fingerprint_of(plan)
        assert to_json(record, indent=indent) == "".join(plan_pieces(plan, indent))
        assert to_json(record, indent=indent) == "".join(plan_pieces(plan, indent, record["fingerprint"]))
