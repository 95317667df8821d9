"""One file that runs with any Python that a release is for: policylint and all that it needs, for one platform.

The compiled parts of each version of Python have names of their own, so one file has them all. Python cannot load them
from an archive, so the first run unpacks it into a folder of the user: shiv does both.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uv import find_uv_bin

from policylint.version import __version__
from tools.release.lock import RUN
from tools.release.project import pythons, run

if TYPE_CHECKING:
    from collections.abc import Collection

PLATFORMS: Final = {
    "linux-x86_64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "macos-arm64": "aarch64-apple-darwin",
    "macos-x86_64": "x86_64-apple-darwin",
    "windows-x86_64": "x86_64-pc-windows-msvc",
}
"""The platforms by the name that a file has, as uv calls them."""
_PROGRAMS = shutil.ignore_patterns("bin", "Scripts")
_EPOCH = 315_532_800
"""1980-01-01T00:00:00Z, the first moment that an archive can say."""


def name(platform: str) -> str:
    """Return the name of the file for a platform."""
    return f"policylint-{__version__}-{platform}.pyz"


def build(wheel: Path, out: Path, platforms: Collection[str] = (), versions: Collection[str] = ()) -> tuple[Path, ...]:
    """Write the files for platforms, all unless given, with the compiled parts for versions of Python, and return them.

    The same wheel and lock file give the same bytes.

    Raises:
        ReleaseError: A package has no wheel for a platform.
    """
    return tuple(_build(wheel, out, platform, versions or pythons()) for platform in platforms or PLATFORMS)


def _build(wheel: Path, out: Path, platform: str, versions: Collection[str]) -> Path:
    target = out / name(platform)
    with tempfile.TemporaryDirectory(prefix="policylint-zipapp-") as place:
        packages = Path(place) / "all"
        for version in versions:
            folder = Path(place) / version
            install = (find_uv_bin(), "pip", "install", "--quiet", "--target", folder, "--python-version", version)
            system = ("--python-platform", PLATFORMS[platform], "--only-binary", ":all:")
            run(*install, *system, "--require-hashes", "--requirement", RUN.path)
            shutil.copytree(folder, packages, dirs_exist_ok=True, ignore=_PROGRAMS)
        run(find_uv_bin(), "pip", "install", "--quiet", "--target", packages, "--no-deps", wheel)
        shutil.rmtree(packages / "bin")
        for path in sorted(packages.glob("*.dist-info/*")):
            if path.name in {"RECORD", "direct_url.json", "uv_cache.json", "uv_build.json", "REQUESTED", "INSTALLER"}:
                path.unlink()  # they say where and when this was done
        shiv = (
            sys.executable,
            "-m",
            "shiv.cli",
            "--site-packages",
            packages,
            "--entry-point",
            "policylint.__main__:main",
        )
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH)}
        options = ("--python", "/usr/bin/env python3", "--compressed", "--reproducible", "--output-file", target)
        run(*shiv, *options, environment=environment)
    return target
