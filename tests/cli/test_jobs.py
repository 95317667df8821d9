"""However many processes read a snapshot, each command prints the same bytes and refuses the same files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters import shared_file
from policylint.model.device import TIMES
from policylint.readers import device_lines
from tests.powershell import scenes
from tests.sealed import seal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Folder

COMMANDS = [
    ("simulate",),
    ("simulate", "--format", "json"),
    ("lint", "--format", "json"),
    ("plan", "--format", "json"),
    ("diff", "live"),
    ("why", "--mailbox", "user7@contoso.com", "--no-cache"),
    ("snapshot", "show", "live.json", "--format", "json"),
]
NOW = "1795435200"
POLICY = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
- {Characteristic: DeviceModel, QueryString: iPhone14C4, AccessLevel: Allow}
"""


@pytest.fixture
def repository(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return a repository whose snapshot is read in small blocks, counts as large and was written long ago."""
    monkeypatch.setattr(shared_file, "LARGE", 0)
    monkeypatch.setattr(shared_file, "FRESH", -1.0)
    monkeypatch.setattr("policylint.adapters.disk.PIECE", 8192)
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/policy.yaml", POLICY)
    folder.write(
        "live.json",
        seal(
            organization={"Identity": "Mobile Mailbox Settings", "DefaultAccessLevel": "Allow"},
            mailboxes=[scenes.mailbox(1000 + each, f"user{each}") for each in range(30)],
            devices=[_as_exported(scenes.device(each, f"user{each % 30}")) for each in range(300)],
        ),
    )
    return folder


def _as_exported(device: dict[str, Any]) -> dict[str, Any]:
    """Return a device in the order of the exporter: what is of it alone comes first."""
    own = ("mailbox", "Guid", "DeviceId", *TIMES)
    shared = {name: value for name, value in device.items() if name not in {*own, "Identity", "DistinguishedName"}}
    return {name: device[name] for name in own} | shared


def lines_cut_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of bytes of each block that this process cuts."""
    found: list[int] = []
    cut = device_lines.LineCutter.cut

    def noting(cutter: device_lines.LineCutter, block: bytes) -> device_lines.Part | None:
        found.append(len(block))
        return cut(cutter, block)

    monkeypatch.setattr(device_lines.LineCutter, "cut", noting)
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_number_of_processes_prints_the_same(
    repository: Folder, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lines_cut_here(monkeypatch)
    alone = repository.run(*command, "--jobs", "1", SOURCE_DATE_EPOCH=NOW)
    by_one = sum(here)
    here.clear()
    several = repository.run(*command, "--jobs", "3", SOURCE_DATE_EPOCH=NOW)
    assert (alone.returncode, alone.stdout, alone.stderr) == (several.returncode, several.stdout, several.stderr)
    assert alone.returncode < 3
    assert sum(here) < by_one / 2  # the others did most of the work


def test_a_damaged_snapshot_is_refused_in_the_same_words(repository: Folder) -> None:
    path: Path = repository.path / "live.json"
    path.write_bytes(path.read_bytes().replace(b'"ClientType"', b'"ClientTyp"', 1))
    alone, several = (repository.run("simulate", "--jobs", jobs) for jobs in ("1", "2"))
    assert 4 == alone.returncode
    assert (alone.stdout, alone.stderr) == (several.stdout, several.stderr)


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_of_processes_is_a_number(repository: Folder, jobs: str) -> None:
    done = repository.run("simulate", "--jobs", jobs)
    assert 3 == done.returncode
    assert "--jobs" in done.stderr


def test_the_environment_may_say_how_many(repository: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    here = lines_cut_here(monkeypatch)
    assert repository.run("simulate", POLICYLINT_JOBS="1").returncode < 3
    by_one = sum(here)
    here.clear()
    assert repository.run("simulate", POLICYLINT_JOBS="2").returncode < 3
    assert sum(here) < by_one / 2


def test_all_cores_are_used_by_default() -> None:
    assert shared_file.cores() == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
