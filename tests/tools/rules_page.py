"""The text of docs/rules.md, from the folders of rules/; `python -m tests.tools.docs` writes it."""

from __future__ import annotations

from policylint.render.rules_markdown import rules_page
from tests.rules.harness import folders, rules


def page() -> str:
    """Return the page as it should be."""
    return rules_page(rules(), {folder.name: (folder / "rule.md").read_text(encoding="utf-8") for folder in folders()})
