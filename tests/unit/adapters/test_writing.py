"""Files are written whole or not at all, with the permissions they had, and through no link out of a repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from policylint.adapters.files import write_bytes, write_files, write_new_files
from policylint.errors import FileError
from tests.requirements import POSIX

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device"), MemoryError])
def test_a_file_is_whole_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException] | OSError
) -> None:
    def fail(handle: int) -> None:
        raise failure

    target = tmp_path / "a.txt"
    target.write_text("before")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((KeyboardInterrupt, FileError, MemoryError)):
        write_bytes(target, b"after")
    with pytest.raises((KeyboardInterrupt, FileError, MemoryError)):
        write_new_files({tmp_path / "new" / "below" / "b.txt": "after"})
    assert {"a.txt": "before"} == {path.name: path.read_text() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_files_are_all_written_or_all_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException] | OSError
) -> None:
    there, new, last = (tmp_path / f"{name}.txt" for name in ("a", "b", "c"))
    there.write_bytes(b"before")
    last.write_bytes(b"last")
    data, left = {there: b"after", new: b"new", last: b"after"}, [2]
    real = os.fsync

    def fail_once(handle: int) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise failure
        real(handle)

    monkeypatch.setattr(os, "fsync", fail_once)
    with pytest.raises((KeyboardInterrupt, FileError)):
        write_files(data)
    assert {"a.txt": b"before", "c.txt": b"last"} == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_files(data)
    assert data == {path: path.read_bytes() for path in tmp_path.iterdir()}


@POSIX.needed
def test_permissions_stay_and_new_files_have_those_of_the_process(tmp_path: Path) -> None:
    secret, new = tmp_path / "secret.txt", tmp_path / "new.txt"
    secret.write_text("before")
    secret.chmod(0o604)
    mask = os.umask(0o027)
    try:
        write_bytes(secret, b"after")
        write_bytes(new, b"after")
    finally:
        os.umask(mask)
    assert (0o604, 0o640) == (secret.stat().st_mode & 0o777, new.stat().st_mode & 0o777)


def test_what_is_written_through_a_link(tmp_path: Path) -> None:
    target, link, circle = tmp_path / "a.txt", tmp_path / "link.txt", tmp_path / "circle.txt"
    link.symlink_to(target)
    write_bytes(link, b"after")
    assert (True, "after") == (link.is_symlink(), target.read_text())
    circle.symlink_to(circle)
    with pytest.raises(Exception, match="cannot be written: Too many levels of symbolic links"):
        write_bytes(circle, b"after")
    assert circle.is_symlink()


@pytest.mark.parametrize("name", ["link.txt", "linked/a.txt", "linked/new.txt"])
def test_a_link_out_of_a_repository_is_not_followed(tmp_path: Path, name: str) -> None:
    repository, outside = tmp_path / "repository", tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("before")
    (repository / ".git").mkdir(parents=True)
    (repository / "link.txt").symlink_to(outside / "a.txt")
    (repository / "linked").symlink_to(outside)
    with pytest.raises(FileError, match="a link out of the repository"):
        write_bytes(repository / name, b"after")
    with pytest.raises(FileError, match=r"a link out of the repository|there already"):
        write_new_files({repository / "new" / "b.txt": "b", repository / name: "after"})
    assert not (repository / "new").exists()
    assert ["a.txt"] == [path.name for path in outside.iterdir()]
    assert "before" == (outside / "a.txt").read_text()


def test_a_repository_may_be_behind_a_link(tmp_path: Path) -> None:
    repository, link = tmp_path / "repository", tmp_path / "link"
    (repository / ".git").mkdir(parents=True)
    (repository / "inner.txt").symlink_to("b.txt")
    link.symlink_to(repository)
    write_bytes(link / "a.txt", b"after")
    write_bytes(link / "inner.txt", b"after")
    assert "after" == (repository / "a.txt").read_text() == (repository / "b.txt").read_text()
