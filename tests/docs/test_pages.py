"""Every page is sound: links and anchors lead somewhere, files that are named exist, words are spelled as in the US."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from policylint.render.page.words import WORDS
from tests.texts import shared
from tools import ROOT
from tools.docs.explanations_page import codes_table

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.md")]
TEXTS = [
    *(page for page in PAGES if "rules" not in page.relative_to(ROOT).parts and page.name != "rules.md"),
    *(ROOT / "policylint" / "scaffold").rglob("*.yaml"),
    *(ROOT / "schemas").rglob("*.schema.json"),
]
BRITISH = re.compile(
    r"\b\w*(?:colour|behaviour|favour|honour|(?<!fer)licenc|catalogu|artefact|whilst|judgement|"
    r"(?:author|capital|custom|initial|minim|normal|optim|organ|recogn|serial|summar|synchron|util)is(?:e|ing|ation))\w*",
    re.IGNORECASE,
)
PUBLISHED = {"catalogue", "licence", "minimise"}
"""Words of published formats, and names of rules, that stay as they are."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


UNLIKE = re.compile(r"[$`(){};|<>&\\']|(?<!\S)[@#~]")
"""What bash, PowerShell and cmd do not read alike outside of double quotation marks."""


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]*)\)", text) + re.findall(r'\b(?:src|srcset)="([^"]*)"', text)
    missing = []
    for path, _, anchor in (target.partition("#") for target in targets if "://" not in target):
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(f"{path}#{anchor}")
    assert missing == []


@pytest.mark.parametrize("term", WORDS)
def test_every_term_of_a_report_leads_to_its_page(term: str) -> None:
    path, _, anchor = WORDS[term][2].partition("#")
    assert anchor in anchors(ROOT / "docs" / path)


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"], ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.[a-z0-9]+)?)`", page.read_text(encoding="utf-8"))
    assert named != []
    assert [path for path in named if not ((ROOT / path).exists() or (ROOT / "policylint" / path).exists())] == []


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_words_are_spelled_as_in_the_us(path: Path) -> None:
    found = set(BRITISH.findall(path.read_text(encoding="utf-8")))
    assert {word for word in found if not any(known in word for known in PUBLISHED)} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "how-to"], ids=name)
def test_what_is_typed_is_the_same_in_every_shell(page: Path) -> None:
    typed = re.findall(r"^\$ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    bare = [re.sub(r'"[^"$`\\]*"', "", line) for line in typed]
    assert [line for line in bare if UNLIKE.search(line) or '"' in line] == []


def test_the_page_of_access_has_the_codes_of_each_step() -> None:
    assert codes_table(shared()) in (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
