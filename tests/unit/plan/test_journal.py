"""A journal is taken for what a script wrote, or refused with the place and what to do."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.errors import PlanError, SnapshotError
from policylint.plan.asked import Asked
from policylint.plan.journal import read_journal
from policylint.plan.make_back import make_plan_back
from policylint.plan.planfile import plan_record, read_plan
from policylint.source import Source
from tests.journals import Scribe
from tests.plans import DEVICE, LIVE, rich_plan
from tests.texts import TODAY, output_schema
from tests.worlds import FREE, STORE, config, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policylint.plan.change import PlanStep
    from policylint.plan.journal import Journal
    from policylint.plan.plan import Plan
    from policylint.plan.step_findings import StepFinding

MADE = rich_plan()
THERE = snapshot(LIVE, [DEVICE])
ALL = range(len(MADE.steps))
WHOLE = Scribe(MADE, THERE.state).run(ALL)
Lines = list[dict[str, Any]]


def text_of(lines: Lines) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def read(text: str, undone: Plan | None = None) -> Journal:
    return read_journal(Source("j.jsonl", text), STORE, undone)


def back(text: str, undone: Plan | None = None, guards: dict[str, Any] | None = None) -> Plan:
    settings = config(guards=FREE | (guards or {}))
    return make_plan_back(read(text, undone), THERE, settings, STORE, now=TODAY)


def older() -> Lines:
    """Return the journal as scripts wrote it that did not write whole objects."""
    return [
        {name: value for name, value in line.items() if name not in {"run", "object", "summary"}}
        for line in WHOLE.lines
    ]


def test_the_lines_of_a_script_are_as_the_schema_says() -> None:
    for line in [*WHOLE.lines, *older()]:
        output_schema("journal").validate(line)


def test_a_plan_back_is_one_that_can_be_saved_and_read() -> None:
    made = back(WHOLE.text)
    assert made.takes_back is not None
    assert (WHOLE.record["fingerprint"], ()) == (made.takes_back.fingerprint, made.takes_back.unknown)
    assert len(MADE.steps) == len(made.steps)
    record = plan_record(made)
    output_schema("plan").validate(record)
    assert made == read_plan(json.dumps(record), "back.json", STORE, TODAY)
    assert [f"takes back {step.id}" for step in reversed(MADE.steps)] == [step.reason for step in made.steps]


def test_rules_about_steps_see_the_reason_and_the_owner_of_what_is_taken_back() -> None:
    seen: list[PlanStep] = []

    def find(steps: Sequence[PlanStep]) -> tuple[StepFinding, ...]:
        seen.extend(steps)
        return ()

    made = make_plan_back(
        read(WHOLE.text),
        THERE,
        config(guards=FREE),
        STORE,
        now=TODAY,
        asked=Asked(find_steps=find),
        said=lambda step: (f"as {step.kind}" if step.action == "update" else "", "desk"),
    )
    assert tuple(seen) == made.steps
    wanted = [f"takes back {step.id}" + (f": as {step.kind}" if step.action == "update" else "") for step in MADE.steps]
    assert wanted[::-1] == [step.reason for step in seen]
    assert {"desk"} == {step.owner for step in seen}


def test_an_older_journal_is_read_with_its_plan() -> None:
    assert back(WHOLE.text, MADE).steps == back(text_of(older()), MADE).steps
    with pytest.raises(PlanError, match="of an older version") as refused:
        read(text_of(older()))
    assert "apply-script PLAN --rollback" in str(refused.value.help)


def test_what_was_read_back_may_differ_in_letters_and_order() -> None:
    lines = copy.deepcopy(WHOLE.lines)
    read_back = [line for line in lines if line["event"] == "verified" and line["after"] is not None]
    for line in read_back:
        for name, value in line["after"].items():
            if isinstance(value, list):
                line["after"][name] = [item.upper() for item in reversed(value)]
    for line in lines:
        output_schema("journal").validate(line)
    assert lines != WHOLE.lines
    assert back(WHOLE.text).steps == back(text_of(lines)).steps
    read_back[0]["after"] = dict.fromkeys(read_back[0]["after"], "another")
    with pytest.raises(PlanError, match="`after` is not that of line"):
        read(text_of(lines))


def test_what_a_run_did_not_do_is_not_taken_back() -> None:
    scribe = Scribe(MADE, THERE.state).run([0, 1])
    scribe.line(None, "start", run=scribe.header(["s001", "s003"]))
    for step, event in [("s001", "already-so"), ("s003", "declined")]:
        scribe.line(step, event)
    assert ["takes back s002", "takes back s001"] == [step.reason for step in back(scribe.text).steps]


def test_what_nobody_knows_is_taken_back_and_said() -> None:
    scribe = Scribe(MADE, THERE.state).run([0], 1)
    made = back(scribe.text)
    assert ["takes back s002, which may not have been taken", "takes back s001"] == [step.reason for step in made.steps]
    assert made.takes_back is not None
    assert ("s002",) == made.takes_back.unknown
    assert made.warnings[0].startswith("the last run in the journal has no end")
    assert made.warnings[1].startswith("the journal does not say of a step whether it was taken (s002)")
    scribe.line("s002", "failed", message="no\nanswer", outcome="failed")
    assert "step s002 of the journal failed after it began: no\\nanswer" in back(scribe.text).warnings


@pytest.mark.parametrize("left", [1, 9, 60, 150, 200])
def test_a_last_line_may_be_cut_anywhere(left: int) -> None:
    scribe = Scribe(MADE, THERE.state).run([0])
    whole = scribe.text
    scribe.line(None, "start", run=scribe.header(["s002"]))
    start = len(scribe.text)
    scribe.line("s002", "start")
    cut = scribe.text[: start + left]
    made = back(cut)
    assert ["takes back s001"] == [step.reason for step in made.steps]
    assert made.warnings[0].startswith("the last line of the journal is cut")
    is_named = '"step": "s002"' in cut[start:]
    assert is_named == any("about step s002 is cut, so the step is not taken back" in each for each in made.warnings)
    resumed = cut + "\n" + whole
    assert back(whole).steps == back(resumed).steps
    taken = [step.reason for step in back(cut, MADE).steps]
    assert ("takes back s002, which may not have been taken" in taken) == is_named


def test_runs_that_edit_a_list_twice_are_taken_back_together() -> None:
    scribe = Scribe(MADE, THERE.state).run([int(LIST[1:]) - 1])
    again = copy.deepcopy(scribe.lines)
    change = again[1]["object"]["changes"][0]
    for line in again[1:4]:  # somebody else put an item there and took away what the step had added
        line["before"][change["property"]] = [*change["before"], "Z"]
        line["after"][change["property"]] = [*change["after"], "Z"]
    change["before"], change["after"] = again[1]["before"][change["property"]], again[1]["after"][change["property"]]
    made = back(text_of([*scribe.lines, *again]))
    assert back(scribe.text).steps == made.steps


def test_a_run_may_fail_after_its_last_step_or_in_any() -> None:
    lines = copy.deepcopy(WHOLE.lines)
    lines[-1] |= {"event": "failed", "outcome": "conflict"}
    assert back(WHOLE.text).steps == back(text_of(lines)).steps
    number = len(MADE.steps)
    lines = [*lines[:6], lines[-1] | {"outcome": "interrupted"}]
    for counted in (1, 0):  # the second step is changed and does not show yet; the first may not be counted yet
        lines[-1]["summary"] = {"changed": counted, "alreadySo": 0, "left": number - counted, "seconds": 1}
        assert ["takes back s002", "takes back s001"] == [step.reason for step in back(text_of(lines)).steps]


def test_of_two_plans_in_a_file_the_last_or_the_given_one_is_taken_back() -> None:
    first = Scribe(MADE._replace(warnings=("other",)), THERE.state).run([0])
    second = Scribe(MADE, THERE.state).run([0, 1])
    made = back(first.text + second.text)
    assert back(second.text).steps == made.steps
    assert f"the journal has runs of another plan too, which are left alone: {first.record['fingerprint']}" in str(
        made.warnings
    )
    made = back(second.text + first.text, MADE)
    assert back(second.text).steps == made.steps
    assert "too, also after those that are taken back, which are left alone" in str(made.warnings)
    half = second.text + first.text[:-300]
    assert back(second.text).steps == back(half, MADE).steps


@pytest.mark.parametrize("tail", ["\0" * 20, "\n", "\n\n", "\0\n\0", '{"time": "20\0\0'])
def test_an_end_that_is_lost_is_as_one_that_is_cut(tail: str) -> None:
    scribe = Scribe(MADE, THERE.state).run([0])
    made = back(scribe.text + tail)
    assert back(scribe.text).steps == made.steps
    assert made.warnings[0].startswith("the last line of the journal is cut")
    again = back(scribe.text + tail + "\n" + scribe.text)
    assert back(scribe.text).steps == again.steps


def test_more_than_one_organization_is_refused() -> None:
    other = THERE._replace(header=THERE.header._replace(organization_guid="another"))
    with pytest.raises(SnapshotError, match="of another organization than the journal"):
        make_plan_back(read(WHOLE.text), other, config(guards=FREE), STORE, now=TODAY)
    nobody = THERE._replace(header=THERE.header._replace(organization_guid=None, tenant=None))
    with pytest.raises(PlanError, match="does not say whether it is, too"):
        make_plan_back(read(WHOLE.text), nobody, config(guards=FREE), STORE, now=TODAY)


def test_a_section_that_was_not_read_is_refused() -> None:
    without = THERE._replace(state=THERE.state.with_kind("deviceAccessRule", None))
    with pytest.raises(SnapshotError, match="the journal is about `deviceAccessRules`"):
        make_plan_back(read(WHOLE.text), without, config(guards=FREE), STORE, now=TODAY)


def test_the_guards_of_plans_are_those_of_plans_back() -> None:
    guards = {each.guard for each in back(WHOLE.text, guards={"max-deletes-percent": 0}).refusals}
    assert "max-deletes-percent" in guards
    assert {"snapshot-max-age-hours"} == {
        each.guard for each in back(WHOLE.text, guards={"snapshot-max-age-hours": 0}).refusals
    }


def test_a_snapshot_taken_later_says_what_changed_since() -> None:
    header = THERE.header._replace(taken_at="2026-11-23T08:50:00Z")
    later = THERE._replace(header=header, state=WHOLE.state)
    made = make_plan_back(read(WHOLE.text), later, config(guards=FREE), STORE, now=TODAY)
    assert not [each for each in made.warnings if "not as the journal left" in each]
    as_before = THERE._replace(header=header)
    made = make_plan_back(read(WHOLE.text), as_before, config(guards=FREE), STORE, now=TODAY)
    (found,) = [each for each in made.warnings if "not as the journal left" in each]
    assert found.startswith("7 objects are not as the journal left them, by the snapshot taken 19 minutes later")


# ---- what is no journal ----------------------------------------------------------------------------------------------


def place_of(action: str, kind: str) -> str:
    return next(step.id for step in MADE.steps if (step.action, step.kind) == (action, kind))


RULE, NEW, GONE = (place_of(action, "deviceAccessRule") for action in ("update", "create", "delete"))
MAILBOX = place_of("update", "mailbox")
LIST = next(step.id for step in MADE.steps if step.changes[0].property == "ActiveSyncAllowedDeviceIDs")


def put(step: str, *keys: Any, value: Any, event: str = "start") -> Callable[[Lines], None]:
    """Return what puts a value into the line of a step, where keys lead."""

    def edit(lines: Lines) -> None:
        part: Any = next(line for line in lines if line["event"] == event and line["step"] == (step or None))
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return edit


def in_all(step: str, name: str, **sides: Any) -> Callable[[Lines], None]:
    """Return what gives a setting other values in every line of a step."""

    def edit(lines: Lines) -> None:
        for line in lines:
            if line["step"] != step:
                continue
            for side, value in sides.items():
                if line[side]:
                    line[side][name] = value
            for change in line.get("object", {"changes": []})["changes"]:
                if change["property"] == name:
                    change.update(sides)

    return edit


def another_run(**values: Any) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        more = copy.deepcopy(lines[0])
        more["run"] |= values
        lines.append(more)

    return edit


EDITS: list[tuple[str, Callable[[Lines], Any], str, str]] = [
    # id, what is done to the lines, where it is found, what is said
    ("no-run", lambda lines: lines.pop(0), "1:", "it belongs to no run"),
    ("other-fingerprint", put("", "fingerprint", value="sha256:" + "0" * 64, event="end"), "", "of plan sha256:0"),
    ("member-nobody-knows", put(RULE, "approvedBy", value="ann"), "", "'approvedBy' was unexpected"),
    ("no-event", put(RULE, "event", value="undone"), "", "'undone' is not one of"),
    ("time", put(RULE, "time", value="yesterday"), "", "'yesterday' does not match"),
    ("edition", put("", "run", "edition", value="exchange-2010"), "1:", "its edition is none that is known"),
    ("another-organization", another_run(organizationGuid="x"), "", "it is of another organization"),
    ("another-tenant", another_run(tenant="x"), "", "it is of another organization"),
    ("step-not-chosen", put("", "run", "steps", value=[]), "2:", "was not chosen"),
    ("changed-without-start", lambda lines: lines.pop(1), "2:", "step s001 did not start"),
    ("kind-of-another-edition", put(RULE, "object", "kind", value="deviceAutoblockThreshold"), "", "has no"),
    ("property", put(MAILBOX, "object", "changes", 0, "property", value="MAPIEnabled"), "", "no such property"),
    ("kind-of-value", put(RULE, "object", "changes", 0, "kind", value="string"), "", "its `kind` is not enum"),
    ("value", in_all(RULE, "AccessLevel", after="Escalate"), "", "`after` is no value of its kind"),
    ("identity", put(RULE, "object", "identity", value="x (DeviceType)"), "", "`identity` is not what `target` says"),
    ("target", put(RULE, "object", "target", value={}), "", "`target` does not hold"),
    ("action", put(RULE, "object", "action", value="delete"), "", "it does not say what it deletes"),
    ("object-otherwise", put(RULE, "object", "changes", 0, "before", value="Quarantine"), "", "`before` of"),
    ("after-otherwise", put(RULE, "after", "AccessLevel", value="Quarantine"), "", "`after` of the line"),
    ("changed-otherwise", put(RULE, "after", "AccessLevel", value="Quarantine", event="changed"), "", "`after` is"),
    ("started-twice", lambda lines: lines.insert(2, copy.deepcopy(lines[1])), "3:", "step s001 started before"),
    ("no-object", put(RULE, "object", value=None), "", "None is not of type 'object'"),
    ("default", put(RULE, "object", "default", value={"Guid": "x"}), "", "`default` does not hold"),
]  # fmt: skip


def without(*places: int) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        lines[:] = [line for place, line in enumerate(lines) if place not in places]

    return edit


def ended(outcome: str = "done", **summary: int) -> Callable[[Lines], None]:
    """Return what has the run end otherwise than it does."""

    def edit(lines: Lines) -> None:
        lines[-1]["outcome"] = outcome
        lines[-1]["summary"] |= summary

    return edit


LAST = len(WHOLE.lines)
EDITS += [
    ("lines-of-a-step-are-gone", without(4, 5, 6), "5:", "step s002 comes before step s003 in this run"),
    ("a-line-of-a-step-is-gone", without(6), "7:", "step s002 comes before step s003 in this run"),
    ("changed-is-gone", without(5), "6:", "no line says that step s002 was changed"),
    ("lines-of-the-last-step-are-gone", without(LAST - 4, LAST - 3, LAST - 2), f"{LAST - 3}:", "no line says how step"),
    ("last-line-edited", lambda lines: lines[-1].pop("before"), f"{LAST}:", "'before' is a required property"),
    ("fewer-changed", ended(changed=1), f"{LAST}:", "`changed` is 1, and the lines of the run tell of"),
    ("more-already-so", ended(alreadySo=1), f"{LAST}:", "`alreadySo` is 1, and the lines of the run tell"),
    ("more-left", ended(left=1), f"{LAST}:", "does not come to the"),
    ("failed-with-fewer", ended("failed", changed=1), f"{LAST}:", "`changed` is 1"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "place", "said"), [each[1:] for each in EDITS], ids=[each[0] for each in EDITS])
def test_an_edited_journal_is_refused_with_the_place(edit: Callable[[Lines], None], place: str, said: str) -> None:
    lines = copy.deepcopy(WHOLE.lines)
    edit(lines)
    with pytest.raises(PlanError, match=said) as refused:
        read(text_of(lines))
    assert str(refused.value.span).startswith(f"j.jsonl:{place}")
    assert refused.value.help


PLANNED: list[tuple[str, Callable[[Lines], None], str]] = [
    ("another-value", in_all(RULE, "AccessLevel", before="Quarantine"), "makes something else of AccessLevel"),
    ("an-item-more", in_all(LIST, "ActiveSyncAllowedDeviceIDs", after=["A", "B", "EVIL"]), "makes something else"),
    ("another-object", put(GONE, "object", "target", "QueryString", value="x"), "`identity` is not what"),
    ("a-step-more", put("", "run", "steps", value=["s099"]), "was not chosen"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), [each[1:] for each in PLANNED], ids=[each[0] for each in PLANNED])
def test_with_its_plan_a_journal_must_agree(edit: Callable[[Lines], None], said: str) -> None:
    lines = copy.deepcopy(WHOLE.lines)
    edit(lines)
    with pytest.raises(PlanError, match=said):
        read(text_of(lines), MADE)


TEXTS = [
    ("", "the journal is empty"),
    ("\n", "line 1 is none that the script writes"),
    ("hello", "line 1 is none that the script writes: expecting value"),
    ("{}\n", "is a required property"),
    ("[]\n", "is not of type 'object'"),
    ('{"time": "2026', "there is no run in it"),
    (WHOLE.text.replace("\n", "\n\n", 1), "line 2 is none that the script writes"),
    (WHOLE.text.replace('"step": "s001", ', '"step": "s001", "step": "s001", ', 1), 'member "step" is there twice'),
    (WHOLE.text[: WHOLE.text.index("\n") + 90] + "\n" + text_of(WHOLE.lines[2:]), "line 2 is none that"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS, ids=range(len(TEXTS)))
def test_what_is_no_journal_is_refused(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        read(text)


def test_a_plan_of_another_journal_is_refused() -> None:
    with pytest.raises(PlanError, match=r"the journal is of plan sha256:.*, the plan that is given is sha256:"):
        read(WHOLE.text, rich_plan({"percent-floor": 1})._replace(warnings=("other",)))


def test_where_nothing_was_done_there_is_nothing_to_take_back() -> None:
    scribe = Scribe(MADE, THERE.state)
    scribe.line(None, "start", run=scribe.header(["s001"]))
    scribe.line(None, "failed", message="the plan is too old", outcome="refused")
    with pytest.raises(PlanError, match="the journal says that nothing was done"):
        read(scribe.text)
