"""A saved plan is checked by its own evidence: what policylint makes is sound, and any single edit of it is refused."""

from __future__ import annotations

import copy
import io
import json
import subprocess
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from policylint.access.steps import STEPS, SWITCHES
from policylint.checker import ORDER, digest, ends_of, main, problems
from policylint.errors import PlanError
from policylint.model.state import State
from policylint.plan.planfile import fingerprint, plan_record, read_plan
from policylint.text import fold
from tests.evidence import WANTED, leaves, others, rows, telling_plan
from tests.examples import examples
from tests.laws.reference_exchange import planned
from tests.strategies import World, declared_states, devices, live_states, worlds
from tests.texts import TODAY
from tests.worlds import FREE, STORE, config, plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policylint.model.device import Device
    from policylint.plan.plan import Plan

RECORD = telling_plan()
PARTS = ("evidence", "steps", "impact")
EVERY = 1 if settings().max_examples > 500 else 12
"""Of how many edits one is tried; all of them in the thorough profile."""

DECIDING = {
    "AccessLevel", "DefaultAccessLevel", "AllowNonProvisionableDevices", "OutlookMobileEnabled", "ActiveSyncEnabled",
    "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs",
}  # fmt: skip


def record_of(made: Plan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(plan_record(made)))
    return found


def said(record: dict[str, Any]) -> str | None:
    """Return what is wrong with a record that somebody edited, with a fingerprint that fits; None where it is taken."""
    sealed = {**record, "fingerprint": fingerprint(record)}
    if (found := next(problems(sealed), None)) is not None:
        return found
    try:
        read_plan(json.dumps(sealed), "plan.json", STORE, TODAY)
    except PlanError as refused:
        return refused.message
    return None


def part_at(record: Any, keys: tuple[Any, ...]) -> Any:
    for key in keys:
        record = record[key]
    return record


def edited_values(parts: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], Any, dict[str, Any]]]:
    """Yield what each leaf is replaced by, with the record that has it there; the record is put right again after."""
    record = copy.deepcopy(RECORD)
    for part in parts:
        for keys, value in list(leaves(record[part], part)):
            holder = part_at(record, keys[:-1])
            for other in others(value):
                holder[keys[-1]] = other
                yield keys, other, record
            holder[keys[-1]] = value


def test_the_plan_to_edit_is_sound_and_has_each_kind_of_class() -> None:
    assert [] == list(problems(RECORD))
    classes = RECORD["evidence"]["classes"]
    kinds = {each[side]["by"]["kind"] for each in classes for side in ("before", "after")}
    assert {"organization", "deviceAccessRule", "mobileDeviceMailboxPolicy", "mailbox"} == kinds
    assert {"mailbox", "deviceId", "held", "policy", "step"} <= {name for each in classes for name in each}
    assert {0, 2} <= {each["devices"] for each in classes}


def test_any_other_value_of_class_count_state_object_or_step_is_refused() -> None:
    edits = list(range(0, sum(1 for _ in edited_values(PARTS)), EVERY))
    chosen = set(edits)
    taken = [
        (keys, other)
        for number, (keys, other, record) in enumerate(edited_values(PARTS))
        if number in chosen and said(record) is None
    ]
    assert len(edits) > 250
    assert [] == taken


def test_what_decides_is_refused_even_where_the_digest_of_the_ends_is_made_again() -> None:
    taken, number = [], 0
    for keys, other, record in edited_values(("steps",)):
        change = part_at(record, keys[:4]) if len(keys) > 4 and keys[2] == "changes" else {}
        if change.get("property") in DECIDING and keys[4] in {"before", "after"}:
            number += 1
            evidence = {**record["evidence"], "ends": digest(ends_of(record["steps"]))}
            if said({**record, "evidence": evidence}) is None:
                taken.append((keys, other))
    assert number > 50
    assert [] == taken


