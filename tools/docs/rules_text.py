"""The text of docs/rules.md, from the folders of rules/; `python -m tools.docs` writes it."""

from __future__ import annotations

from tests.rules.harness import folders, rules
from tests.texts import shared
from tools.docs.rules_page import rules_page


def page() -> str:
    """Return the page as it should be."""
    texts = {folder.name: (folder / "rule.md").read_text(encoding="utf-8") for folder in folders()}
    return rules_page(rules(), texts, shared().packs)
