"""Processes that read a large snapshot beside the one that checks its seal."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from policylint.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from policylint.readers.workers import Workers

LARGE = 48 << 20
"""How many bytes a file has at least for other processes to gain more than it takes to start them."""

FRESH = 2.0
"""For how many seconds after a change another one might not show in the times of a file. FAT counts in steps of two."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SharedFile:
    """The pieces of an open plain file, which other processes may read by its path; `jobs` is how many at most."""

    def __init__(self, pieces: Iterable[bytes], file: BinaryIO, path: Path, shown: str, jobs: int) -> None:
        self._pieces, self._file, self._path, self._shown, self._jobs = pieces, file, path, shown, jobs

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    @contextmanager
    def workers(self) -> Iterator[Workers | None]:
        """Return the processes, None where the file is small or was changed just now.

        Raises FileError at the end where it was changed meanwhile: they may have read other bytes than were hashed.
        """
        status = os.fstat(self._file.fileno())
        is_fresh = time.time() - max(status.st_mtime, status.st_ctime) < FRESH
        if self._jobs < 2 or status.st_size < LARGE or is_fresh or getattr(sys, "frozen", False):
            yield None
            return
        from policylint.adapters.worker_pool import WorkerPool, identity_of

        identity = identity_of(self._file)
        pool = None
        with suppress(OSError):  # where no more processes may be started, this one reads alone
            pool = WorkerPool(self._path, identity, self._jobs)
        if pool is None:
            yield None
            return
        try:
            yield pool
        finally:
            pool.close()
        if identity_of(self._file) != identity:
            raise FileError("it was changed while it was read", path=self._shown, help="read it again")
