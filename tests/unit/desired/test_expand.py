"""What entries with `matches` stand for beside rules that are written, beside each other, and beside a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.model.lock import LOCK_NAME
from tests.sealed import seal
from tests.texts import CONFIG, LIVE, project

if TYPE_CHECKING:
    from policylint.project.project import Project

LOCK = """\
version: 1
deviceAccessRules:
  - {Characteristic: DeviceType, AccessLevel: Block, matches: {glob: "Fon*"}, values: [fonOLD, FONnew, other]}
"""


def opened(*entries: str, seen: tuple[str, ...] = (), lock: str = "version: 1\n") -> Project:
    """Return a project of rules on DeviceType; `seen` are the types of the devices of the snapshot."""
    devices = [{"mailbox": "a@contoso.com", "DeviceId": f"ID{n}", "DeviceType": kind} for n, kind in enumerate(seen)]
    rules = "".join(f"  - {{Characteristic: DeviceType, {entry}}}\n" for entry in entries)
    texts = {CONFIG: "version: 1", "policy.yaml": f"deviceAccessRules:\n{rules}", LOCK_NAME: lock}
    return project({**texts, LIVE: seal(devices=devices)})


def rules(opened: Project) -> dict[str, str]:
    """Return the level of each rule by its query string."""
    found = (opened.policy.state.rules or {}).values()
    return {rule.text("QueryString"): rule.text("AccessLevel") for rule in found}


def test_a_rule_that_is_written_goes_before_one_that_an_entry_stands_for() -> None:
    done = opened(
        'matches: {glob: "Fon*"}, AccessLevel: Block', "QueryString: FON2, AccessLevel: Allow", seen=("Fon1", "Fon2")
    )
    assert {"FON2": "Allow", "Fon1": "Block"} == rules(done)
    assert done.is_valid


@pytest.mark.parametrize(("level", "valid"), [("Block", True), ("Allow", False), ("Quarantine", False)])
def test_two_entries_for_one_value_agree_or_are_an_error(level: str, valid: bool) -> None:
    done = opened(
        'matches: {glob: "Fon*"}, AccessLevel: Block',
        f"matches: {{one-of: [fon1]}}, AccessLevel: {level}",
        seen=("Fon1",),
    )
    assert valid is done.is_valid
    assert {"Fon1": "Block"} == rules(done)
    assert valid is (not [found for found in done.errors if found.rule == "matches-conflict"])


def test_a_value_is_spelled_as_in_the_lock_and_else_as_most_devices_report_it() -> None:
    entry = 'matches: {glob: "Fon*"}, AccessLevel: Block'
    seen = ("FON1", "Fon1", "Fon1", "fonnew")
    assert {"Fon1", "fonnew"} == rules(opened(entry, seen=seen)).keys()
    assert {"Fon1", "FONnew", "fonOLD"} == rules(opened(entry, seen=seen, lock=LOCK)).keys()


def test_what_a_lock_has_is_named_by_the_entry_or_makes_no_rule() -> None:
    done = opened('matches: {glob: "Foo*"}, AccessLevel: Block', seen=("Foo1",), lock=LOCK)
    assert {"Foo1": "Block"} == rules(done)


@pytest.mark.parametrize("odd", ["Fon" + "x" * 254, "Fon\u0007", "Fon "])
def test_what_no_rule_can_name_is_listed(odd: str) -> None:
    done = opened('matches: {glob: "Fon*"}, AccessLevel: Block', seen=("Fon1", odd))
    assert {"Fon1": "Block"} == rules(done)
    assert [odd] == [each.value for found in done.policy.expansions for each in found.listed]


def test_listed_values_are_rules_whether_seen_or_not() -> None:
    done = opened("matches: {one-of: [Fon1, Fon2, fon1], not: {glob: '*2'}}, AccessLevel: Block")
    assert {"Fon1": "Block"} == rules(done)


def test_a_policy_without_such_entries_reads_no_live_state() -> None:
    texts = {CONFIG: "version: 1", "policy.yaml": "deviceAccessRules: []\n", LIVE: "broken"}
    assert {} == project(texts).policy.state.rules
