"""Live state without any policy: what there is, said as what there is, and the edition where nothing says it."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from tests.cli.conftest import EXAMPLE, Folder

USER = "john.doe@contoso.com"


@pytest.fixture
def alone(folder: Folder) -> Folder:
    """Return a folder that holds a snapshot and nothing else."""
    shutil.copy(EXAMPLE / "live.json", folder.path)
    return folder


@pytest.mark.parametrize("arguments", [(), ("--full",), ("--by", "model"), ("--mailbox", USER)])
def test_nothing_in_a_text_looks_desired(alone: Folder, arguments: tuple[str, ...]) -> None:
    done = alone.run("simulate", "--snapshot", "live.json", *arguments)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("live state alone, without a policy: ")
    assert "desired" not in done.stdout
    assert "->" not in done.stdout
    assert "live state: live.json of contoso.onmicrosoft.com" in done.stdout


def test_devices_have_what_the_same_snapshot_gives_them_beside_a_policy(alone: Folder) -> None:
    only, beside = (
        json.loads(each.run("simulate", "--snapshot", "live.json", "--format", "json").stdout)
        for each in (alone, Folder(EXAMPLE))
    )
    assert (True, False) == (only["liveStateAlone"], beside["liveStateAlone"])
    assert [each["live"] for each in beside["devices"]] == [each["live"] for each in only["devices"]]
    assert {None} == {each["desired"] for part in ("devices", "classes") for each in only[part]}
    assert 0 == only["impact"]["newlyAllowed"]


def test_csv_leaves_the_columns_of_what_is_desired_empty(alone: Folder) -> None:
    for options, rows in (((), 152), (("--by", "rule"), 1)):
        text = alone.run("simulate", "--snapshot", "live.json", "--format", "csv", *options).stdout
        found = [*csv.DictReader(text.splitlines())]
        assert len(found) >= rows
        assert {""} == {value for row in found for name, value in row.items() if name.startswith("desired")}
        assert any(value not in {"", "0"} for row in found for name, value in row.items() if name.startswith("live"))


def test_the_report_has_no_desired_column(alone: Folder) -> None:
    done = alone.run("simulate", "--snapshot", "live.json", "--format", "html", "--by", "model", "--mailbox", USER)
    assert "no policy" in done.stdout
    assert "Live state alone" in done.stdout
    assert ">Desired</th>" not in done.stdout
    assert ">Live</th>" in done.stdout


def test_why_explains_what_devices_have(alone: Folder) -> None:
    done = alone.run("why", USER, "--snapshot", "live.json")
    assert 0 == done.returncode
    assert "  live state alone, without a policy\n     1. " in done.stdout
    assert "desired" not in done.stdout
    record = json.loads(alone.run("why", USER, "--snapshot", "live.json", "--format", "json").stdout)
    assert {None} == {each["desired"] for each in record["devices"]}
    assert all(each["live"]["steps"] for each in record["devices"])


@pytest.mark.parametrize("command", [("plan",), ("test",), ("minimize",)])
def test_what_is_about_a_policy_needs_one(alone: Folder, command: tuple[str, ...]) -> None:
    done = alone.run(*command, "--snapshot", "live.json")
    assert 4 == done.returncode
    assert "error: no policy found" in done.stderr


def test_a_snapshot_has_to_be_asked_for(alone: Folder) -> None:
    assert "error: no policy found" in alone.run("simulate").stderr


@pytest.mark.parametrize(
    ("config", "arguments", "expected"),
    [
        pytest.param(None, (), ("exchange-online", "live.json"), id="that-of-the-snapshot"),
        pytest.param(None, ("--edition", "exchange-se"), ("exchange-se", "--edition"), id="asked-for"),
        pytest.param("version: 1\n", ("--edition", "exchange-se"), ("exchange-se", "--edition"), id="file-is-silent"),
        pytest.param(
            "version: 1\nedition: exchange-se\n",
            ("--edition", "exchange-se"),
            ("exchange-se", "policylint.yaml:2"),
            id="same",
        ),
    ],
)
def test_the_edition(alone: Folder, config: str | None, arguments: tuple[str, ...], expected: tuple[str, ...]) -> None:
    if config is not None:
        alone.write("policylint.yaml", config)
    done = alone.run("simulate", "--snapshot", "live.json", "--show-config", *arguments)
    assert ("edition", json.dumps(expected[0]), expected[1]) == tuple(done.stdout.splitlines()[0].split())


def test_an_edition_beside_another_one_of_the_file_is_refused(alone: Folder) -> None:
    alone.write("policylint.yaml", "version: 1\nedition: exchange-se\n")
    done = alone.run("simulate", "--edition", "exchange-2019")
    assert 3 == done.returncode
    assert done.stderr.startswith("policylint.yaml:2:1: error: the edition is `exchange-se`, not `exchange-2019`\n")


def test_what_lint_finds_in_live_state_alone_can_be_a_baseline(alone: Folder) -> None:
    lint = ("lint", "--snapshot", "live.json", "--baseline", "known.yaml")
    assert (4, True) == ((done := alone.run(*lint)).returncode, "no such baseline" in done.stderr)
    assert 0 == alone.run(*lint, "--update-baseline").returncode
    assert alone.run(*lint, "--strict").stdout.startswith("no findings in ")
