"""Where the user's cache folder is."""

from __future__ import annotations

from pathlib import Path

import pytest

from policylint.adapters.cache_folder import cache_path
from tests.requirements import POSIX

HOME = {"HOME": "/home/ann"}
LINUX, MAC, WINDOWS = "linux", "darwin", "win32"
pytestmark = POSIX.needed


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        (HOME, LINUX, "/home/ann/.cache/policylint"),
        (HOME | {"XDG_CACHE_HOME": "/var/ann"}, LINUX, "/var/ann/policylint"),
        (HOME | {"XDG_CACHE_HOME": "cache"}, LINUX, "/home/ann/.cache/policylint"),
        (HOME | {"XDG_CACHE_HOME": "/var/ann"}, MAC, "/home/ann/Library/Caches/policylint"),
        ({"LOCALAPPDATA": "/Users/ann/AppData/Local"}, WINDOWS, "/Users/ann/AppData/Local/policylint/Cache"),
        (HOME, WINDOWS, None),
        ({}, LINUX, None),
        ({"HOME": "."}, LINUX, None),
        (HOME | {"CI": "true"}, LINUX, None),
        (HOME | {"CI": "true", "POLICYLINT_CACHE": "/srv/cache"}, LINUX, "/srv/cache/policylint"),
        (HOME | {"POLICYLINT_CACHE": "off"}, LINUX, None),
        (HOME | {"POLICYLINT_CACHE": "cache"}, LINUX, None),
    ],
)
def test_the_folder(environment: dict[str, str], platform: str, expected: str | None) -> None:
    assert (Path(expected) if expected is not None else None) == cache_path(environment, platform)
