"""The section of a page that explains its terms, each with the page of the documentation that says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.documentation import Page, page_address
from policylint.escape import to_html
from policylint.render.page.document import Section, plain_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS: Mapping[str, tuple[str, str, Page]] = {
    "desired": (
        "Live and desired",
        "Live is the configuration of Exchange when the snapshot was taken. Desired is what it becomes when the policy"
        " files are applied.",
        Page.DESIRED_STATE,
    ),
    "class": (
        "Class",
        "All devices that report the same type, model, operating system and user agent. Rules and the default level"
        " give all of them the same access; the settings of a mailbox can still give one device another.",
        Page.DEVICE_CLASS,
    ),
    "disputed": (
        "Disputed",
        "Rules of different levels match this device. Microsoft lists an order, and nothing published confirms it.",
        Page.DISPUTED,
    ),
    "open": (
        "Not decided here",
        "Something else decides about this device, such as Conditional Access or a device management, so these settings"
        " cannot answer.",
        Page.NOT_DECIDED_HERE,
    ),
    "refusal": (
        "Refusal",
        "A limit or a check of this repository stops the plan. No script can be made of it until each refusal is"
        " acknowledged with a reason.",
        Page.REFUSAL,
    ),
    "drift": (
        "Drift",
        "Something live is not as the policy says, and no step of this plan changes it.",
        Page.DRIFT,
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
        link = f'<a href="{page_address(page)}">More about {name.lower()}</a>'
        items.append(f'<dt id="word-{term}">{name}</dt>\n<dd>{to_html(meaning)} {link}</dd>\n')
    return plain_section("words", "Terms", f'<dl class="words">\n{"".join(items)}</dl>\n')
