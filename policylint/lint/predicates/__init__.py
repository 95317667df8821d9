"""The questions that rules ask, by name. One file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.predicates import (
    access_rule_disputed,
    access_rule_matches_nothing,
    access_rule_rots,
    access_rule_wildcard,
    declared_twice,
    device_id_in_both_lists,
    field_in,
    policy_not_declared,
    quarantine_unattended,
    schema_constraint,
    setting_without,
    stale_device_id,
    two_defaults,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.rule import Predicate

PREDICATES: Mapping[str, Predicate] = {
    module.PREDICATE.name: module.PREDICATE
    for module in (
        access_rule_disputed,
        access_rule_matches_nothing,
        access_rule_rots,
        access_rule_wildcard,
        declared_twice,
        device_id_in_both_lists,
        field_in,
        policy_not_declared,
        quarantine_unattended,
        schema_constraint,
        setting_without,
        stale_device_id,
        two_defaults,
    )
}
"""Every predicate by its name."""
