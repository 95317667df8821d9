"""The files of the documentation that are generated or hold something generated."""

from __future__ import annotations

import re
from posixpath import relpath
from typing import TYPE_CHECKING, Final

from policylint.adapters import resources
from policylint.project.resources import Resources
from tools import EXAMPLE, ROOT
from tools.docs import sessions
from tools.docs.commands_page import commands_page
from tools.docs.custom_rules_page import custom_rules_page
from tools.docs.deadlines_page import deadlines_page
from tools.docs.decisions_page import INDEX, decisions_page
from tools.docs.explanations_page import explanations_page, guards_page, problems_page
from tools.docs.files import pages
from tools.docs.journal_page import journal_page
from tools.docs.outputs import filled, on_a_terminal
from tools.docs.reference import config_page, settings_page
from tools.docs.rules_page import rules_page
from tools.docs.wanted import wanted
from tools.example import contoso
from tools.site.llms import llms_index
from tools.site.pages import sections
from tools.svg import order, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PICTURES: Final = {
    "lint": (
        'policylint lint; about "reports `iOS` as"; about "device-id-in-both-lists"; about "password-settings-without"',
        "policylint lint on the example: the verdict and three of the findings with their lines",
    ),
    "plan": (
        "policylint plan; to s010",
        "policylint plan on the example: ten of sixteen steps, and how many devices each keeps out or lets in",
    ),
    "why": (
        'policylint why SEC0438184C9BE2A; from "  desired"; to "approve SEC"',
        "policylint why for one phone: nine questions, the rule that decides, and the safest way to let it in",
    ),
    "diff": (
        "policylint diff live; to [disputed]",
        "policylint diff on the example: which devices get more access, which get less, and by which rule",
    ),
}
"""The pictures of a terminal: what is typed, and an alternative text."""

SCREENS: Final = {"": 100, "-narrow": 46}
"""The widths of a picture, in columns: for a page, and for a phone."""


def generated() -> dict[Path, Callable[[], str]]:
    """Return the files, and what makes the text of each. What others show an output of comes first."""
    data = Resources(resources)
    docs = ROOT / "docs"
    found: dict[Path, Callable[[], str]] = {
        EXAMPLE / "live.json": lambda: contoso.build().decode("ascii"),
        docs / "settings.md": lambda: settings_page(data.store),
        docs / "configuration.md": lambda: config_page(data.store),
        docs / "commands.md": commands_page,
        docs / "journal.md": lambda: journal_page(data.store),
        docs / "my-phone-says.md": lambda: explanations_page(data),
        docs / "guards.md": lambda: guards_page(data),
        docs / "problem-codes.md": lambda: problems_page(data),
        docs / "rules.md": lambda: rules_page(data),
        docs / "deadlines.md": lambda: deadlines_page(data),
        docs / "custom-rules.md": lambda: custom_rules_page(data.store),
        INDEX: decisions_page,
        docs / "images" / "order-of-decision.svg": order.render,
        docs / "images" / "order-of-decision-narrow.svg": lambda: order.render(narrow=True),
        **{
            docs / "images" / f"{name}{suffix}.svg": _picture(spec, title, columns)
            for name, (spec, title) in PICTURES.items()
            for suffix, columns in SCREENS.items()
        },
    }
    for path in pages():
        if path not in found and re.search(
            "^<!-- (?:output: |program |session: )", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found[path] = _filled(path)
    found[docs / "llms.txt"] = lambda: llms_index(sections(), lambda page: relpath(page.source, "docs"))
    return found


def _filled(path: Path) -> Callable[[], str]:
    return lambda: sessions.filled(filled(path.read_text(encoding="utf-8")))


def _picture(spec: str, title: str, columns: int) -> Callable[[], str]:
    want = wanted(spec)
    return lambda: terminal.render(want.command, on_a_terminal(want, columns), title=title, columns=columns)


def stale() -> Iterator[tuple[Path, str]]:
    """Yield each generated file that is not as it would be made now, with the text it should have."""
    for path, make in generated().items():
        text = make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text
