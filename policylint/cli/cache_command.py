"""`policylint cache`: the indexes of large snapshots, looked at and removed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from policylint.adapters.cache_folder import OFF, VARIABLE, CacheFolder, cache_path
from policylint.cli.options import color_option, declare
from policylint.errors import FileError
from policylint.escape import clean
from policylint.phrases import count
from policylint.render.style import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.adapters.cache_folder import Kept
    from policylint.cli.output import Output


@declare("cache", "policylint cache", "policylint cache --clear")
@click.option("--clear", is_flag=True, help="Remove every index.")
@color_option
def command(clear: bool, output: Output) -> None:
    """Show the indexes of large snapshots that are kept for you, their size and when each was last used.

    An index holds the devices of one sealed snapshot, so that why, show, approve and deny do not have to read the
    whole snapshot again. It is in your cache folder, which the first line names. POLICYLINT_CACHE=off switches
    indexes off, and POLICYLINT_CACHE=FOLDER puts them elsewhere.
    """
    path = cache_path(os.environ)
    if path is None:
        output.write(f"no index is kept: {_why_none()}\n")
        return
    folder = CacheFolder(path)
    if clear:
        gone = folder.clear()
        left = folder.kept()
        output.write(f"removed {_in_words(gone)} from {clean(str(path))}\n")
        if left:
            raise FileError(f"{_in_words(left)} cannot be removed", path=str(path), help="check the permissions")
        return
    kept = folder.kept()
    rows = [(each.name[:12], _megabytes(each.size), f"last used {_time(each.used)}") for each in kept]
    text = f"{_in_words(kept)} in {clean(str(path))}\n" + table(rows, screen=output.style.screen)
    why = folder.why_not()
    output.write(text + (f"not used: {why}\n" if why is not None else ""))


def _why_none() -> str:
    if named := os.environ.get(VARIABLE):
        return f"{VARIABLE} is {OFF}" if named == OFF else f"{VARIABLE} is not the full path of a folder"
    return "this is a build (CI is set)" if os.environ.get("CI") else "there is no folder for it"


def _in_words(kept: Iterable[Kept]) -> str:
    kept = tuple(kept)
    size = _megabytes(sum(each.size for each in kept))
    return f"{count(len(kept), 'index', 'indexes')}, {size}" if kept else "no index"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
