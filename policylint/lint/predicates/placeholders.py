"""Questions about what stands in a policy for something still to be written."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.devices.written_ids import flaw_of_id
from policylint.lint.parameters import many, setting, settings_by_kind, text
from policylint.lint.placeholders import Placeholder, placeholder_id, placeholder_in
from policylint.lint.predicate import Finding, Varying, policy_predicate
from policylint.lint.predicates.texts import texts_of
from policylint.model.domains import domain_of
from policylint.model.state import MAILBOX, ORGANIZATION
from policylint.phrases import count, quoted
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity
    from policylint.source import Span

_PSEUDONYM = regex(r"user-[0-9a-f]{16}@redacted\.invalid", re.IGNORECASE)
"""What a redacted snapshot has in the place of an address."""
NOTES = ("reason", "owner")


@policy_predicate(
    params={
        "addresses": settings_by_kind("the settings with addresses, or with texts that hold one"),
        "texts": settings_by_kind("the settings with texts for people, names and strings"),
        "reserved": many(text("the domains that nobody has, nor any below them")),
        "of-guides": many(text("the domains that only guides mean, whoever reads them")),
        "of-examples": many(text("the domains of the organizations of examples")),
    },
    placeholders={"value": "the text", "what": "what it stands for"},
    files_tell=True,
)
def placeholder(params: Params, facts: Facts) -> Findings:
    """Find what guides and templates have in the place of something of the organization: addresses, IDs and texts.

    A domain of the organization, as the policy's `target` or `domains` or the snapshot says it, is none; nor is the ID
    of a device of the snapshot, or a pseudonym. Where nothing says whose policy it is, the domains of examples are not
    found. The predicate is certain where nothing else can be meant.
    """
    address = _addresses(params, facts)
    for kind in facts.store.object_types:
        addresses, texts = params["addresses"].get(kind, ()), params["texts"].get(kind, ())
        lists: Sequence[str] = (ALLOWED, BLOCKED) if kind == MAILBOX else ()
        asked: tuple[tuple[Sequence[str], Callable[[str], object]], ...] = (
            (addresses, address),
            (lists, lambda text: placeholder_id(text, all_known=facts.sees_all)),
            (texts, placeholder_in),
        )
        addresses, lists, texts = (() if facts.no_text(kind, names, is_wanted) else names for names, is_wanted in asked)
        for entity in facts.declared.of_kind(kind).values():
            for span, said, found in _in(entity, addresses, texts, lists, address, facts):
                yield Finding(span, {"value": quoted(said), "what": found.text}, certain=found.certain, subject=entity)


def _in(
    entity: Entity,
    addresses: Sequence[str],
    texts: Sequence[str],
    lists: Sequence[str],
    address_of: Callable[[str], Placeholder | None],
    facts: Facts,
) -> Iterator[tuple[Span, str, Placeholder]]:
    """Yield each placeholder of an object: where it is, the text, and what is missing in words."""
    for found in texts_of(entity, addresses, address_of):
        if (address := address_of(found.text)) is not None:
            yield found.span, found.text, address
    for found in texts_of(entity, lists, lambda text: placeholder_id(text, all_known=facts.sees_all)):
        known = placeholder_id(found.text, all_known=facts.sees_all)
        if known is not None and fold(found.text) not in facts.device_ids and flaw_of_id(found.text) is None:
            yield found.span, found.text, known._replace(text="the ID of a device")
    for found in texts_of(entity, texts, placeholder_in):
        said = placeholder_in(found.text)
        if said is not None and not facts.exists_live(entity, found.setting, found.text):
            yield found.span, said.text, said._replace(text="a text of your own")
    for name in NOTES:
        said = placeholder_in(entity.notes[name]) if name in entity.notes else None
        if said is not None:
            yield entity.at(name), said.text, said._replace(text=f"the {name}")


def _addresses(params: Params, facts: Facts) -> Callable[[str], Placeholder | None]:
    """Return what says what an address with a domain of a guide stands for, None of any other text."""
    of_domain = cache(lambda domain: _of_domain(domain, params, facts))

    def of(text: str) -> Placeholder | None:
        domain = domain_of(text)
        return of_domain(domain) if domain and not _is_pseudonym(text, facts) else None

    return of


def _of_domain(domain: str, params: Params, facts: Facts) -> Placeholder | None:
    """Return what an address with a domain stands for, None where it is no domain of a guide."""
    own = facts.domains
    if own.resemble(domain):
        return None
    if _is_below(domain, params["reserved"]):
        return Placeholder("an address", certain=True)
    if _is_below(domain, params["of-guides"]):
        return Placeholder("an address of your organization", certain=own.known)
    if own.known and _is_below(domain, params["of-examples"]):
        return Placeholder("an address of your organization", certain=own.whole)
    return None


def _is_pseudonym(text: str, facts: Facts) -> bool:
    is_redacted = facts.snapshot is not None and facts.snapshot.header.redacted
    return is_redacted and _PSEUDONYM.fullmatch(text) is not None


def _is_below(domain: str, domains: list[str]) -> bool:
    folded = fold(domain)
    return any(folded == fold(each) or folded.endswith(f".{fold(each)}") for each in domains)


def _unseen_recipients(_kind: str, params: Params, facts: Facts) -> str:
    if not facts.domains.whole:
        return "the domains of the organization are not known; `domains` of policylint.yaml says them"
    organization = facts.desired.organization
    if organization is None or not facts.knows(facts.declared.organization, organization, params["recipients"]):
        return f"{quoted(params['recipients'])} is not in a file as a whole, and was not read"
    return ""


@policy_predicate(
    params={"recipients": setting("the setting with the people who are told", ORGANIZATION)},
    placeholders={"value": "the address", "domains": Varying("how many domains the organization has")},
    files_tell=True,
    unseen=_unseen_recipients,
)
def recipient_outside(params: Params, facts: Facts) -> Findings:
    """Find each address of the people who are told that is in no domain of the organization.

    It finds nothing if its domains are not known.
    """
    own, organization = facts.domains, facts.declared.organization
    if organization is None or not own.whole:
        return
    for found in texts_of(organization, (params["recipients"],), domain_of):
        domain = domain_of(found.text)
        if not own.hold(domain) and not _is_pseudonym(found.text, facts):
            known = count(len(own.patterns), "known domain")
            yield Finding(found.span, {"value": quoted(found.text), "domains": known})
