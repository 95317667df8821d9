"""The sdist and the wheel: the same bytes from the same files, wherever, whenever and by whom they are built.

hatchling writes a fixed time and fixed rights into both where SOURCE_DATE_EPOCH is not set. Its version is in the
wheel, so both are built with the one of requirements-test.txt.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from tools import ROOT
from tools.release.project import ReleaseError, run, tracked

SUMS: Final = "SHA256SUMS"


class Distributions(NamedTuple):
    """The files that a build makes."""

    wheel: Path
    sdist: Path


def copy_checkout(folder: Path) -> Path:
    """Copy the files of this checkout into a new folder, and return it. Times are not kept."""
    for file in tracked():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder


def build(source: Path, out: Path, *, wheel_from_sdist: bool = True) -> Distributions:
    """Build the sdist, and the wheel from the sdist or from the source itself, into a folder.

    Raises:
        ReleaseError: The build fails, or the folder has those of another version.
    """
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    kinds = () if wheel_from_sdist else ("--sdist", "--wheel")
    run(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, *kinds, source),
        folder=source,
        environment=environment,
    )
    return found(out)


def found(folder: Path) -> Distributions:
    """Return the wheel and the sdist of a folder.

    Raises:
        ReleaseError: There is not exactly one of each.
    """
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sdists) != 1:
        raise ReleaseError(
            f"{folder} has {len(wheels)} wheels and {len(sdists)} sdists, not one of each; empty it first"
        )
    return Distributions(wheels[0], sdists[0])


def check_reproducible(folder: Path) -> Distributions:
    """Build both again, in another folder, the wheel without the sdist; return those of the folder given.

    Raises:
        ReleaseError: One of them has other bytes.
    """
    first = found(folder)
    with tempfile.TemporaryDirectory(prefix="policylint-again-") as place:
        again = build(copy_checkout(Path(place) / "source"), Path(place) / "dist", wheel_from_sdist=False)
        for one, other in zip(first, again, strict=True):
            if digest(one) != digest(other):
                raise ReleaseError(f"{one.name} is not reproducible: {digest(one)} first, {digest(other)} then")
    return first


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_sums(folder: Path) -> Path:
    """Write the SHA-256 of each other file of a folder into SHA256SUMS, as `sha256sum --check` reads it; return it."""
    sums = folder / SUMS
    files = sorted(path for path in folder.iterdir() if path.is_file() and path != sums)
    sums.write_text("".join(f"{digest(path)}  {path.name}\n" for path in files), encoding="ascii", newline="\n")
    return sums
