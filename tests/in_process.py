"""Runs of the command line in this process, as a process of its own would run them."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from policylint.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Streams(NamedTuple):
    """An exit code, and the bytes of both streams; those of the error stream are in `out` where they were joined."""

    code: int
    out: bytes
    err: bytes


def invoke(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    stdin: str = "",
    encoding: str = "utf-8",
    joined: bool = False,
    columns: int = 0,
) -> Streams:
    """Run `policylint` in a folder and an environment; its output is a terminal of so many columns, or none."""
    out = _Output(io.BytesIO(), encoding=encoding, newline="\n", is_terminal=columns > 0)
    err = out if joined else io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    code: object = None
    if columns:
        environment = {**environment, "COLUMNS": str(columns), "TERM": "xterm"}
    given = io.TextIOWrapper(io.BytesIO(stdin.encode(encoding)), encoding=encoding)
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(gc, "freeze", return_value=None),
        contextlib.chdir(folder),
        mock.patch.multiple(sys, stdin=given, stdout=out, stderr=err),
    ):
        try:
            run(list(arguments))
        except SystemExit as end:
            code = end.code
        out.flush()
        err.flush()
    assert isinstance(code, int)
    return Streams(code, _bytes(out), b"" if joined else _bytes(err))


class _Output(io.TextIOWrapper):
    """An output that says whether it is a terminal."""

    def __init__(self, *args: Any, is_terminal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def hermetic(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a run in a folder: Git finds no repository above it, nor anybody's settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    return inherited | {"GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_CONFIG_GLOBAL": os.devnull} | more


def _bytes(stream: io.TextIOWrapper) -> bytes:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
