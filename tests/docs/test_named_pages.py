"""Every page and every section that the program names is in the documentation site."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import pytest

from policylint.documentation import HOME, Page, page_address, problem_page, rule_address
from policylint.errors import FileError, PolicylintError, SnapshotError
from tests.texts import shared
from tools import ROOT
from tools.site.source import source


@cache
def sections() -> frozenset[str]:
    """Return each page of the site, alone and with each anchor of a heading."""
    found = set()
    for target, text in source("main").items():
        page = target.replace(".md", ".html")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = (re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings)
        found |= {page, *(f"{page}#{anchor}" for anchor in anchors)}
    return frozenset(found)


def named() -> set[str]:
    """Return every page that a message can name, as an address in a version of the site."""
    data = shared()
    codes = {entry.id for entry in data.explanations.entries if entry.kind == "problem"}
    rules = {rule_address(rule.id).partition("/rules/")[2] for rule in data.rules}
    return {*map(str, Page), *map(problem_page, codes), *(f"rules/{page}" for page in rules)}


def test_every_page_that_is_named_exists() -> None:
    assert set() == named() - sections()


def test_the_address_is_that_of_the_project() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("urls", {})
    assert HOME == urls.get("Documentation", HOME).rstrip("/")
    assert re.fullmatch(rf"{re.escape(HOME)}/(?:v\d[\d.]*|main)/plan\.html", page_address("plan.html"))


@pytest.mark.parametrize(
    ("problem", "page"),
    [
        (PolicylintError("no"), None),
        (FileError("no", page=Page.START), "start.html"),
        (SnapshotError("no"), "snapshot.html#what-is-refused"),
        (SnapshotError("no", page=problem_page("list-lost")), "problem-codes.html#list-lost"),
    ],
    ids=["none", "given", "of-its-class", "instead"],
)
def test_an_error_names_a_page(problem: PolicylintError, page: str | None) -> None:
    assert problem.url == (page_address(page) if page is not None else None)
