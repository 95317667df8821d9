"""docs/rules.md is what the rules make of it."""

from __future__ import annotations

import re

from tests.rules.harness import ROOT, folders, rules
from tests.texts import shared
from tools.docs.rules_page import rule_page

PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_every_rule_has_its_own_section_and_a_row() -> None:
    ids = [rule.id for rule in rules()]
    assert sorted(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)) == ids
    assert sorted(re.findall(r"^\| \[(.+?)\]\(#\1\)", PAGE, re.MULTILINE)) == ids


def test_every_group_and_pack_is_described() -> None:
    packs = shared().packs
    assert {rule.group for rule in rules()} == set(packs.groups)
    assert {pack for rule in rules() for pack in rule.packs} == set(packs.packs)


def test_the_page_of_one_rule() -> None:
    rule = next(rule for rule in rules() if rule.id == "two-default-policies")
    folder = next(folder for folder in folders() if folder.name == rule.id)
    text = rule_page(rule, (folder / "rule.md").read_text(encoding="utf-8"))
    assert text.startswith(
        "# two-default-policies\n\n"
        "Two policies are declared to be the default.\n\n"
        "Severity: error; pack: recommended; edition: every; mandatory.\n\n"
        "## What it finds\n\n"
    )
