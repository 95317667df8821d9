"""`policylint report exemptions`: who has which exemption, since when, by whom, last used, live or not."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = jsonschema.Draft202012Validator(
    json.loads(
        (Path(__file__).parents[2] / "schemas" / "output" / "report-exemptions-v1.schema.json").read_text("utf-8")
    )
)
NOW = {"SOURCE_DATE_EPOCH": "1795849200"}  # 2026-11-28
LAST = "2026-11-20T06:00:00Z"
POLICY = """\
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow, owner: it, expires: 2026-11-18}
mailboxes:
  - Identity: eva@contoso.com
    ActiveSyncAllowedDeviceIDs: [IPAD1, NEW1]
    OWAforDevicesEnabled: false
    owner: help-desk
    reason: '=1+1'
    exemptions:
      NEW1: {reason: loan, expires: 2026-12-08}
"""
LIVE = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: Pad, AccessLevel: Block}]
mailboxes:
  - {Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [ipad1], ActiveSyncBlockedDeviceIDs: [OLD9]}
  - {Identity: uma@contoso.com, ActiveSyncAllowedDeviceIDs: [IPAD1], ActiveSyncEnabled: false}
"""


def _device(mailbox: str, device_id: str, last: str) -> dict[str, str]:
    facts = {"DeviceType": "iPhone", "ClientType": "EAS", "ClientVersion": "16.1", "LastSuccessSync": last}
    return {"mailbox": mailbox, "DeviceId": device_id, **facts}


DEVICES = [
    _device("eva@contoso.com", "IPAD1", LAST),
    _device("eva@contoso.com", "OLD9", ""),
    _device("uma@contoso.com", "OTHER", LAST),
]


@pytest.fixture
def repository(folder: Folder) -> Folder:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/a.yaml", POLICY)
    folder.write("live.json", sealed(LIVE, DEVICES))
    return folder


def _rows(folder: Folder, *arguments: str) -> list[dict[str, Any]]:
    done = folder.run("report", "exemptions", "--format", "json", *arguments, **NOW)
    assert 0 == done.returncode, done.stderr
    record = json.loads(done.stdout)
    SCHEMA.validate(record)
    rows: list[dict[str, Any]] = record["exemptions"]
    return rows


def test_each_is_said_with_what_an_auditor_asks(repository: Folder) -> None:
    names = ("name", "property", "value", "where", "lastUsed", "state", "daysLeft", "line")
    assert [
        ("iPad (DeviceType)", "DeviceType", "Allow", "only declared", None, None, -10, 2),
        ("Pad (DeviceType)", "DeviceType", "Block", "only live", None, "Blocked", None, None),
        ("eva@contoso.com", "ActiveSyncAllowedDeviceIDs", "IPAD1", "declared and live", LAST, "Allowed", None, 5),
        ("eva@contoso.com", "ActiveSyncAllowedDeviceIDs", "NEW1", "only declared", "never seen", "Quarantined", 10, 5),
        ("eva@contoso.com", "ActiveSyncBlockedDeviceIDs", "OLD9", "only live", "not read", "Blocked", None, None),
        ("eva@contoso.com", "OWAforDevicesEnabled", "off", "declared", None, None, None, 6),
        ("uma@contoso.com", "ActiveSyncAllowedDeviceIDs", "IPAD1", "only live", "never seen", "Blocked", None, None),
        ("uma@contoso.com", "ActiveSyncEnabled", "off", "only live", None, None, None, None),
    ] == [tuple(row[name] for name in names) for row in _rows(repository)]


def test_own_notes_go_before_those_of_the_entry(repository: Folder) -> None:
    first, second, *_ = _rows(repository, "--mailbox", "eva@contoso.com")
    assert ("=1+1", "help-desk", None) == (first["reason"], first["owner"], first["expires"])
    assert ("loan", "help-desk", "2026-12-08") == (second["reason"], second["owner"], second["expires"])


def test_a_setting_of_an_entry_with_matches_has_the_notes_of_that_entry(folder: Folder) -> None:
    entry = '{matches: {glob: "eva@*"}, ActiveSyncEnabled: false, owner: security, expires: 2026-01-01}'
    own = "{Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [IPAD1], owner: help-desk, expires: 2030-01-01}"
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/a.yaml", f"mailboxes:\n  - {entry}\n  - {own}\n")
    folder.write("live.json", sealed("mailboxes: [{Identity: eva@contoso.com}]", []))
    assert [
        ("ActiveSyncAllowedDeviceIDs", "help-desk", "2030-01-01", 3),
        ("ActiveSyncEnabled", "security", "2026-01-01", 2),
    ] == [(row["property"], row["owner"], row["expires"], row["line"]) for row in _rows(folder)]


