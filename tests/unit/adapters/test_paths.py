"""Paths as they are shown, as Linux, macOS and Windows compare them."""

from __future__ import annotations

import ntpath
import os
import posixpath
from typing import TYPE_CHECKING

import pytest

from policylint.adapters.files import display_path, path_below

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.mark.parametrize(
    ("flavor", "folder", "path", "expected"),
    [
        (posixpath, "/a", "/a/b/c.yaml", "b/c.yaml"),
        (posixpath, "/", "/a.yaml", "a.yaml"),
        (posixpath, "/a", "/ab/c.yaml", None),
        (posixpath, "/a", "/A/c.yaml", None),
        (posixpath, "/a", "/a", None),
        (posixpath, "/a/b", "/a/c.yaml", None),
        (posixpath, "/a", "/a/..b/c.yaml", "..b/c.yaml"),
        (posixpath, "/a", "/a/b\\c.yaml", "b\\c.yaml"),
        (ntpath, "C:\\Repo", "C:\\Repo\\policy\\a.yaml", "policy/a.yaml"),
        (ntpath, "C:\\Repo", "c:\\repo\\policy\\A.yaml", "policy/A.yaml"),
        (ntpath, "c:\\repo\\", "C:/Repo/policy/a.yaml", "policy/a.yaml"),
        (ntpath, "C:\\", "c:\\a.yaml", "a.yaml"),
        (ntpath, "C:\\Repo", "D:\\Repo\\a.yaml", None),
        (ntpath, "C:\\Repo", "C:\\Repository\\a.yaml", None),
        (ntpath, "C:\\Repo\\sub", "C:\\Repo\\a.yaml", None),
        (ntpath, "\\\\server\\share\\repo", "\\\\SERVER\\Share\\Repo\\a.yaml", "a.yaml"),
        (ntpath, "\\\\server\\share", "\\\\other\\share\\a.yaml", None),
        (ntpath, "\\\\server\\share", "C:\\a.yaml", None),
    ],
)
def test_below_a_folder(flavor: ModuleType, folder: str, path: str, expected: str | None) -> None:
    assert expected == path_below(path, folder, flavor)


def test_a_folder_is_known_by_all_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link stands for what short names and substituted drives are on Windows."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    monkeypatch.chdir(tmp_path / "link")
    assert "a.yaml" == display_path(real / "a.yaml") == display_path(tmp_path / "link" / "a.yaml")
    assert display_path(tmp_path / "b.yaml") == (tmp_path / "b.yaml").as_posix()
    assert os.path.realpath(real) == os.path.realpath(os.curdir)
