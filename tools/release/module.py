"""The PowerShell module as a file of a release: a folder to extract into one of `$env:PSModulePath`."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from policylint.version import __version__
from tools import ROOT
from tools.release.project import tracked

if TYPE_CHECKING:
    from pathlib import Path

MODULE: Final = ROOT / "tools" / "powershell" / "Policylint"
NAME: Final = f"Policylint-{__version__}.zip"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16


def write(out: Path) -> Path:
    """Write the zip file into a folder, and return it: the same bytes each time, whatever the times of the files."""
    path = out / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for file in tracked():
            if MODULE in file.parents:
                entry = zipfile.ZipInfo(file.relative_to(MODULE.parent).as_posix(), _TIME)
                entry.external_attr = _READABLE
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_STORED)
    return path
