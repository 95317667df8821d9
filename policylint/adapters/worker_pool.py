"""Processes that cut blocks of a file, each told of its work over pipes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from policylint.adapters.files import open_plain
from policylint.errors import FileError

if TYPE_CHECKING:
    from policylint.readers.device_lines import Part

Identity: TypeAlias = tuple[int, int, int, int, int]
"""What changes when a file is another one, or has been written to."""

_AHEAD = 3
"""How many blocks a worker is asked for at a time, so that it never waits."""

_PIPE = 1 << 20
"""How many bytes are on their way from a worker, where the system lets that be said."""


class WorkerPool:
    """Workers, each of which is asked in its turn.

    They are no `multiprocessing`: that runs the main module again in each, which the program that uses this one and
    the `__main__` of a zip file need not be written for. Raises OSError where one cannot be started.
    """

    def __init__(self, path: Path, identity: Identity, jobs: int) -> None:
        command = (sys.executable, "-I", "-c", _PROGRAM, *sys.path)
        pipe = subprocess.PIPE
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(jobs):
                process = subprocess.Popen(  # noqa: S603 - this Python
                    command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, pipesize=_PIPE
                )
                self._processes.append(process)
        except OSError:
            self.close()
            raise
        self._asked: deque[int] = deque()
        self._next = 0
        for worker in range(jobs):
            self._tell(worker, (str(path), identity))

    @property
    def most(self) -> int:
        """Return how many blocks may be asked for before one is taken."""
        return len(self._processes) * _AHEAD

    def ask(self, offset: int, length: int) -> None:
        """Ask the next worker for a block."""
        self._asked.append(self._next)
        self._tell(self._next, (offset, length))
        self._next = (self._next + 1) % len(self._processes)

    def _tell(self, worker: int, message: tuple[object, object]) -> None:
        pipe = self._processes[worker].stdin
        assert pipe is not None
        with suppress(OSError):  # it has ended: `take` says so
            pickle.dump(message, pipe)
            pipe.flush()

    def take(self) -> tuple[int, Part | None]:
        """Return the block asked for first. A worker that has ended has cut nothing."""
        worker = self._asked.popleft()
        pipe = self._processes[worker].stdout
        assert pipe is not None
        part: Part | None = None
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            part = pickle.load(pipe)  # noqa: S301 - of a process started above
        return worker, part

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            for pipe in filter(None, (process.stdin, process.stdout)):
                with suppress(OSError):
                    pipe.close()
            process.wait()


_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from policylint.adapters.worker_pool import work; work()"


def identity_of(file: BinaryIO) -> Identity:
    """Return the identity of an open file."""
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def work() -> None:
    """Cut the blocks that are asked for on standard input, until nobody asks. Of another file nothing is cut."""
    import gc
    import signal

    from policylint.readers.device_lines import LineCutter

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # nothing here refers to itself
    asked, told = sys.stdin.buffer, sys.stdout.buffer  # noqa: TID251 - the pipes to the process that asks
    cutter = LineCutter()
    with suppress(EOFError, OSError, FileError):
        path, identity = pickle.load(asked)  # noqa: S301 - of the process that started this one
        with open_plain(Path(path)) as file:
            is_same = identity_of(file) == identity
            while True:
                offset, length = pickle.load(asked)  # noqa: S301
                file.seek(offset)
                pickle.dump(cutter.cut(file.read(length)) if is_same else None, told, pickle.HIGHEST_PROTOCOL)
                told.flush()
