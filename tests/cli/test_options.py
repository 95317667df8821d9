"""Which of the options that commands share each command has: those that mean something to it, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from policylint.cli.main import COMMANDS, main

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONFIG = {"--config"}
ENVIRONMENT = CONFIG | {"--env"}
PROJECT = ENVIRONMENT | {"--show-config", "--snapshot", "--allow-incomplete"}
SHARED = {
    "lint": PROJECT,
    "test": PROJECT,
    "simulate": PROJECT,
    "show": PROJECT,
    "why": PROJECT,
    "diff": PROJECT,
    "triage": PROJECT,
    "approve": PROJECT,
    "deny": PROJECT,
    "minimize": PROJECT,
    "expire": PROJECT,
    "mine": PROJECT,
    "report exemptions": PROJECT,
    "report helpdesk": PROJECT,
    "report pack": PROJECT,
    "plan": PROJECT,
    "environments": CONFIG,
    "apply-script": PROJECT,
    "export-script": ENVIRONMENT,
    "snapshot show": ENVIRONMENT | {"--allow-incomplete"},
    "snapshot seal": ENVIRONMENT | {"--allow-incomplete"},
    "cache": set[str](),
    "fmt": ENVIRONMENT,
    "lock": PROJECT,
    "rules": ENVIRONMENT,
    "explain": ENVIRONMENT,
    "completion": set[str](),
    "schema": CONFIG,
    "lsp": set[str](),
    "init": set[str](),
    "import": {"--allow-incomplete"},
}


def options(name: str) -> set[str]:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return {text for param in command.params if isinstance(param, click.Option) for text in param.opts}


def test_every_command_is_in_the_table() -> None:
    assert set(COMMANDS) == set(SHARED)


@pytest.mark.parametrize("name", SHARED)
def test_a_command_has_the_options_that_mean_something_to_it(name: str) -> None:
    assert SHARED[name] == options(name) & PROJECT


@pytest.mark.parametrize("name", SHARED)
def test_no_option_is_hidden(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert not [param.name for param in command.params if isinstance(param, click.Option) and param.hidden]


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "--snapshot", "live.json"),
        ("explain", "stale-device-id", "--allow-incomplete", "devices"),
        ("explain", "stale-device-id", "--show-config"),
        ("schema", "--env", "test"),
    ],
)
def test_an_option_that_means_nothing_is_refused(example: Folder, arguments: tuple[str, ...]) -> None:
    assert 3 == example.run(*arguments).returncode
