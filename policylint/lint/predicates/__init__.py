"""The questions that rules ask, by name. One file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.predicates import (
    access_rule_disputed,
    access_rule_for,
    access_rule_matches_nothing,
    access_rule_overridden,
    access_rule_redundant,
    access_rule_rots,
    access_rule_wildcard,
    android_password_level,
    android_type_leaks,
    class_access,
    declared_twice,
    default_policy_changes,
    device_id_in_both_lists,
    exempt_device,
    exemption_without_effect,
    expired,
    field_in,
    invisible_character,
    level_unused,
    licensed_settings,
    look_alike_character,
    policy_not_declared,
    policy_pinned,
    policy_shuts_out,
    quarantine_unattended,
    query_string_case,
    schema_constraint,
    seen_device_held,
    setting_conflict,
    setting_departs,
    setting_limit,
    setting_not_planned,
    setting_outside_edition,
    setting_without,
    settings_ignored,
    stale_device_id,
    switch_left_on,
    two_defaults,
    untidy_text,
    value_of_other_characteristic,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.rule import Predicate

PREDICATES: Mapping[str, Predicate] = {
    module.PREDICATE.name: module.PREDICATE
    for module in (
        access_rule_disputed,
        access_rule_for,
        access_rule_matches_nothing,
        access_rule_overridden,
        access_rule_redundant,
        access_rule_rots,
        access_rule_wildcard,
        android_password_level,
        android_type_leaks,
        class_access,
        declared_twice,
        default_policy_changes,
        device_id_in_both_lists,
        exempt_device,
        exemption_without_effect,
        expired,
        field_in,
        invisible_character,
        level_unused,
        licensed_settings,
        look_alike_character,
        policy_not_declared,
        policy_pinned,
        policy_shuts_out,
        quarantine_unattended,
        query_string_case,
        schema_constraint,
        seen_device_held,
        setting_conflict,
        setting_departs,
        setting_limit,
        setting_not_planned,
        setting_outside_edition,
        setting_without,
        settings_ignored,
        stale_device_id,
        switch_left_on,
        two_defaults,
        untidy_text,
        value_of_other_characteristic,
    )
}
"""Every predicate by its name."""
