"""Signals that end a run: each is an interruption, so that nothing is left half written."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, suppress
from threading import Timer, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = tuple(
    signal.Signals[name] for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if name in signal.Signals.__members__
)
"""What a scheduler, a closed terminal and Ctrl-Break on Windows send."""
_SOON = 0.005
"""In how many seconds a signal comes again that came where no exception can leave."""


@contextmanager
def interrupting() -> Iterator[None]:
    """Raise KeyboardInterrupt where a signal would end the process, and leave the signals as they were found.

    One that somebody ignores or handles stays so: `nohup` ignores SIGHUP. Outside of the main thread nothing changes.
    """
    before = {each: signal.getsignal(each) for each in _ENDING}
    taken = [each for each, handler in before.items() if handler is signal.SIG_DFL]
    is_own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with suppress(ValueError):  # only the main thread may set them
        for each in taken:
            signal.signal(each, _interrupt)
        if is_own:
            signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        with suppress(ValueError):
            for each in taken:
                signal.signal(each, signal.SIG_DFL)
            if is_own:
                signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt the run, once: a second signal of the kind, but Ctrl-C, must not keep it from clearing up."""
    if frame is not None and _is_deaf(frame):
        again = Timer(_SOON, _send, [number])
        again.daemon = True
        again.start()
        return
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _send(number: int) -> None:
    """Send a signal to the main thread, where the system knows threads so that one that waits wakes up."""
    main = main_thread().ident
    if sys.platform != "win32" and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


def _is_deaf(frame: FrameType) -> bool:
    """Return whether an exception in a frame is printed and forgotten, as it is where an import clears up its lock."""
    return frame.f_code.co_name == "cb" and frame.f_code.co_filename == "<frozen importlib._bootstrap>"
