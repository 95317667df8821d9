"""A plan for others than who runs the command: whom it names, how large it is, and that it is sound."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from policylint.access.impact import ClassChange
from policylint.cli.plan_views import SMALLEST
from policylint.plan.attribution import Attribution, Dropped, Edit
from policylint.plan.audit import AuditTrail, LiveChange
from policylint.plan.plan import AffectedDevice, ConfigurationChange, Plan, Provenance, Revision
from policylint.plan.refusal import Refusal
from policylint.plan.ring import Expected, Ring, StateCounts
from policylint.plan.rollback import TakesBack
from policylint.render.markdown import LARGEST
from policylint.render.people import HIDDEN
from policylint.render.plan.html import render_html
from policylint.render.plan.markdown import render_markdown
from policylint.render.plan.people import Mask
from policylint.render.plan.view import view_of
from policylint.text import fold
from tests.examples import examples
from tests.hostile.world import LIVE
from tests.plans import rich_plan
from tests.strategies import EVERY_DEVICE, USERS, declared_states, live_states
from tests.texts import TODAY
from tests.worlds import FREE, STORE, config, plan

if TYPE_CHECKING:
    from policylint.model.state import State

NOBODY = Expected(StateCounts(), StateCounts())
TRICKS = (" ".join(LIVE.values()), LIVE["markdown"])
IDS = {device.device_id for device in EVERY_DEVICE} | {"D3"}
STRICT = config(edition="exchange-2019", guards=FREE | {"protect": [*USERS], "max-newly-denied": 0})


def markdown(made: Plan, *, people: bool = False, full: bool = False, size: int = LARGEST) -> str:
    view = view_of(made, STORE, people=people, full=full, fingerprint="", now=made.created_at)
    return render_markdown(view, size=size, command="policylint plan --full")


def html(made: Plan, *, people: bool = False) -> str:
    return render_html(view_of(made, STORE, people=people, full=True, fingerprint="", now=made.created_at))


def shown(text: str) -> str:
    """Return what a reader sees of Markdown or HTML, and what is in its attributes."""
    text = re.sub(r"</dt><dd>|</?time[^>]*>", lambda tag: " " * tag[0].startswith("</dt"), text)
    return unescape(text).replace("\u200b", "").replace("\u2192", "->")


def named(text: str, names: set[str]) -> set[str]:
    """Return the names that occur in a text as words."""
    return {name for name in names if re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", fold(text))}


@settings(max_examples=examples(40))
@given(live_states(), declared_states())
def test_nobody_is_named_unless_asked_for(live: State, declared: State) -> None:
    made = plan(declared, live, EVERY_DEVICE, STRICT)
    for text in (markdown(made), markdown(made, full=True), html(made)):
        assert set() == named(shown(text), {*USERS, *IDS})
    mailboxes = {step.identity for step in made.steps if step.kind == "mailbox"}
    affected = {device.mailbox for device in made.affected or ()}
    for text in (markdown(made, people=True, size=10**7), html(made, people=True)):
        assert mailboxes | affected <= named(shown(text), {*USERS})


@settings(max_examples=examples(40))
@given(live_states(), declared_states())
def test_every_step_and_device_is_told_once(live: State, declared: State) -> None:
    made = plan(declared, live, EVERY_DEVICE, STRICT)
    for people in (False, True):
        view = view_of(made, STORE, people=people, full=False, fingerprint="", now=made.created_at)
        told = [step.ids.partition(" to ") for step in view.steps]
        numbers = [(int(first[1:]), int((last or first)[1:])) for first, _, last in told]
        steps = [number for first, last in numbers for number in range(first, last + 1)]
        assert [int(step.id[1:]) for step in made.steps] == steps
        assert sum(each.devices for each in made.impact.by_pair) == sum(
            move.devices for move in view.people or view.classes
        )
        words = " ".join(effect for step in view.steps for effect in step.effects)
        assert sum(step.opens for step in made.steps) == sum(map(int, re.findall(r"lets ([0-9]+) in", words)))
        assert sum(step.closes for step in made.steps) == sum(map(int, re.findall(r"keeps ([0-9]+) out", words)))


ANN = "ann@contoso.com"
TEXTS = (
    (f"{ANN} is not live", f"{HIDDEN} is not live"),
    ("phone of <Ann@Contoso.com>.", f"phone of <{HIDDEN}>."),
    ("+it@fabrikam.com, -it@adatum.com", f"+{HIDDEN}, -{HIDDEN}"),
    ("`svc-*@contoso.com`: 2", f"`{HIDDEN}`: 2"),
    ("the phone APPL12345 of the trade fair", f"the phone {HIDDEN} of the trade fair"),
    ("as appl12345, said", f"as {HIDDEN}, said"),
    ("APPL123456 stays", "APPL123456 stays"),
    ("Room 4 (West), the panel", f"{HIDDEN}), the panel"),
    ("no device", "no device"),
    ("a@", "a@"),
    ("", ""),
)


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_text_is_taken_for_what_names_somebody(text: str, expected: str) -> None:
    device = AffectedDevice("Room 4 (West)", "APPL12345", (None, None, None, None), "Allowed", "Blocked")
    made = rich_plan()._replace(affected=(device, device._replace(device_id="no")))
    assert expected == Mask(made).hide(text)
    assert text == Mask(made, shown=True).hide(text)


def test_a_note_on_a_name_of_the_configuration_names_nobody() -> None:
    """Somebody may be known there by any name, and such a name has no form."""
    found = plan_of_names(["John Doe", "no body@contoso.com"]).warnings
    assert 2 == len([note for note in found if "John Doe" in note or "no body" in note])
    notes = [Mask(rich_plan()).note(note) for note in found]
    assert [] == [note for note in notes if "John" in note or "body@" in note or "no body" in note]
    assert 2 == len([note for note in notes if note.startswith("`guards.protect` names a name, which is no mailbox")])


def plan_of_names(names: list[str]) -> Plan:
    return rich_plan({"protect": names})


def test_a_refusal_that_names_somebody_is_told_without_the_name_and_lifted_by_its_code() -> None:
    refusal = Refusal("protect", "1 device of boss, which", "protect=boss:1:abc", "1 device of protected mailboxes")
    made = rich_plan()._replace(refusals=(refusal,), acknowledged=((refusal, f"{ANN} agreed"),))
    hidden, full = markdown(made), markdown(made, people=True)
    assert "boss" not in hidden + html(made)
    assert f"1 device of protected mailboxes\n  To proceed anyway: <code>--acknowledge {refusal.code}" in shown(hidden)
    assert f"Reason: {HIDDEN} agreed" in shown(hidden)
    assert "1 device of boss, which\n  To proceed anyway: <code>--acknowledge protect=boss:1:abc --reason" in shown(
        full
    )


def test_refusals_that_say_the_same_are_one() -> None:
    refusals = [
        Refusal("unknown-mailbox", f"mailbox m{n} is", f"unknown-mailbox=m{n}", "a mailbox is declared but not live")
        for n in range(5)
    ]
    text = shown(markdown(rich_plan()._replace(refusals=tuple(refusals))))
    assert "<code>unknown-mailbox</code> (5 times): a mailbox is declared but not live" in text
    assert f"--acknowledge {refusals[2].code} --reason" in text
    assert " and 2 more" in text


def test_mailboxes_in_a_row_are_told_together() -> None:
    made = rich_plan()
    steps = [step for step in made.steps if step.kind == "mailbox"]
    assert 2 < len(steps)
    view = view_of(made, STORE, people=False, full=False, fingerprint="", now=made.created_at)
    together = [step for step in view.steps if "mailbox" in step.what and "policy" not in step.what]
    assert [("a mailbox", "")] * len(together) == [(step.what, step.name) for step in together]
    words = {words for step in together for words in step.changes}
    assert {
        ("ActiveSyncAllowedDeviceIDs", "+1 ID"),
        ("ActiveSyncAllowedDeviceIDs", "-1 ID"),
        ("ActiveSyncMailboxPolicy", "null -> Strict"),
    } <= words
    assert sum(step.opens for step in made.steps) == sum(
        int(effect.split()[1]) for step in view.steps for effect in step.effects if effect.startswith("lets")
    )


def test_every_view_names_the_organization_the_snapshot_the_revisions_and_whose_plan_it_is() -> None:
    made = rich_plan()
    base = Revision("origin/main", "b" * 40)
    made = made._replace(
        source=made.source._replace(path="/home/me/live.json", organization="contoso.com", tenant="1-2"),
        provenance=Provenance(Revision("applied", "a" * 40), Revision("HEAD", "c" * 40, modified=True)),
        attribution=Attribution(base, (Dropped("update", "mailbox", "ann", (Edit("set", "a", True),)),), 2),
        ring=Ring(1, 3, "pilot", 4, 7, NOBODY),
        takes_back=TakesBack("C:\\logs\\journal.jsonl", "e" * 64, "sha256:" + "d" * 64, ("s001",)),
        steps=tuple(step._replace(part="branch", owner="help-desk", reason="new phone") for step in made.steps),
        affected=tuple(device._replace(part="pending") for device in made.affected or ()),
    )
    head = (
        "plan for contoso.com (tenant 1-2)",
        "live.json of 2026-11-23T08:00:00Z, 60 minutes old",
        "policy at HEAD cccccccccccc, modified; last applied at applied aaaaaaaaaaaa;"
        " compared with origin/main bbbbbbbbbbbb",
        "expect after it: no device",
        f"takes back what journal.jsonl says was done of plan sha256:{'d' * 64}; of 1 step it does not say",
    )
    facts = (
        "Organization contoso.com (tenant 1-2)",
        "Live state live.json, taken 2026-11-23T08:00:00Z, 60 minutes old",
        "Policy commit cccccccccccc, modified",
        "Last applied applied aaaaaaaaaaaa",
        "Compared with origin/main bbbbbbbbbbbb",
        "Expected no device",
        f"Takes back what journal.jsonl says was done of plan sha256:{'d' * 64}; of 1 step it does not say",
    )
    both = (
        "ring 1 of 3, pilot: 4 mailboxes, 7 devices",
        "reason: new phone",
        "owner: help-desk",
        "this branch",
        "1 mailbox: a -> true (1 mailbox)",
    )
    for text, own in ((markdown(made), head), (html(made), facts)):
        assert [] == [words for words in (*own, *both) if words not in shown(text)]
        assert "/home/me" not in text


def test_who_changed_something_live_is_told_by_name_only_where_people_are() -> None:
    made = rich_plan()
    drift = next(each for each in made.drift if each.kind == "mailbox")
    when, setting = "2026-11-20T10:00:00Z", str(drift.property)
    changes = (
        LiveChange("mailbox", "ann@contoso.com", when, "Eva Eder", "Set-CASMailbox", ("ActiveSyncEnabled",)),
        LiveChange("deviceAccessRule", "iPhone (DeviceType)", when, "Eva Eder", "Set-ActiveSyncDeviceAccessRule", ()),
        LiveChange(drift.kind, drift.identity, when, "Eva Eder", "Set-CASMailbox", (setting,)),
    )
    made = made._replace(audit=AuditTrail("audit.csv", 9, changes))
    for text in map(shown, (markdown(made), html(made))):
        assert "Eva" not in text
        assert f"live: Set-CASMailbox (ActiveSyncEnabled) by somebody, {when}" in text
        assert f"live: Set-ActiveSyncDeviceAccessRule by somebody, {when}" in text
        assert f"mailbox: Set-CASMailbox ({setting}) by somebody, {when}" in text
    for text in map(shown, (markdown(made, people=True), html(made, people=True))):
        assert f"live: Set-CASMailbox (ActiveSyncEnabled) by Eva Eder, {when}" in text
        assert f"mailbox {drift.identity}: Set-CASMailbox ({setting}) by Eva Eder, {when}" in text


@pytest.mark.parametrize(
    "around", ["id=X", "X/tablet", "X?", "a|X", "*X*", "X's", "X\u2019s", "X!", "_X_", "X\u2014stolen", "(X)", "X"]
)
def test_a_name_is_found_between_all_that_is_no_letter_and_no_digit(around: str) -> None:
    made = rich_plan()
    dropped = Dropped("update", "mailbox", "Zoe", (Edit("add", "ActiveSyncBlockedDeviceIDs", "GONE1"),))
    made = made._replace(attribution=Attribution(Revision("main", "b" * 40), (dropped,)))
    mask = Mask(made)
    for name in ("ann@contoso.com", "ann", "zoe", "GONE1"):
        assert around.replace("X", HIDDEN) == mask.hide(around.replace("X", name))
    assert "annex and zoetrope" == mask.hide("annex and zoetrope")


def test_an_expired_plan_says_so() -> None:
    made = rich_plan()._replace(not_after=TODAY)
    view = view_of(made, STORE, people=False, full=False, fingerprint="", now=TODAY + timedelta(days=3))
    assert "expired 3 days ago" in render_markdown(view, command="x")
    assert "expired 3 days ago" in render_html(view)


def large(number: int, text: str) -> Plan:
    """Return a plan with many of everything, all of which hold a text."""
    made = rich_plan()
    move = made.impact.by_class[0]
    refusal = Refusal(text, text, f"{text}={text}")
    kind: dict[str, Any] = {"kind": "deviceAccessRule", "identity": text, "reason": text, "owner": text}
    classes = tuple(
        ClassChange((text, str(n), None, text), move.before, move.after, move.devices) for n in range(number)
    )
    return made._replace(
        steps=tuple(made.steps[0]._replace(**kind) for _ in range(number)),
        refusals=(refusal,) * number,
        acknowledged=tuple((refusal, f"{text}{n}") for n in range(number)),
        warnings=(text,) * number,
        impact=made.impact._replace(by_class=classes),
        affected=tuple(
            AffectedDevice(text, text, (text, str(n), None, None), "Allowed", "Blocked", "drift") for n in range(number)
        ),
        source=made.source._replace(path=text, tenant=text, organization=text),
        provenance=Provenance(
            Revision(text, text), Revision(text, text), (ConfigurationChange(text, text, text, text),) * number
        ),
        attribution=Attribution(base=Revision(text, text)),
        ring=Ring(1, 1, text, 1, 1, NOBODY),
        takes_back=TakesBack(text, "e" * 64, text),
    )


@pytest.mark.parametrize("text", ["contoso", "\U0001f4f1|<@" * 100, *TRICKS])
def test_a_comment_is_never_larger_than_it_may_be_and_counts_what_is_left_out(text: str) -> None:
    made = large(1000 if len(text) < 10 else 100, text)
    for size in (SMALLEST, LARGEST):
        comment = markdown(made, people=True, size=size)
        assert len(comment) <= size
        assert comment.isascii()
        assert re.search(r"\.\.\. and [0-9,]+ more (steps|differences|notes|classes); <code>policylint plan", comment)
        assert comment.count("<details>") == comment.count("</details>")


def test_what_has_room_is_all_there() -> None:
    comment = markdown(rich_plan())
    assert "more" not in comment
    assert len(comment) < LARGEST
    tables = MarkdownIt("commonmark").enable("table").render(comment).count("<table>")
    assert comment.count("<details>") == tables > 1


def test_a_part_with_much_to_say_leaves_room_for_the_others() -> None:
    comment = markdown(large(3000, "contoso"), people=True)
    left = {noun: int(number.replace(",", "")) for number, noun in re.findall(r"and ([0-9,]+) more (\w+);", comment)}
    assert {"changes", "acknowledgements", "classes", "devices", "steps", "notes"} == set(left)
    assert max(left.values()) < 2980
    assert LARGEST - 2000 < len(comment) <= LARGEST