@pytest.mark.parametrize("part", ["evidence", "steps", "impact"])
def test_a_row_that_is_missing_or_twice_is_refused(part: str) -> None:
    taken = []
    for *keys, place in list(rows(RECORD[part], part))[:: max(1, EVERY // 4)]:
        if keys[-1] == "known":
            continue
        for twice in (False, True):
            record = copy.deepcopy(RECORD)
            items = part_at(record, tuple(keys))
            items[place : place + 1] = items[place : place + 1] * 2 if twice else []
            if said(record) is None:
                taken.append((keys, place, twice))
    assert [] == taken


def test_no_edit_is_taken_without_a_fingerprint_that_fits() -> None:
    edits = islice(edited_values(("evidence",)), 0, None, EVERY)
    found = [next(problems(record)) for _keys, _other, record in edits]
    assert {"the fingerprint is not that of the rest"} == {*found}


def test_two_steps_in_another_order_are_refused() -> None:
    taken = []
    for place in range(len(RECORD["steps"]) - 1):
        record = copy.deepcopy(RECORD)
        one, two = record["steps"][place : place + 2]
        record["steps"][place : place + 2] = [{**two, "id": one["id"]}, {**one, "id": two["id"]}]
        switches = any(each.get("step") in {one["id"], two["id"]} for each in record["evidence"]["classes"])
        if switches and said(record) is None:
            taken.append(place)
    assert [] == taken


@settings(max_examples=examples(25))
@given(live_states(), declared_states())
def test_what_is_planned_is_sound(live: State, declared: State) -> None:
    record = record_of(planned(live, declared))
    assert [] == list(problems(record))
    assert sum(each["devices"] for each in record["evidence"]["classes"]) == record["impact"]["devices"]


@settings(max_examples=examples(30))
@given(worlds(), worlds(), devices(), devices())
def test_what_is_planned_from_little_that_is_known_is_sound(
    live: World, wanted: World, one: Device, two: Device
) -> None:
    outside = {"conditional-access-covers-outlook-mobile": live.facts.conditional_access}
    facts = config(edition=live.facts.edition, precedence=live.facts.precedence, outside=outside, guards=FREE)
    read = {kind: objects for kind, objects in wanted.state.objects.items() if live.state.section(kind) is not None}
    owned = [each._replace(owner=each.mailbox or "") for each in (one, two)]
    record = record_of(plan(State(read), live.state, owned, facts))
    if all(refusal["guard"] != "setting-not-read" for refusal in record["refusals"]):
        assert [] == list(problems(record))


def test_a_plan_without_evidence_is_none_of_this_version() -> None:
    record = {name: part for name, part in RECORD.items() if name != "evidence"}
    assert said(record) == "it has no evidence"
    older = {name: part for name, part in record.items() if name != "affected"}
    assert read_plan(json.dumps({**older, "fingerprint": fingerprint(older)}), "p", STORE, TODAY).evidence is None


def test_classes_cover_each_value_that_a_rule_names_alone_and_devices_that_report_none() -> None:
    alone = [each for each in RECORD["evidence"]["classes"] if "mailbox" not in each]
    named = {(row["characteristic"], row["value"]) for row in RECORD["evidence"]["values"]}
    assert {("DeviceType", "iPhone"), ("DeviceModel", "B2"), ("DeviceOS", "iOS 15"), ("UserAgent", "TbSync")} <= named
    values = {
        tuple(fold(each[name]) for name in ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent") if name in each)
        for each in alone
    }
    assert {(), *((fold(value),) for _of, value in named)} <= values


@pytest.mark.parametrize(
    ("edit", "code", "words"),
    [
        (lambda record: record, 0, "the plan is sound"),
        (lambda record: {**record, "warnings": ["x"]}, 1, "the fingerprint is not that of the rest"),
        (lambda record: {"fingerprint": record["fingerprint"]}, 1, "the fingerprint is not"),
        (lambda record: [record], 1, "it does not have the form of a plan"),
    ],
)
def test_it_runs_on_its_own(edit: Any, code: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(edit(RECORD)), "utf-8")
    command = [sys.executable, "-m", "policylint.checker", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (code, "") == (done.returncode, done.stderr)
    assert words in done.stdout


def test_the_order_of_decision_is_the_one_that_plans_are_made_by() -> None:
    settings_of = {
        "mailbox-switch": "ActiveSyncEnabled", "mailbox-policy": "AllowNonProvisionableDevices",
        "personal-block": "ActiveSyncBlockedDeviceIDs", "personal-allow": "ActiveSyncAllowedDeviceIDs",
        "rules": "AccessLevel", "default": "DefaultAccessLevel",
    }  # fmt: skip
    places = [ORDER[settings_of.get(step.name, step.name)] for step in STEPS]
    assert list(range(len(STEPS))) == places
    assert {ORDER["ActiveSyncEnabled"]} == {ORDER[name] for name in SWITCHES}
    assert set(ORDER) == {*(settings_of.get(step.name, step.name) for step in STEPS), *SWITCHES}


def sealed(record: dict[str, Any], *, ends: bool = True) -> dict[str, Any]:
    """Return a record with its digests made again."""
    if ends:
        record["evidence"]["ends"] = digest(ends_of(record["steps"]))
    return {**record, "fingerprint": fingerprint(record)}


def step_of(record: dict[str, Any], kind: str, name: str | None = None) -> Any:
    steps = [each for each in record["steps"] if each["kind"] == kind]
    return next(each for each in steps if name in {None, *(change["property"] for change in each["changes"])})


@pytest.mark.parametrize("name", ["ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_no_list_holds_an_id_that_the_evidence_does_not_know(name: str, side: str) -> None:
    record = copy.deepcopy(RECORD)
    changes = step_of(record, "mailbox", name)["changes"]
    change = next(each for each in changes if each["property"] == name)
    change[side], change["known"] = [*change[side], "STOLEN"], [*change["known"], "STOLEN"]
    assert any("`listed` and `unseen` are not" in problem for problem in problems(sealed(record)))


def test_an_id_that_no_device_has_is_a_row_of_its_mailbox() -> None:
    record = telling_plan(WANTED.replace("[A, B]", "[A, B, Q]"))
    rows_of = {row["mailbox"]: (row["listed"], row["unseen"]) for row in record["evidence"]["mailboxes"]}
    assert (["A", "B", "Z"], ["Q"]) == rows_of["ann@contoso.com"]
    assert [] == list(problems(record))


NAMED = {each.get("deviceId") for each in RECORD["evidence"]["classes"]}
EDITS: dict[str, Any] = {
    "id": lambda record: record["steps"][0].update(id="s002"),
    "create": lambda record: step_of(record, "mailbox").update(action="create"),
    "delete": lambda record: step_of(record, "organization").update(action="delete"),
    "kind": lambda record: step_of(record, "mailbox", "OutlookMobileEnabled")["changes"][0].update(kind="string"),
    "text": lambda record: step_of(record, "mailbox", "OutlookMobileEnabled")["changes"][0].update(before="True"),
    "twice": lambda record: step_of(record, "mailbox")["changes"].append(step_of(record, "mailbox")["changes"][0]),
    "mailboxes": lambda record: record["impact"].update(mailboxes=record["impact"]["mailboxes"] + 1),
    "unknownOwner": lambda record: record["impact"].update(unknownOwner=1),
    "owner": lambda record: record["affected"][0].update(mailbox="gus@contoso.com"),
    "device": lambda record: next(row for row in record["affected"] if row["deviceId"] in NAMED).update(deviceId="Q"),
    "to": lambda record: record["affected"][0].update(to="Blocked", **{"from": "Blocked"}),
    "held": lambda record: next(each for each in record["evidence"]["classes"] if "held" in each).pop("held"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_the_checker_alone_refuses_what_no_plan_can_be(name: str) -> None:
    record = copy.deepcopy(RECORD)
    EDITS[name](record)
    assert [] != list(problems(sealed(record)))


def test_a_switch_was_never_a_text() -> None:
    record = copy.deepcopy(RECORD)
    EDITS["text"](record)
    older = {name: part for name, part in record.items() if name not in {"evidence", "affected"}}
    with pytest.raises(PlanError, match="`before` is no value of its kind"):
        read_plan(json.dumps({**older, "fingerprint": fingerprint(older)}), "p", STORE, TODAY)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"{", 4), (b"\xff", 4), (b'{"a": 1, "a": 2}', 4), (b"[" * 100_000, 4), (None, 4), (b"\xef\xbb\xbf[]", 1)],
)
def test_a_file_that_is_no_plan_is_one_line(
    content: bytes | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_bytes(content)
    assert code == main([str(path)])
    assert (1 if code == 4 else 0) == len(capsys.readouterr().err.splitlines())


def test_the_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(RECORD).encode())))
    assert 0 == main(["-"])


def test_it_uses_nothing_that_made_the_plan() -> None:
    lines = "import policylint.checker, sys; print(*(name for name in sys.modules if name.startswith('policylint')))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, encoding="utf-8", check=True)
    own = {"policylint", "policylint.version", "policylint.checker", "policylint.regex", "policylint.uppercase"}
    assert own == set(done.stdout.split())
