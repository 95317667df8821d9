"""The Markdown of the site, put together from the pages of the repository."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from policylint.adapters import resources
from policylint.project.resources import Resources
from policylint.version import REPOSITORY
from tools import ROOT
from tools.docs.markdown import page as joined
from tools.docs.rules_page import rule_page, rules_index
from tools.site.links import Links, rewritten, without_markers
from tools.site.pages import RULES, Page, sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tools.site.pages import Section

IMAGES: Final = "docs/images"


def source(revision: str) -> dict[str, str]:
    """Return the Markdown of each page by its path in the site, with links to other files at a revision."""
    written = {page.source: page for section in sections() for page in section.pages}
    written |= {page.source: page for page in rule_pages()}
    written[RULES] = written[RULES]._replace(text=rules_index(Resources(resources)))
    links = site_links(written.values(), f"{REPOSITORY}/blob/{revision}/")
    return {page.target: rewritten(without_markers(page.text), page, links) for page in written.values()}


def rule_pages() -> Iterator[Page]:
    """Yield the page of each rule that comes with policylint, sorted by id."""
    data = Resources(resources)
    for rule in data.rules:
        page = rule_page(rule, data.rule_page(rule))
        group = data.packs.groups[rule.group]
        text = joined(page, f"[Lint rules](../../../{RULES}), {group}")
        yield Page(f"rules/{rule.group}/{rule.id}/rule.md", f"rules/{rule.id}.md", text)


def site_links(pages: Iterable[Page], repository: str) -> Links:
    """Return where links lead in a site of some pages; to other files, they lead into the repository."""
    targets = {page.source: page.target for page in pages}
    rules = {
        posixpath.basename(target).removesuffix(".md"): target for target in targets.values() if "rules/" in target
    }
    targets |= {
        posixpath.dirname(source): target for source, target in targets.items() if source.endswith("/README.md")
    }
    targets |= {f"{IMAGES}/{image.name}": f"images/{image.name}" for image in (ROOT / IMAGES).iterdir()}
    return Links(targets, {RULES: rules}, repository)


def trees(listed: Sequence[Section], texts: Mapping[str, str]) -> dict[str, str]:
    """Return what Sphinx reads of pages in another form: those that hold a tree of pages, and those in no tree.

    The first page has a tree for each section, and the README.md of a folder that is folded has one of its pages. Pages
    of rules are in none: the index of rules leads to them.
    """
    found = {page.source: page for section in listed for page in section.pages}
    below: dict[str, list[Page]] = {}
    top = []
    for section in listed:
        members = []
        for page in section.pages:
            folder, name = posixpath.split(page.source)
            if folder in section.folders and name != "README.md":
                below.setdefault(found[f"{folder}/README.md"].target, []).append(page)
            else:
                members.append(page)
        top.append(_tree(members, section.title))
    nested = {target: _tree(pages) for target, pages in below.items()}
    held = {"index.md": joined(*top), **nested}
    known = {page.target for page in found.values()}
    alone = {target: f"---\norphan: true\n---\n\n{text}" for target, text in texts.items() if target not in known}
    return {target: joined(texts[target], tree) for target, tree in held.items()} | alone


def _tree(pages: Iterable[Page], caption: str = "") -> str:
    options = [":hidden:", ":titlesonly:", *([f":caption: {caption}"] if caption else [])]
    entries = ("Overview <self>" if page.target == "index.md" else f"/{page.target}" for page in pages)
    return "\n".join(["```{toctree}", *options, "", *entries, "```"])