def test_html_has_all_rows_where_it_is_asked_for_them(repository: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policylint.render.exemptions.html.MOST_ROWS", 2)
    pages = []
    for more in ((), ("--full",)):
        repository.run("report", "exemptions", "--format", "html", "-o", "page.html", *more, **NOW)
        pages.append((repository.path / "page.html").read_text("ascii"))
    assert ["... and 6 more" in page for page in pages] == [True, False]
    assert ["uma@contoso.com" in page for page in pages] == [False, True]


def test_text_begins_with_the_verdict_and_says_that_git_does_not_know(repository: Folder) -> None:
    done = repository.run("report", "exemptions", **NOW)
    assert done.stdout.startswith("8 exemptions: 1 expired; 4 only live: no file declares them; 2 devices never seen\n")
    assert "2026-11-18, expired 10 days ago" in done.stdout
    assert "git does not know policy/a.yaml" in done.stderr


def test_csv_has_no_formula_and_html_no_script_of_others(repository: Folder) -> None:
    done = repository.run("report", "exemptions", "--format", "csv", **NOW)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert ["iPad (DeviceType)", "Pad (DeviceType)"] == [row["name"] for row in rows[:2]]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    page = repository.run("report", "exemptions", "--format", "html", "-o", "page.html", **NOW)
    assert 0 == page.returncode
    text = (repository.path / "page.html").read_text("ascii")
    assert "8 exemptions" in text
    assert "http" not in text.replace("http-equiv", "")


def _git(folder: Folder, *arguments: str, author: str = "Ann Ruiz", day: str = "2026-03-01") -> None:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    own |= {f"GIT_{who}_EMAIL": "a@contoso.com" for who in ("AUTHOR", "COMMITTER")}
    own |= {"GIT_AUTHOR_NAME": author, "GIT_COMMITTER_NAME": author, "GIT_AUTHOR_DATE": f"{day}T23:30:00-0500"}
    subprocess.run(["git", *arguments], cwd=folder.path, env={**os.environ, **own}, check=True, capture_output=True)


LISTED = "mailboxes:\n  - Identity: eva@contoso.com\n    ActiveSyncAllowedDeviceIDs: [{}]\n"
HISTORY: list[tuple[str, str, dict[str, str | None]]] = [
    ("Ann", "2026-01-01", {"policy/a.yaml": LISTED.format("AAA1, BBB2")}),
    ("Bo", "2026-02-01", {"policy/a.yaml": LISTED.format("AAA1, CCC3")}),
    ("Cy", "2026-03-01", {"policy/a.yaml": LISTED.format("AAA1, CCC3") + "broken: ["}),
    ("Di", "2026-04-01", {"policy/a.yaml": LISTED.format("AAA1, CCC3, bbb2")}),
    ("Ed", "2026-05-01", {"policy/a.yaml": None, "policy/b.yaml": LISTED.format("\n      BBB2,\n AAA1, CCC3")}),
]


def _commit_all(folder: Folder) -> None:
    (folder.path / ".git").rmdir()
    folder.write("policylint.yaml", "version: 1\n")
    _git(folder, "init", "-q")
    for author, day, files in HISTORY:
        for path, text in files.items():
            if text is None:
                (folder.path / path).unlink()
            else:
                folder.write(path, text)
        _git(folder, "add", "-A")
        _git(folder, "commit", "-qm", "x", author=author, day=day)


def test_since_when_is_the_commit_that_added_it_last_wherever_it_was_then(folder: Folder) -> None:
    _commit_all(folder)
    folder.write("policy/b.yaml", LISTED.format("AAA1, BBB2, CCC3, DDD4"))
    expected = {"AAA1": "Ann", "BBB2": "Di", "CCC3": "Bo", "DDD4": None}
    assert expected == {row["value"]: row["by"] for row in _rows(folder)}


def test_what_is_older_than_what_is_read_is_said_of_the_line(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policylint.project.introduced.MOST_COMMITS", 2)
    _commit_all(folder)
    assert {"AAA1": "Ed", "BBB2": "Di", "CCC3": "Ed"} == {row["value"]: row["by"] for row in _rows(folder)}
    said = folder.run("report", "exemptions", **NOW).stderr
    assert "2 exemptions are older than the commits that were read" in said


def test_a_version_that_cannot_be_read_ends_the_search(folder: Folder) -> None:
    _commit_all(folder)
    good = (folder.path / "policy" / "b.yaml").read_text()
    for author, content in (("Fay", b"\xff\xfe\xff"), ("Gus", good.encode())):
        (folder.path / "policy" / "b.yaml").write_bytes(content)
        _git(folder, "commit", "-qam", "x", author=author)
    assert {"Gus"} == {row["by"] for row in _rows(folder)}
    assert "3 exemptions are older than" in folder.run("report", "exemptions", **NOW).stderr


def test_git_says_since_when_and_by_whom(repository: Folder) -> None:
    (repository.path / ".git").rmdir()
    _git(repository, "init", "-q")
    _git(repository, "add", "policy", "policylint.yaml")
    _git(repository, "commit", "-qm", "first")
    changed = POLICY.replace("    OWAfor", "    ActiveSyncMailboxPolicy: Lax\n    OWAfor")
    repository.write("policy/a.yaml", "# moved down\n" + changed)
    _git(repository, "commit", "-qam", "second", author="\x1b[31mBo", day="2026-04-01")
    text = repository.run("report", "exemptions", **NOW).stdout
    assert "\x1b" not in text
    repository.write("policy/a.yaml", "# moved down\n" + changed.replace("OWAforDevicesEnabled", "ActiveSyncEnabled"))
    found = {row["property"]: (row["since"], row["by"]) for row in _rows(repository, "--mailbox", "eva@contoso.com")}
    assert ("2026-03-02", "Ann Ruiz") == found["ActiveSyncAllowedDeviceIDs"]
    assert "2026-04-02" == found["ActiveSyncMailboxPolicy"][0]
    assert ("not committed", None) == found["ActiveSyncEnabled"]
