"""What language models read of the documentation: an index of the pages, and all of them in one text.

Source: https://llmstxt.org/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.docs.markdown import page as joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.site.pages import Page, Section

OPTIONAL: Final = "Project"
"""The section that a reader with little room can leave out; the convention calls such a section Optional."""
_HEAD: Final = """\
# policylint

> Policy as code for Exchange mobile device access: YAML in git is checked, simulated for every device, compared with
> live state, and turned into the PowerShell that makes the change. policylint reads and writes files; it never
> connects to Exchange.

Commands print JSON with `--format json`; `policylint explain TEXT` explains a rule, a code, a state or a refusal."""


def llms_index(sections: Sequence[Section], link: Callable[[Page], str]) -> str:
    """Return llms.txt: each page with its link and its first sentence, by section."""
    parts = [_HEAD]
    for section in sections:
        title = "Optional" if section.title == OPTIONAL else section.title
        lines = (f"- [{page.title}]({link(page)})" + f": {page.summary}" * bool(page.summary) for page in section.pages)
        parts += [f"## {title}", "\n".join(lines)]
    return joined(*parts)


def llms_full(sections: Sequence[Section], texts: dict[str, str]) -> str:
    """Return the text of the pages of all sections but the optional one."""
    chosen = [page for section in sections if section.title != OPTIONAL for page in section.pages]
    return joined(*(texts[page.target] for page in chosen))
