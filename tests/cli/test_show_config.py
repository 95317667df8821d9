"""`--show-config`: each setting with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from policylint.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = """\
version: 1
edition: exchange-online
guards: {max-newly-denied: 3}
environments:
  test:
    edition: exchange-2019
"""


def rows(*arguments: str) -> dict[str, tuple[str, str]]:
    result = CliRunner().invoke(main, ["lint", "--show-config", *arguments])
    assert result.exit_code == 0, result.output
    return {line.split()[0]: (line.split()[1], line.split()[-1]) for line in result.stdout.splitlines()}


def test_each_setting_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policylint.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    shown = rows()
    assert shown["edition"] == ('"exchange-online"', "policylint.yaml:2")
    assert shown["guards.max-newly-denied"] == ("3", "policylint.yaml:3")
    assert shown["guards.max-deletes-percent"] == ("30", "default")
    assert shown["snapshot"] == ("null", "default")


def test_an_environment_comes_before_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policylint.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    shown = rows("--env", "test")
    assert shown["edition"] == ('"exchange-2019"', "policylint.yaml:6")
    assert shown["guards.max-newly-denied"] == ("3", "policylint.yaml:3")


LAYERED = """\
version: 1
guards:
  max-newly-denied: 3
  protect: [ceo@contoso.com]
manage: {mailboxes: additive}
severity:
  version-pinned-rule: info
  default-level-allow: off
outside: {hybrid-modern-auth: true}
environments:
  test:
    guards:
      max-newly-denied: 5
    severity: {default-level-allow: error, expired-exemption: off}
    manage: {deviceAccessRules: additive}
"""


def test_an_environment_is_laid_over_groups_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policylint.yaml").write_text(LAYERED)
    monkeypatch.chdir(tmp_path)
    shown = rows("--env", "test")
    expected = {
        "guards.max-newly-denied": ("5", "policylint.yaml:13"),
        "guards.protect": ('["ceo@contoso.com"]', "policylint.yaml:4"),
        "guards.max-deletes-percent": ("30", "default"),
        "manage.mailboxes": ('"additive"', "policylint.yaml:5"),
        "manage.deviceAccessRules": ('"additive"', "policylint.yaml:15"),
        "manage.mobileDeviceMailboxPolicies": ('"exact"', "default"),
        "outside.hybrid-modern-auth": ("true", "policylint.yaml:9"),
        "severity.version-pinned-rule": ('"info"', "policylint.yaml:7"),
        "severity.default-level-allow": ('"error"', "policylint.yaml:14"),
        "severity.expired-exemption": ('"off"', "policylint.yaml:14"),
    }
    assert expected == {name: shown.get(name) for name in expected}
    assert ('"off"', "policylint.yaml:8") == rows()["severity.default-level-allow"]


def test_no_severity_is_shown_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policylint.yaml").write_text("version: 1\n")
    monkeypatch.chdir(tmp_path)
    assert ("{}", "default") == rows()["severity"]
