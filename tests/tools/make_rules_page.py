"""Writes docs/rules.md from the folders of rules/.

Run `python tests/tools/make_rules_page.py`; a test fails where the page is not what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from policylint.render.rules_markdown import rules_page  # noqa: E402
from tests.rules.harness import folders, rules  # noqa: E402

TARGET: Final = ROOT / "docs" / "rules.md"


def page() -> str:
    """Return the page as it should be."""
    return rules_page(rules(), {folder.name: (folder / "rule.md").read_text(encoding="utf-8") for folder in folders()})


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8", newline="\n")
