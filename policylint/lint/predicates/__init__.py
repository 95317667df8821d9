"""The questions that rules ask, by name. A predicate belongs to the module of its theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.predicate import Predicate
from policylint.lint.predicates import (
    access_rules,
    deadlines,
    declarations,
    device_lists,
    devices,
    exemptions,
    lifecycle,
    mailboxes,
    matches,
    organization,
    partnerships,
    placeholders,
    policies,
    query_strings,
    settings,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODULES = (
    declarations,
    settings,
    texts,
    placeholders,
    organization,
    access_rules,
    query_strings,
    policies,
    exemptions,
    partnerships,
    device_lists,
    mailboxes,
    devices,
    lifecycle,
    matches,
    deadlines,
)
PREDICATES: Mapping[str, Predicate] = {
    found.name: found for module in _MODULES for found in vars(module).values() if isinstance(found, Predicate)
}
"""Every predicate by its name, in the order of the page about them."""
