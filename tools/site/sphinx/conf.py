"""How Sphinx builds the site. What differs from one build to the next, tools.site passes on the command line."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygments.lexers.special import TextLexer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

gc.disable()  # a fifth of the time of a build, which ends before it takes half a gigabyte

project = "policylint"
author = "the policylint authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["linkify"]
myst_linkify_fuzzy_links = False
myst_heading_anchors = 6
nitpicky = True

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_use_index = False
html_search_scorer = str(Path(__file__).parent / "scorer.js")
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["site.css"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/versions.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_SCROLLED = {"<pre>": '<pre tabindex="0">', '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper'}
_TABLE, _HEAD, _MARKUP = (
    re.compile(r"<table.*?</table>", re.DOTALL),
    re.compile(r"<th [^>]*>(.*?)</th>", re.DOTALL),
    re.compile(r"<[^>]*>"),
)
_WIDE = 3
"""From how many columns on a table does not fit a phone."""
_BEFORE_THE_THEME, _AFTER_THE_THEME = 400, 600


class _OneTree:
    """The navigation of the pages of rules. They are in no tree of pages, so it is the same for all, and made once."""

    def __init__(self) -> None:
        self._tree: str | None = None

    def __call__(self, _app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
        """Let the theme take the tree that was made before."""
        if page.startswith("rules/"):
            make = context["toctree"]
            context["toctree"] = lambda **asked: self._made(lambda: str(make(**asked)))

    def _made(self, make: Callable[[], str]) -> str:
        if self._tree is None:
            self._tree = make()
        return self._tree


def _accessible(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Let the keyboard reach code and tables that are scrolled sideways, and give the tree's headings a level."""
    for written, wanted in _SCROLLED.items():
        context["body"] = context.get("body", "").replace(written, wanted)
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def _labeled(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Write into each cell of a wide table what its column is called, for screens that show a row as a list."""
    context["body"] = _TABLE.sub(_with_labels, context.get("body", ""))


def _with_labels(table: re.Match[str]) -> str:
    names = [_MARKUP.sub("", name) for name in _HEAD.findall(table[0])]
    if len(names) < _WIDE:
        return table[0]
    head, end, rows = table[0].partition("</thead>")
    for number, row in enumerate(cells := rows.split("<td")):
        if number:
            cells[number] = f' data-label="{names[(number - 1) % len(names)]}"{row}'
    return head.replace('class="docutils', 'class="wide docutils', 1) + end + "<td".join(cells)


def setup(app: Sphinx) -> dict[str, bool]:
    """Return what Sphinx wants to know of this file."""
    app.add_lexer("mermaid", TextLexer)
    app.connect("html-page-context", _accessible, priority=_AFTER_THE_THEME)
    app.connect("html-page-context", _labeled)
    app.connect("html-page-context", _OneTree(), priority=_BEFORE_THE_THEME)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
