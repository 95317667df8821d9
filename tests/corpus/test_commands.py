"""Published commands turned into policy: what binds in Exchange validates, what cannot is refused, with the reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.test_scenarios import yaml
from tests.worlds import OBJECT_KINDS, STORE, Reading, bind, read

COMMANDS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "commands.json").read_text(encoding="utf-8"))
SECTION_OF_KIND = {kind.name: section for section, kind in STORE.sections.items()}
KIND_OF_CMDLET = {cmdlet: kind for kind in OBJECT_KINDS for cmdlet in STORE.object_type(kind).cmdlets.values()} | {
    "New-ActiveSyncMailboxPolicy": "mobileDeviceMailboxPolicy",
    "Set-ActiveSyncMailboxPolicy": "mobileDeviceMailboxPolicy",
}
REASONS = {
    "timespan-hours-not-minutes": "15 hours",
    "bool-for-enum": "write one of Allow, Disable, HandsfreeOnly",
}
"""What the remedy of a refused command speaks of, by trap."""


def policy_of(command: dict[str, Any]) -> dict[str, Any]:
    """Return the policy that says what a command does."""
    kind = KIND_OF_CMDLET[command["cmdlet"]]
    settings = dict(command["parameters"])
    identity = settings.pop("Identity", None)
    if identity is not None and kind == "mobileDeviceMailboxPolicy":
        settings = {"Name": identity, **settings}
    elif identity is not None and kind == "deviceAccessRule":
        query, characteristic = re.fullmatch(r"(.*?) ?\((\w+)\)", identity).groups()  # type: ignore[union-attr]
        settings = {"Characteristic": characteristic, "QueryString": query, **settings}
    elif identity is not None:
        settings = {"Identity": identity, **settings}
    return {SECTION_OF_KIND[kind]: settings if kind == "organization" else [settings]}


def renamed(command: dict[str, Any]) -> dict[str, Any]:
    """Return a command with the parameters of the older cmdlets by their present names."""
    settings = STORE.object_type("mobileDeviceMailboxPolicy").settings
    names = {setting.schema["exchange"].get("legacyName"): name for name, setting in settings.items()}
    return {**command, "parameters": {names.get(name, name): value for name, value in command["parameters"].items()}}


def refused(reading: Reading) -> list[str]:
    """Return the remedies for what is wrong."""
    return [str(text) for text in reading.helps]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["id"])
def test_a_command(command: dict[str, Any]) -> None:
    reading = read(yaml(policy_of(renamed(command))))
    if command["expect"] == "reject":
        (remedy,) = refused(reading)
        assert any(REASONS[trap] in remedy for trap in command["traps"])
    else:
        assert [] == reading.lines


OLD = [command for command in COMMANDS if "ActiveSyncMailboxPolicy" in command["cmdlet"]]


@pytest.mark.parametrize("command", OLD, ids=lambda command: command["id"])
def test_a_parameter_of_an_older_cmdlet_is_named_as_it_is_called_now(command: dict[str, Any]) -> None:
    reading = read(yaml(policy_of(command)))
    old = [name for name in command["parameters"] if name not in renamed(command)["parameters"]]
    assert old
    assert [f"`{name}` is called" for name in old] == [
        re.sub(r"^\S+ (`\w+` is called).*", r"\1", line) for line in reading.lines
    ]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c["expect"] != "reject"], ids=lambda command: command["id"])
def test_the_policy_holds_the_values_of_the_command(command: dict[str, Any]) -> None:
    (entity,) = bind(yaml(policy_of(renamed(command)))).state.entities()
    for name, value in renamed(command)["parameters"].items():
        if name != "Identity":
            assert (tuple(value) if isinstance(value, list) else value) == entity.get(name)
