"""The text of docs/rules.md, from the folders of rules/; `python -m tools.docs` writes it."""

from __future__ import annotations

from tests.rules.harness import folders, rules
from tools.docs.rules_page import rules_page


def page() -> str:
    """Return the page as it should be."""
    return rules_page(rules(), {folder.name: (folder / "rule.md").read_text(encoding="utf-8") for folder in folders()})
