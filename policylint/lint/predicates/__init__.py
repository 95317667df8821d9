"""The questions that rules ask, by name. One file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.predicates import field_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.rule import Predicate

PREDICATES: Mapping[str, Predicate] = {
    module.PREDICATE.name: module.PREDICATE
    for module in (
        field_in,
    )
}
"""Every predicate by its name."""
