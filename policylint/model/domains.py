"""The mail domains of an organization, of which the people are who are told of its devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.state import MAILBOX
from policylint.text import fold, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from policylint.model.state import State


def domain_of(address: str) -> str:
    """Return what is behind the last `@` of an address, empty where it has none."""
    return address.rpartition("@")[2].strip() if "@" in address else ""


def own_domains(named: Iterable[str], live: State | None) -> frozenset[str]:
    """Return the folded domains, or patterns of them, that a configuration names; else those of the live mailboxes."""
    said = frozenset(fold(domain_of(each) or each) for each in named)
    if said or live is None:
        return said
    mailboxes = live.of_kind(MAILBOX).values()
    return frozenset(fold(domain) for each in mailboxes for name in each.addresses if (domain := domain_of(name)))


def is_own(domain: str, own: Collection[str]) -> bool:
    """Return whether a domain is one of some folded domains, or matches a pattern among them."""
    folded = fold(domain)
    return folded in own or any("*" in each and matches(folded, each) for each in own)
