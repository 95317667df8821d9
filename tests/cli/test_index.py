"""The index of a large snapshot: with it commands print the same, and one that is not to be trusted is not used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from policylint.adapters import cache_folder
from policylint.adapters.disk import DiskFiles
from tests.requirements import POSIX
from tests.sealed import HEADER, seal
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Folder

DEVICE, MAILBOX = "SEC0438184C9BE2A", "john.doe@contoso.com"
COMMANDS = [
    *(("why", *asked, "--format", form) for asked in ((DEVICE,), ("--mailbox", MAILBOX)) for form in ("text", "json")),
    ("why", "--type", "iPhone", "--mailbox", MAILBOX),
    ("why", "no-such-device"),
    ("why", "no-such@contoso.com"),
    *(("show", "mailbox", MAILBOX, "--format", form) for form in ("text", "json")),
    *(("show", what) for what in ("rules", "policies", "organization")),
    ("approve", DEVICE, "--dry-run", "--diff"),
    ("approve", "--quarantined", "--dry-run", "--format", "json"),
    ("deny", DEVICE, "--dry-run", "--diff"),
]


@pytest.fixture(autouse=True)
def every_snapshot_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policylint.adapters.snapshot_index.LEAST_BYTES", 0)


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what POLICYLINT_CACHE is to name: a folder in no repository."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def readings() -> Iterator[Callable[[], int]]:
    """Return what says how often a whole snapshot was read since it was last asked."""
    with patch.object(DiskFiles, "pieces", autospec=True, side_effect=DiskFiles.pieces) as pieces:

        def number() -> int:
            read = pieces.call_count - 1  # the first time for its beginning
            pieces.reset_mock()
            return read

        yield number


def kept(base: Path) -> list[Path]:
    return sorted((base / "policylint").glob("*.index"))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_is_printed_is_the_same(
    example: Folder, base: Path, readings: Callable[[], int], arguments: tuple[str, ...]
) -> None:
    found, read = [], []
    for cache, options in ((base, ("--no-cache",)), (base, ()), (base, ()), ("off", ())):
        done = example.run(*arguments, *options, POLICYLINT_CACHE=str(cache))
        found.append((done.returncode, done.stdout, done.stderr))
        read.append(readings())
    assert found[:1] * 4 == found
    assert [1, 1, 0, 1] == read


@pytest.mark.parametrize("arguments", [("simulate",), ("lint",), ("test",), ("plan",), ("diff", "live")], ids=" ".join)
def test_commands_about_all_devices_use_no_index(example: Folder, base: Path, arguments: tuple[str, ...]) -> None:
    example.run(*arguments, POLICYLINT_CACHE=str(base))
    assert [] == kept(base)


def why(folder: Folder, base: Path | str, *arguments: str, **environment: str) -> tuple[int, str, str]:
    done = folder.run("why", "--mailbox", MAILBOX, *arguments, **{"POLICYLINT_CACHE": str(base)} | environment)
    return done.returncode, done.stdout, done.stderr


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _other_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"policylint-index/1", b"policylint-index/0"))


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _a_link_to(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": _flip,
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "of another version": _other_version,
    "a folder": _a_folder,
    "a link": _a_link_to,
    "readable by others": lambda path: path.chmod(0o644),
}


@POSIX.needed
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_index_that_is_damaged_is_not_used(
    example: Folder, base: Path, readings: Callable[[], int], damage: Callable[[Path], object]
) -> None:
    first = why(example, base)
    (path,) = kept(base)
    damage(path)
    readings()
    assert first == why(example, base)
    assert 1 == readings()


@POSIX.needed
def test_an_index_that_was_changed_is_written_anew(example: Folder, base: Path, readings: Callable[[], int]) -> None:
    first = why(example, base)
    _flip(kept(base)[0])
    assert first == why(example, base)
    readings()
    assert first == why(example, base)
    assert 0 == readings()


def _a_link(base: Path) -> None:
    (base / "other").mkdir(mode=0o700)
    (base / "policylint").symlink_to("other")


def _of_mode(base: Path, mode: int) -> None:
    (base / "policylint").mkdir()
    (base / "policylint").chmod(mode)


FOLDERS: dict[str, Callable[[Path], object]] = {
    "writable by others": lambda base: _of_mode(base, 0o777),
    "readable by others": lambda base: _of_mode(base, 0o755),
    "a link": _a_link,
    "a file": lambda base: (base / "policylint").touch(mode=0o600),
    "in a repository": lambda base: (base / ".git").mkdir(),
    "below nothing that may be written to": lambda base: base.chmod(0o500) if os.geteuid() else (base / ".git").mkdir(),
}


@POSIX.needed
@pytest.mark.parametrize("make", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_that_is_not_of_the_user_alone_is_not_used(
    example: Folder, base: Path, make: Callable[[Path], object]
) -> None:
    make(base)
    before = sorted(base.rglob("*"))
    assert why(example, "off") == why(example, base)
    assert before == sorted(base.rglob("*"))
    base.chmod(0o700)


@POSIX.needed
def test_a_folder_of_another_user_is_not_used(example: Folder, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (base / "policylint").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert why(example, "off") == why(example, base)
    assert [] == kept(base)


def test_a_folder_of_the_project_is_not_used(example: Folder) -> None:
    for folder in (example.path, example.path / "policy", example.path.parent):
        assert why(example, "off") == why(example, folder)
        assert not (folder / "policylint").exists()


def test_where_nobody_has_a_folder_nothing_is_written(example: Folder) -> None:
    for environment in ({"HOME": "", "XDG_CACHE_HOME": ""}, {"HOME": "~", "XDG_CACHE_HOME": "cache"}):
        gone = {"POLICYLINT_CACHE": "", "LOCALAPPDATA": "", "CI": ""}
        assert why(example, "off") == why(example, "", **gone | environment)
    assert why(example, "off") == why(example, "cache")
    assert not list(example.path.rglob("*.index"))


@pytest.mark.parametrize("in_place", [True, False], ids=["in place", "another file"])
def test_a_snapshot_that_is_changed_and_keeps_its_seal_is_refused(example: Folder, base: Path, in_place: bool) -> None:
    first = why(example, base)
    path = example.path / "live.json"
    status, content = path.stat(), path.read_bytes()
    changed = content.replace(b'"DeviceOS": "Android 11"', b'"DeviceOS": "Android 12"', 1)
    assert len(content) == len(changed)
    assert content != changed
    if not in_place:
        path.unlink()
    path.write_bytes(changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    code, _, error = found = why(example, base)
    assert why(example, "off") == found != first
    assert (4, True) == (code, "changed after it was sealed" in error)
    path.write_bytes(content)
    assert first == why(example, base)


def test_a_snapshot_in_the_place_of_another_one_is_read(example: Folder, base: Path) -> None:
    first = why(example, base)
    path = example.path / "live.json"
    status, content = path.stat(), path.read_bytes()
    one, other = (sealed(_POLICY, [{"mailbox": MAILBOX, "DeviceId": name}]) for name in ("ONE1", "TWO2"))
    for each in (one, other, one):
        path.write_bytes(each)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert len(one) == len(each)
        found = why(example, base)
        assert why(example, "off") == found
        assert ("ONE1" if each is one else "TWO2") in found[1]
    path.write_bytes(content)
    assert first == why(example, base)
    assert 3 == len(kept(base))


_POLICY = (
    f"organization: {{DefaultAccessLevel: Allow}}\nmailboxes: [{{Identity: {MAILBOX}, ActiveSyncEnabled: true}}]\n"
)


def test_a_cut_snapshot_is_refused(example: Folder, base: Path) -> None:
    why(example, base)
    path = example.path / "live.json"
    content = path.read_bytes()
    for rest in (content[:-2], content[: len(content) // 2], content + b"x", content[: content.index(b"\n") + 1]):
        path.write_bytes(rest)
        found = why(example, base)
        assert (4, "") == found[:2]
        assert why(example, "off") == found


def test_what_is_redacted_or_not_sealed_or_from_standard_input_has_no_index(example: Folder, base: Path) -> None:
    content = (example.path / "live.json").read_bytes().decode()
    done = example.pipe(content, "why", "--mailbox", MAILBOX, "--snapshot", "-", POLICYLINT_CACHE=str(base))
    assert 0 == done.returncode
    example.write("exports/devices.json", '[{"DeviceId": "D1", "DeviceType": "iPhone", "UserDisplayName": "x"}]')
    why(example, base, "--snapshot", "exports")
    example.write("live.json", seal({**HEADER, "redacted": True}))
    why(example, base)
    assert [] == kept(base)


def test_only_the_indexes_used_last_are_kept(
    example: Folder, base: Path, monkeypatch: pytest.MonkeyPatch, readings: Callable[[], int]
) -> None:
    monkeypatch.setattr(cache_folder, "_MOST_FILES", 2)
    contents = [sealed(_POLICY, [{"mailbox": MAILBOX, "DeviceId": f"D{number}"}]) for number in range(3)]
    for each in (0, 1, 0, 2, 0):
        example.write("live.json", contents[each])
        why(example, base)
        for path in kept(base):  # the clock of a file system may be coarse
            status = path.stat()
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 1_000_000_000))
    assert 2 == len(kept(base))
    readings()
    why(example, base)
    assert 0 == readings()


@POSIX.needed
def test_folder_and_file_are_of_the_user_alone(example: Folder, base: Path) -> None:
    why(example, base)
    (path,) = kept(base)
    assert [0o700, 0o600] == [each.stat().st_mode & 0o777 for each in (path.parent, path)]
    assert [path] == list(path.parent.iterdir())


def test_the_command_shows_and_removes_indexes(example: Folder, base: Path) -> None:
    def cache(*arguments: str, **environment: str) -> str:
        done = example.run("cache", *arguments, **{"POLICYLINT_CACHE": str(base)} | environment)
        assert (0, "") == (done.returncode, done.stderr)
        return done.stdout

    assert f"no index in {base / 'policylint'}\n" == cache()
    why(example, base)
    (path,) = kept(base)
    assert path.name[:12] in cache()
    assert cache().startswith("1 index, 0.0 MB in ")
    other = base / "policylint" / "notes.txt"
    other.touch()
    assert cache("--clear").startswith("removed 1 index, 0.0 MB from ")
    assert [other] == list(other.parent.iterdir())
    assert "no index is kept: POLICYLINT_CACHE is off\n" == cache(POLICYLINT_CACHE="off")
    assert "no index is kept: this is a build (CI is set)\n" == cache(POLICYLINT_CACHE="", CI="true")
    assert "no index is kept: POLICYLINT_CACHE is not the full path of a folder\n" == cache(POLICYLINT_CACHE="here")
    (base / ".git").mkdir()
    assert "not used: it is in a git repository\n" in cache()
