"""The pages of the site: which there are, in which section, and where each is."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import yaml

from tools import ROOT
from tools.docs import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAVIGATION: Final = ROOT / "tools" / "site" / "navigation.yaml"
RULES: Final = "docs/rules.md"
"""The page of all rules, which is an index in the site: there, each rule has a page of its own."""
_MARKDOWN: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)|[`*]")
_NO_SUMMARY: Final = re.compile(r"[#*|!<>-] ?|```|\d+\. ")


class Page(NamedTuple):
    """A page: its file in the repository, where it is in the site, both without a leading slash, and its text."""

    source: str
    target: str
    text: str

    @property
    def title(self) -> str:
        """Return the first heading, without markup."""
        return plain(self.text.partition("\n")[0].removeprefix("# "))

    @property
    def address(self) -> str:
        """Return where the page is in the built site."""
        return self.target.removesuffix(".md") + ".html"

    @property
    def summary(self) -> str:
        """Return the first sentence of the first paragraph that is prose, empty where there is none."""
        for part in self.text.split("\n\n")[1:]:
            if not _NO_SUMMARY.match(part) and not part.startswith("    "):
                return re.split(r"(?<=\.)\s", plain(" ".join(part.split())))[0].rstrip(":")
        return ""


class Section(NamedTuple):
    """A section of the navigation: its title, and its pages in order.

    `folders` are those whose pages are below their README.md, which is one of the pages.
    """

    title: str
    pages: tuple[Page, ...]
    folders: tuple[str, ...] = ()


def _opened(entry: str) -> tuple[str, ...]:
    """Return what an entry of the navigation stands for: a folder is its README.md and then its other pages."""
    return (f"{entry}README.md", f"{entry}*.md") if entry.endswith("/") else (entry,)


def _by_title(page: Page) -> tuple[list[str], str]:
    """Return what pages are sorted by: their titles, with the numbers in them as numbers."""
    return [
        part.zfill(9) if part.isdigit() else part for part in re.split(r"(\d+)", page.title.casefold())
    ], page.source


def plain(markdown: str) -> str:
    """Return a line of Markdown as plain text."""
    return _MARKDOWN.sub(lambda match: match[1] or "", markdown)


@cache
def sections() -> tuple[Section, ...]:
    """Return the navigation. Raises ValueError for a page that is in no section or in two, or that does not exist."""
    found = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files.pages()}
    return navigation(yaml.safe_load(NAVIGATION.read_text(encoding="utf-8")), found)


def navigation(listed: Iterable[Mapping[str, object]], found: Mapping[str, str]) -> tuple[Section, ...]:
    """Return the sections of pages, given as path and text, as a navigation lists them.

    Raises ValueError for a page that is in no section or in two, and for a listed one that does not exist.
    """
    pages = {source: Page(source, target(source), text) for source, text in found.items()}
    written = [(str(section["title"]), tuple(map(str, section["pages"]))) for section in listed]  # type: ignore[call-overload]
    named = [each for _, entries in written for entry in entries for each in _opened(entry) if "*" not in each]
    if wrong := sorted({entry for entry in named if entry not in pages or named.count(entry) > 1}):
        raise ValueError(f"in navigation.yaml, but no page, or there twice: {', '.join(wrong)}")
    made = []
    left = {source: page for source, page in pages.items() if source not in named}
    for title, entries in written:
        members: list[Page] = []
        for entry in (each for folded in entries for each in _opened(folded)):
            if "*" not in entry:
                members.append(pages[entry])
                continue
            matched = [page for page in left.values() if fnmatchcase(page.source, entry)]
            members += sorted(matched, key=_by_title)
            left = {source: page for source, page in left.items() if page not in matched}
        folders = tuple(entry.removesuffix("/") for entry in entries if entry.endswith("/"))
        made.append(Section(title, tuple(members), folders))
    if left:
        raise ValueError(f"in no section of navigation.yaml: {', '.join(left)}")
    return tuple(made)


def target(source: str) -> str:
    """Return where a page of the repository is in the site, as Markdown."""
    if source == "README.md":
        return "index.md"
    if "/" not in source:
        return source.lower()
    return source.removeprefix("docs/").replace("/README.md", ".md")
