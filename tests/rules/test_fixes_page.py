"""The page about fixes says of each rule which fixes there are: test_rules.py holds the examples to it."""

from __future__ import annotations

import re

from tests.rules.harness import ROOT, rules

PAGE = (ROOT / "docs/fixes.md").read_text(encoding="utf-8")


def documented() -> dict[str, set[bool]]:
    """Return for each rule of the table whether there are safe fixes, and whether there are unsafe ones."""
    found: dict[str, set[bool]] = {}
    for names, safe, unsafe in re.findall(r"^\| (`.+?) \| (.*?) ?\| (.*?) ?\|$", PAGE, re.MULTILINE):
        kinds = {is_safe for is_safe, text in ((True, safe), (False, unsafe)) if text.strip()}
        found |= dict.fromkeys(re.findall(r"`([a-z-]+)`", names), kinds)
    return found


def test_the_page_is_about_rules_that_there_are() -> None:
    known = documented()
    assert len(known) > 15
    assert known.keys() <= {rule.id for rule in rules()}
