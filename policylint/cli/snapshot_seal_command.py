"""`policylint snapshot seal`: one sealed snapshot of the files that somebody has."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import is_pipe
from policylint.cli.live import collect_named
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    declare,
    edition_option,
    file_option,
    live_options,
    open_project,
    shown_path,
)
from policylint.errors import UsageError
from policylint.project.live import edition_not_said, require_whole
from policylint.readers.redact import redact as redacted
from policylint.render.sealed import sealed_pieces
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policylint.cli.output import Output


@declare(
    "snapshot seal",
    "policylint snapshot seal exports -o live.json --taken-at 2026-11-23T08:00:00Z",
    "policylint snapshot seal live.json --redact -o redacted.json",
)
@click.argument("paths", nargs=-1, required=True, type=FILE)
@edition_option("The edition of Exchange; by default that of policylint.yaml.")
@click.option("--redact", is_flag=True, help="Write pseudonyms instead of names of people and of the organization.")
@file_option
@live_options
def command(
    paths: tuple[Path, ...],
    edition: str | None,
    redact: bool,
    output: Output,
    options: ProjectOptions,
) -> None:
    """Write files of live state as one sealed snapshot, which is read faster and cannot be changed unseen.

    PATHS are those of `policylint snapshot show`, and files that it refuses are refused. With --redact it holds
    pseudonyms for tenant, organization, addresses, names, GUIDs, directory paths, device IDs and the free texts of
    messages: the same value gets the same pseudonym, and names of policies and rules and what devices report stay.
    Such a snapshot can be kept in a repository for `lint` and `simulate`; `plan` refuses it.
    """
    _refuse_input(output, paths)
    project = open_project(options)
    found = collect_named(project, paths, edition, options)
    require_whole(found, tuple(map(shown_path, paths)))
    raw = found.raw
    if not raw.header.edition:
        raise edition_not_said(raw.path)
    if redact:
        raw = redacted(raw, project.store, secrets.token_bytes(32))
    raw = raw._replace(header=raw.header._replace(tool=raw.header.tool or __version__))
    output.write_pieces(sealed_pieces(raw, project.store))


def _refuse_input(output: Output, paths: Sequence[Path]) -> None:
    """Raise UsageError where the output is one of the files to read, or goes into a folder of them."""
    if output.file is None or is_pipe(output.file):
        return
    target = output.file.resolve()
    for path in (each for each in paths if not is_pipe(each)):
        source = path.resolve()
        if target == source or (target.parent == source and source.is_dir()):
            raise UsageError(f"{path} is read: it cannot be written to", help="name another place with --output")
