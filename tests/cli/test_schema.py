"""`policylint schema`: printed, written, checked, and fitted to an edition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

ONLINE = "AllowApplePushNotifications"
"""A setting that only Exchange Online has; a section that only it has is mailboxPlans."""


def schema(folder: Folder, *arguments: str) -> dict[str, Any]:
    """Return the schema that is printed."""
    done = folder.run("schema", *arguments)
    assert (0, "") == (done.returncode, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft7Validator.check_schema(found)
    return found


def online(found: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether a schema has what only Exchange Online has: a setting, a section."""
    settings = found["definitions"]["mobile-device-mailbox-policy"]["properties"]
    return ONLINE in settings, "mailboxPlans" in found["properties"]


def test_one_is_printed(folder: Folder) -> None:
    assert "policylint policy file" == schema(folder)["title"] == schema(folder, "policy")["title"]
    assert "policylint configuration" == schema(folder, "config")["title"]


def test_one_goes_to_a_file(folder: Folder) -> None:
    done = folder.run("schema", "config", "-o", "config.json")
    assert (0, "", "wrote config.json\n") == (done.returncode, done.stdout, done.stderr)
    assert folder.run("schema", "config").stdout == (folder.path / "config.json").read_text(encoding="utf-8")


def test_they_are_listed(folder: Folder) -> None:
    lines = folder.run("schema", "--list").stdout.splitlines()
    assert [["policy", "policy.schema.json"], ["config", "config.schema.json"]] == [line.split()[:2] for line in lines]


@pytest.mark.parametrize(
    ("config", "arguments", "expected"),
    [
        (None, (), (True, True)),
        ("version: 1\n", (), (True, True)),
        ("version: 1\nedition: exchange-2019\n", (), (False, False)),
        ("version: 1\nedition: exchange-2019\n", ("--edition", "exchange-online"), (True, True)),
        ("version: 1\n", ("--edition", "exchange-2019"), (False, False)),
        ("version: 1\n", ("--edition", "exchange-2019", "--edition", "exchange-online"), (True, True)),
        ("version: 1\nedition: exchange-se\nenvironments: {a: {edition: exchange-online}}\n", (), (True, True)),
        ("version: 1\nedition: exchange-se\nenvironments: {a: {edition: exchange-2019}, b: {}}\n", (), (False, False)),
    ],
    ids=["no-file", "default", "its-edition", "given", "narrower", "several", "environment", "no-environment"],
)
def test_an_edition_leaves_out_what_it_lacks(
    folder: Folder, config: str | None, arguments: tuple[str, ...], expected: tuple[bool, bool]
) -> None:
    if config is not None:
        folder.write("policylint.yaml", config)
    assert expected == online(schema(folder, *arguments))


@pytest.mark.parametrize("target", ["", "editor/schemas"])
def test_all_are_written_and_checked(folder: Folder, target: str) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    write = ("schema", "--write", *([target] if target else []))
    place = target or ".policylint"
    done = folder.run(*write, "--check")
    assert 1 == done.returncode
    fix = f"missing or out of date; `policylint {' '.join(write)}` fixes that"
    assert f"{place}/policy.schema.json: {fix}\n{place}/config.schema.json: {fix}\n" == done.stdout
    assert not (folder.path / place).exists()

    done = folder.run(*write)
    assert (0, f"{place}/policy.schema.json: written\n{place}/config.schema.json: written\n") == (
        done.returncode,
        done.stdout,
    )
    assert schema(folder) == json.loads((folder.path / place / "policy.schema.json").read_text(encoding="utf-8"))
    done = folder.run(*write, "--check")
    assert (0, "the schemas are up to date\n") == (done.returncode, done.stdout)

    folder.write(f"{place}/config.schema.json", "{}\n")
    assert 1 == folder.run(*write, "--check").returncode
    assert f"{place}/config.schema.json: written\n" == folder.run(*write).stdout


def test_they_lie_beside_the_configuration(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    below = folder.path / "policy"
    below.mkdir()
    assert 0 == type(folder)(below).run("schema", "--write").returncode
    assert (folder.path / ".policylint" / "policy.schema.json").is_file()
    assert 0 == folder.run("schema", "--check").returncode


def test_another_edition_makes_them_stale(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.run("schema", "--write")
    folder.write("policylint.yaml", "version: 1\nedition: exchange-2016\n")
    done = folder.run("schema", "--check")
    assert 1 == done.returncode
    assert ".policylint/policy.schema.json: missing or out of date" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--edition", "exchange-2010"), 3, "`exchange-2010` is not one of `exchange-online`, "),
        (("snapshot",), 3, "invalid value for `NAME`: `snapshot` is not one of `policy`, `config`"),
        (("--write", "-o", "x"), 3, "--output is for one schema"),
        (("--write", "policylint.yaml"), 4, "policylint.yaml: cannot be made: File exists"),
        (("-o", "nowhere/x.json"), 4, "nowhere/x.json: cannot be written: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done(folder: Folder, arguments: tuple[str, ...], code: int, words: str) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    done = folder.run("schema", *arguments)
    assert (code, "") == (done.returncode, done.stdout)
    assert words in done.stderr
    assert ["policylint.yaml"] == [path.name for path in folder.path.iterdir() if path.is_file()]


def test_a_wrong_configuration_is_named(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nedition: exchange\n")
    done = folder.run("schema")
    assert 3 == done.returncode
    assert "policylint.yaml:2:10: error: " in done.stderr
