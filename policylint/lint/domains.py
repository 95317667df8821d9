"""The mail domains of an organization, as far as its policy and its live state say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.domains import is_own, own_domains
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.model.config import Config
    from policylint.model.snapshot import Snapshot

_FIRST = "ONMICROSOFT.COM"
"""The domain below which every tenant of Microsoft 365 has its first domain, mostly by the name of the organization."""
_HYBRID = "MAIL"
"""What stands between, in the domain of a tenant for mail from its own servers."""
_SECOND_LEVEL = frozenset({"AC", "CO", "COM", "EDU", "GOB", "GOV", "LTD", "NET", "NHS", "OR", "ORG", "PLC"})
"""What stands for `.com` and the like below the domain of a country, as in `.co.uk`."""


class Domains(NamedTuple):
    """Folded domains, or patterns of them, and the names that the first domains of tenants hold.

    `named` are those of the target and of the snapshot. `whole` says that no other address can be one of the
    organization.
    """

    patterns: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    whole: bool = False

    @property
    def known(self) -> bool:
        """Return whether anything says whose policy it is."""
        return bool(self.patterns or self.named)

    def hold(self, domain: str) -> bool:
        """Return whether a domain is one of the organization."""
        return is_own(domain, self.patterns)

    def resemble(self, domain: str) -> bool:
        """Return whether a domain is one of the organization, or is called as it is: enough to be no placeholder."""
        return self.hold(domain) or fold(domain) in self.named or _name_in(domain) in self.names


def _name_in(domain: str) -> str:
    """Return the label of a folded domain that says whose it is: the one before a public suffix, else empty."""
    labels = fold(domain).split(".")
    if labels[-2:] == _FIRST.split("."):
        below = labels[:-2]
        return below[-2] if len(below) > 1 and below[-1] == _HYBRID else "".join(below[-1:])
    suffix = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 1
    return labels[-suffix - 1] if len(labels) > suffix else ""


def domains_of(config: Config, snapshot: Snapshot | None) -> Domains:
    """Return the domains that policylint.yaml names, else those of the mailboxes of the snapshot and of its header.

    A redacted snapshot says nothing of them. Where policylint.yaml names them, no other is called as the organization.
    """
    known = snapshot if snapshot is not None and not snapshot.header.redacted else None
    own = own_domains(config.domains, known.state if known is not None else None)
    said = (config.target, known.header.organization if known is not None else None)
    named = frozenset(fold(each) for each in said if each is not None and "." in each)
    names = (
        frozenset() if config.domains else frozenset(_name_in(each) for each in named if each.endswith(f".{_FIRST}"))
    )
    return Domains(own, named, names - {""}, bool(own))
