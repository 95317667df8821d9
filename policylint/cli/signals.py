"""Signals that end a run: each is an interruption, so that nothing is left half written."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = tuple(
    signal.Signals[name] for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if name in signal.Signals.__members__
)
"""What a scheduler, a closed terminal and Ctrl-Break on Windows send. Ctrl-C is an interruption already."""


@contextmanager
def interrupting() -> Iterator[None]:
    """Raise KeyboardInterrupt where a signal would end the process, and leave the signals as they were found.

    One that somebody ignores or handles stays so: `nohup` ignores SIGHUP. Outside of the main thread nothing changes.
    """
    before = {each: signal.getsignal(each) for each in _ENDING}
    taken = [each for each, handler in before.items() if handler is signal.SIG_DFL]
    with suppress(ValueError):  # only the main thread may set them
        for each in taken:
            signal.signal(each, _interrupt)
    try:
        yield
    finally:
        with suppress(ValueError):
            for each in taken:
                signal.signal(each, signal.SIG_DFL)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Interrupt the run, once: a second signal of the kind must not keep it from clearing up."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
