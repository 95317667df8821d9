"""docs/exchange-rules.md: every rule of Exchange is there, and every name on the page exists."""

from __future__ import annotations

import json
import re

import pytest

from policylint.access.steps import BEFORE_RULES, BY_CLASS
from policylint.cli.main import COMMANDS
from tests.rules.harness import ROOT, rules, store

PAGE = (ROOT / "docs" / "exchange-rules.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if re.match(r"\| [A-Z]\d\d \|", line)
]
IDS = [
    f"{part}{number:02}"
    for part, last in (("P", 30), ("O", 9), ("D", 10), ("M", 20), ("V", 11), ("G", 7), ("E", 35))
    for number in range(1, last + 1)
]
OBJECT_KINDS = {"lint", "schema", "access", "snapshot", "plan", "script", "explain", "command", "out of scope"}


def test_every_rule_of_exchange_is_there_once() -> None:
    assert [row[0] for row in ROWS] == IDS
    assert len(IDS) == 122


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_became_of_it_is_said(row: tuple[str, ...]) -> None:
    _, weight, about, outcome = row
    assert weight in {"hard", "effect", "hazard", "hint"}
    assert about
    kinds = set(re.findall(r"\*\*(.+?)\*\*", outcome))
    assert kinds
    assert kinds <= OBJECT_KINDS
    assert ("lint" in kinds) == ("](rules.md#" in outcome)
    assert ("out of scope" not in kinds) or kinds == {"out of scope"}


def test_every_lint_rule_that_is_named_exists() -> None:
    named = re.findall(r"\[([a-z0-9-]+)\]\(rules\.md#([a-z0-9-]+)\)", PAGE)
    assert [pair for pair in named if pair[0] != pair[1]] == []
    assert {name for name, _ in named} <= {rule.id for rule in rules()}


EXPLAINED = {
    entry["id"] for entry in json.loads((ROOT / "schemas/data/explanations.json").read_text("utf-8"))["entries"]
}
STEPS = {step.name for step in (*BEFORE_RULES, *BY_CLASS)}
KNOWN = {"explain": EXPLAINED, "command": set(COMMANDS), "plan": {*EXPLAINED, "matches"}, "access": STEPS}


@pytest.mark.parametrize("row", [row for row in ROWS if row[0].startswith("E")], ids=lambda row: row[0])
def test_every_step_guard_command_and_explanation_that_is_named_exists(row: tuple[str, ...]) -> None:
    _, *parts = re.split(r"\*\*(.+?)\*\*", row[3])
    for kind, text in zip(parts[::2], parts[1::2], strict=True):
        named = set(re.findall(r"`([^`]+)`", text))
        assert named <= KNOWN.get(kind, set()), kind
        assert named or kind not in {"explain", "command"}


def test_every_setting_that_is_named_exists() -> None:
    known = {f"{kind.name}.{name}" for kind in store().object_types.values() for name in kind.settings}
    named = {name for row in ROWS for name in re.findall(r"`([a-z]\w+\.[A-Z]\w+)`", row[3])}
    assert named <= known
    assert len(named) > 15


def test_every_rule_of_the_recommended_pack_beside_ours_goes_back_to_exchange() -> None:
    """What is named nowhere on the page is about the files themselves, experience of others, or a deadline."""
    named = set(re.findall(r"rules\.md#([a-z0-9-]+)", PAGE))
    ours = [rule for rule in rules() if rule.group not in {"builtin", "deadlines"} and not rule.id.startswith("cis-")]
    others = {rule.id for rule in ours if rule.id not in named}
    names = {"untidy-mailbox-name", "untidy-policy-name", "access-rule-overridden", "access-rule-redundant"}
    names |= {
        "declared-twice",
        "access-rule-without-reason",
        "exemption-without-owner",
        "policy-without-password",
        "unused-policy",
        "list-item-added-and-removed",
        "mailbox-pattern",
        "mailbox-not-found",
        "configured-mailbox-not-found",
        "object-not-found",
        "list-item-twice",
        "section-not-in-snapshot",
        "setting-not-in-snapshot",
        "snapshot-of-other-edition",
        "snapshot-redacted",
        "snapshot-in-future",
        "policy-enforcement-not-read",
        "device-list-too-long",
        "unusual-policy-name",
        "mailbox-name-ambiguous",
        "exemption-not-listed",
        "listed-mailbox-not-found",
        "lock-without-use",
        "matches-conflict",
        "matches-listed-value",
    }
    assert others == names
