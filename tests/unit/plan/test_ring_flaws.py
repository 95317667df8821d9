"""The ring of a saved plan is one that policylint could have written, whoever made its fingerprint."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.errors import PlanError
from policylint.plan.planfile import fingerprint, plan_record, read_plan
from tests.texts import TODAY
from tests.unit.plan.test_rings import BOTH, BOTH_GET, HELD, POLICY, staged
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Callable

PLANS = [plan_record(plan) for plan in staged(BOTH, POLICY + BOTH_GET, HELD, bridge=True)[1]]


def put(*keys: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value where keys of a ring lead."""

    def edit(ring: dict[str, Any]) -> None:
        part: Any = ring
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return edit


def one_more(*keys: str) -> Callable[[dict[str, Any]], None]:
    """Return what adds one where keys of a ring lead."""

    def edit(ring: dict[str, Any]) -> None:
        part: Any = ring
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] += 1

    return edit


EDITS: list[tuple[str, int, Callable[[dict[str, Any]], None], str]] = [
    # id, of which plan, what is done to its ring, what is said
    ("beyond-the-last", 0, put("number", value=3), "no place among the others|has no plan before it"),
    ("alone", 0, put("of", value=1), "less than the minimum of 2"),
    ("another-number", 0, put("number", value=2), "has no plan before it"),
    ("another-number-of-the-last", 1, put("number", value=1), "has no plan before it"),
    ("more-rings", 1, put("of", value=3), "every other one names its own"),
    ("without-a-name", 0, put("name", value=""), "should be non-empty|is too short"),
    ("first-after-another", 0, put("previous", value="sha256:" + "0" * 64), "has no plan before it"),
    ("last-after-none", 1, put("previous", value=None), "every other one has"),
    ("after-what-is-no-plan", 1, put("previous", value="x"), "does not match"),
    ("no-names", 0, put("names", value=None), "every other one names its own"),
    ("names-in-the-last", 1, put("names", value=["ann@contoso.com"]), "the last has the mailboxes"),
    ("one-name-less", 0, put("names", value=[]), "`mailboxes` is not how many"),
    ("one-name-twice", 0, put("names", value=["ann@contoso.com", "ANN@contoso.com"]), "`mailboxes` is not how many"),
    ("one-mailbox-more", 0, one_more("mailboxes"), "`mailboxes` is not how many"),
    ("one-device-more", 0, one_more("devices"), "`expect` does not count"),
    *(
        (f"one-more-{state}-{whose}", plan, one_more("expect", whose, state), "`expect` does not count")
        for plan in (0, 1)
        for whose in ("ring", "others")
        for state in ("allowed", "quarantined", "blocked", "undecided")
    ),
    ("other-states", 1, put("expect", "ring", value={"allowed": 0, "quarantined": 3, "blocked": 0, "undecided": 0}),
     "`expect` does not count|fewer devices in a state"),
    ("holds-nothing-it-adds", 0, put("held", 0, "deviceId", value="X"), "`held` is not what the steps leave"),
    ("holds-in-its-own-ring", 0, put("held", 0, "mailbox", value="ann@contoso.com"), "no temporary exemption"),
    ("holds-with-another-list", 0, put("held", 0, "property", value="ActiveSyncEnabled"), "is not one of"),
    ("holds-after-the-last", 1, put("held", value=PLANS[0]["ring"]["held"]), "`held` is not what the steps leave"),
    ("another-member", 0, put("note", value="x"), "'note' was unexpected"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "edit", "message"), [each[1:] for each in EDITS], ids=[each[0] for each in EDITS])
def test_a_ring_that_cannot_be_is_refused(place: int, edit: Callable[[dict[str, Any]], None], message: str) -> None:
    record = copy.deepcopy(PLANS[place])
    edit(record["ring"])
    text = json.dumps({**record, "fingerprint": fingerprint(record)})
    with pytest.raises(PlanError, match=message):
        read_plan(text, "ring-1.json", STORE, TODAY)


def test_the_plans_to_edit_are_good() -> None:
    assert PLANS == [plan_record(read_plan(json.dumps(record), "ring-1.json", STORE, TODAY)) for record in PLANS]
    assert PLANS[0]["ring"]["held"]


def test_a_device_that_changes_is_among_those_that_are_expected() -> None:
    record = copy.deepcopy(PLANS[0])
    counts = record["ring"]["expect"]["ring"]
    counts["blocked"], counts["undecided"] = counts["undecided"], counts["blocked"]
    text = json.dumps({**record, "fingerprint": fingerprint(record)})
    with pytest.raises(PlanError, match="`expect` has fewer devices in a state than change to it"):
        read_plan(text, "ring-1.json", STORE, TODAY)
