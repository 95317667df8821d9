"""The section of a page that explains its terms, each with the page of the documentation that says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import DOCUMENTATION
from policylint.escape import to_html
from policylint.render.page.document import Section, plain_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS: Mapping[str, tuple[str, str, str]] = {
    "class": (
        "Class",
        "All devices that report the same values of what rules compare. Rules and the default level give all of them"
        " the same access; the settings of a mailbox can still give one device another.",
        "glossary.md#device-class",
    ),
    "disputed": (
        "Disputed",
        "Rules of different levels match this device. Microsoft lists an order, and nothing published confirms it.",
        "access.md#disputed",
    ),
    "open": (
        "Not decided here",
        "Something else decides about this device, such as Conditional Access or a device management, so these settings"
        " cannot answer.",
        "glossary.md#not-decided-here",
    ),
    "refusal": (
        "Refusal",
        "A limit or a check of this repository stops the plan. No script can be made of it until each refusal is"
        " acknowledged with a reason.",
        "glossary.md#guard-and-refusal",
    ),
    "drift": (
        "Drift",
        "Something live is not as the policy says, and no step of this plan changes it.",
        "glossary.md#drift",
    ),
}
"""The terms of reports: their name, what they mean, and the page that says more."""


def word_link(term: str) -> str:
    """Return the address of the explanation of a term in the page itself."""
    return f"#word-{term}"


def words_section(terms: Iterable[str]) -> Section:
    """Return the section that explains some terms."""
    items = []
    for term in terms:
        name, meaning, page = WORDS[term]
        link = f'<a href="{DOCUMENTATION}/{page}">More about {name.lower()}</a>'
        items.append(f'<dt id="word-{term}">{name}</dt>\n<dd>{to_html(meaning)} {link}</dd>\n')
    return plain_section("words", "Terms", f'<dl class="words">\n{"".join(items)}</dl>\n')
