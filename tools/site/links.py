"""Links of a page, rewritten for the site: to pages of the site, or to files of the repository at a revision."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tools.site.pages import Page

_FENCE: Final = re.compile(r" {0,3}(```+|~~~+)")
_LINK: Final = re.compile(r"(`+)(?:(?!\1).)*\1|(\]\(|\b(?:href|src|srcset)=\")([^)\"\s]+)([)\"])")
_MARKER: Final = re.compile(r"^<!-- .* -->\n?$")
"""A line that is a comment: what makes pages has one above each part that it makes, and nobody is to read it."""


def prose(text: str, change: Callable[[str], str]) -> str:
    """Return a text in which `change` was applied to each line that is not in a fenced block of code."""
    return "".join(line if inside else change(line) for line, inside in _lines(text))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    fence = ""
    for line in text.splitlines(keepends=True):
        if opened := _FENCE.match(line):
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence):
                fence = ""
            yield line, True
        else:
            yield line, bool(fence)


def without_markers(text: str) -> str:
    """Return a text without the comments that say what makes its parts."""
    return prose(text, lambda line: _MARKER.sub("", line))


class Links(NamedTuple):
    """Where the links of the pages lead.

    `pages` says where each page of the repository is in the site, `anchors` which anchors of a page are pages of their
    own. Everything else is a file or a folder of the repository, below `repository`, which ends in a slash.
    """

    pages: Mapping[str, str]
    anchors: Mapping[str, Mapping[str, str]]
    repository: str

    def resolve(self, page: Page, path: str, anchor: str) -> str:
        """Return what a page says for a path of the repository and an anchor, which is empty where there is none."""
        found = self.anchors.get(path, {}).get(anchor)
        if found is not None:
            anchor = ""
        else:
            found = self.pages.get(path)
        fragment = f"#{anchor}" if anchor else ""
        if found is None:
            return f"{self.repository}{path}{fragment}"
        if found == page.target and fragment:
            return fragment
        return f"{posixpath.relpath(found, posixpath.dirname(page.target) or '.')}{fragment}"


def rewritten(text: str, page: Page, links: Links) -> str:
    """Return the text of a page in which every relative link leads where it does in the site."""

    def link(match: re.Match[str]) -> str:
        if match[1] or "://" in match[3] or match[3].startswith("mailto:"):
            return match[0]
        path, _, anchor = match[3].partition("#")
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(page.source), path)) if path else page.source
        return f"{match[2]}{links.resolve(page, whole, anchor)}{match[4]}"

    return prose(text, lambda line: _LINK.sub(link, line))
