"""policylint.yaml to settings: defaults, environments, and limits that are switched off."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.bind.config import bind_config
from policylint.errors import UsageError
from policylint.model.config import EDITIONS, Management
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG
from tests.worlds import STORE, read

SCHEMA = CompiledSchema(STORE, CONFIG)


def settings(text: str, environment: str | None = None) -> Any:
    """Return the settings of a text."""
    reading = read(text, "policylint.yaml", SCHEMA)
    assert [] == reading.lines
    return bind_config(reading.value, "policylint.yaml", environment, STORE)


def test_defaults() -> None:
    config = settings("version: 1")
    assert ("exchange-online", ("policy/**/*.yaml",), (), ("recommended",)) == (
        config.edition, config.policies, config.snapshot, config.packs)  # fmt: skip
    assert {
        "organization": Management("additive"),
        "deviceAccessRules": Management("exact"),
        "mobileDeviceMailboxPolicies": Management("exact"),
        "mailboxes": Management("additive"),
        "mailboxPlans": Management("additive"),
        "deviceAutoblockThresholds": Management("additive"),
    } == config.manage
    assert (None, None, 10) == (config.target, config.since, config.guards.percent_floor)
    assert (25, 2, 10, 30, (), 24) == (
        config.guards.max_newly_denied, config.guards.max_newly_denied_percent, config.guards.max_newly_allowed_percent,
        config.guards.max_deletes_percent, config.guards.protect, config.guards.snapshot_max_age_hours)  # fmt: skip
    assert (False, False) == (config.conditional_access, config.hybrid_modern_auth)


def test_no_file_is_all_defaults() -> None:
    config = bind_config({}, None, None, STORE)
    assert settings("version: 1").guards == config.guards
    assert config.path is None


def test_a_part_of_a_section_leaves_the_rest_at_its_default() -> None:
    config = settings("{version: 1, guards: {max-newly-denied: 3, protect: [ceo@contoso.com]}}")
    assert (3, 2, ("ceo@contoso.com",)) == (
        config.guards.max_newly_denied, config.guards.max_newly_denied_percent, config.guards.protect)  # fmt: skip


def test_null_switches_a_limit_off() -> None:
    assert settings("{version: 1, guards: {max-newly-denied: null}}").guards.max_newly_denied is None


def test_an_environment_goes_before_the_rest() -> None:
    text = (
        "{version: 1, edition: exchange-online, snapshot: live.json,"
        " environments: {test: {edition: exchange-2019, policies: [base/**, test/**]}}}"
    )
    config = settings(text, "test")
    assert ("exchange-2019", ("base/**", "test/**"), ("live.json",)) == (
        config.edition,
        config.policies,
        config.snapshot,
    )
    assert "exchange-online" == settings(text).edition


def test_an_environment_replaces_groups_key_by_key() -> None:
    text = (
        "{version: 1, guards: {max-newly-denied: 3, protect: [ceo@contoso.com]}, severity: {a: off, b: info},"
        " environments: {test: {guards: {max-newly-denied: 9}, severity: {b: error}}}}"
    )
    config = settings(text, "test")
    assert (9, ("ceo@contoso.com",)) == (config.guards.max_newly_denied, config.guards.protect)
    assert {"a": "off", "b": "error"} == config.severity


@pytest.mark.parametrize(("text", "hint"), [
    ("version: 1", "it declares none"), ("{version: 1, environments: {prod: {}, lab: {}}}", "known: lab, prod"),
])  # fmt: skip
def test_an_environment_that_is_not_there(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match=r"no environment `test` in policylint.yaml") as caught:
        settings(text, "test")
    assert hint in str(caught.value.help)


@pytest.mark.parametrize(("text", "expected"), [
    ("{}", ["1:1 `version` is missing"]),
    ("version: 2", ["1:10 `version` is `2`, which is not 1"]),
    ("version: '1'", ["1:10 `version` is `1`, which is not 1"]),
    ("{version: 1, edition: exchange-2010}",
     ["1:23 `edition` is `exchange-2010`, which is not one of exchange-online, exchange-2013, exchange-2016, "
      "exchange-2019, exchange-se"]),
    ("{version: 1, guards: {max-newly-denied-percent: 101}}",
     ["1:49 `max-newly-denied-percent` is `101`, which is not a whole number from 0 to 100, or null"]),
    ("{version: 1, severity: {some-rule: fatal}}",
     ["1:36 `some-rule` is `fatal`, which is not one of error, warning, info, off"]),
    ("{version: 1, manage: {mailboxes: exactly}}",
     ["1:34 `mailboxes` is `exactly`, which is not one of exact, owned, additive, listed, or a mapping"]),
    ("{version: 1, manage: {organization: exact}}",
     ["1:37 `organization` is `exact`, which is not one of owned, additive"]),
    ("{version: 1, polices: []}", ["1:14 unknown key `polices`"]),
])  # fmt: skip
def test_what_is_wrong_with_a_configuration(text: str, expected: list[str]) -> None:
    assert expected == read(text, "policylint.yaml", SCHEMA).lines


def test_editions_are_those_of_the_schema() -> None:
    assert tuple(STORE.schema(CONFIG)["properties"]["edition"]["enum"]) == tuple(EDITIONS)


def test_a_snapshot_may_be_several_files_and_folders() -> None:
    assert ("live/cas.json", "exports") == settings("version: 1\nsnapshot: [live/cas.json, exports]").snapshot
