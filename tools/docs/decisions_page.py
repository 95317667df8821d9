"""docs/adr/README.md: the decisions, by their number."""

from __future__ import annotations

from typing import Final

from tools import ROOT
from tools.docs.markdown import generated_from, page

FOLDER: Final = ROOT / "docs" / "adr"
INDEX: Final = FOLDER / "README.md"


def decisions_page() -> str:
    """Return the list of the decisions, with the heading of each."""
    lines = []
    for path in sorted(FOLDER.glob("0*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, title = heading.partition(". ")
        lines.append(f"- [{number}: {title}]({path.name})")
    return page(
        "# Decisions",
        generated_from("the headings of the pages in this folder"),
        "Why policylint is built as it is. Each page has the context of a decision, what was decided and what follows.",
        "\n".join(lines),
    )
