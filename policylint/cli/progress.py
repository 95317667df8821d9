"""What a terminal shows while a run takes its time: one line, which is gone when there is something to say."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event, Lock


class StatusLine:
    """The line: `write` puts a text on the terminal, `columns` says how wide that is, `quiet` seconds nothing is shown.

    Nothing of it happens outside of `running`.
    """

    def __init__(self, write: Callable[[str], object], columns: Callable[[], int], *, quiet: float = 1.0) -> None:
        self._write, self._columns, self._quiet = write, columns, quiet
        self._lock: Lock | None = None
        self._doing = ""
        self._drawn = 0

    def say(self, doing: str) -> None:
        """Let the line say what the run is doing from now on; it may be nothing in particular."""
        self._doing = doing

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Show the line while the context lasts, once that is not quick."""
        from threading import Event, Lock, Thread

        self._lock, ended = Lock(), Event()
        thread = Thread(target=self._draw, args=(name, ended, self._lock), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._clear()
            self._lock, self._doing = None, ""

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away while something else is written."""
        if self._lock is None:
            yield
            return
        with self._lock:
            self._clear()
            yield

    def _draw(self, name: str, ended: Event, lock: Lock) -> None:
        """Draw the line again and again until the run has ended."""
        start, wait = time.monotonic(), self._quiet
        while not ended.wait(wait):
            taken = count(int(time.monotonic() - start), "second")
            text = f"{name}: {f'{self._doing}, ' if self._doing else ''}{taken}"[: max(self._columns() - 1, 0)]
            with lock:
                self._write("\r" + text.ljust(self._drawn))
                self._drawn = len(text)
            wait = self._quiet / 2

    def _clear(self) -> None:
        if self._drawn:
            self._write(f"\r{' ' * self._drawn}\r")
            self._drawn = 0
