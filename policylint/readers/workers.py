"""What reads a large file beside the process that checks its seal: other processes, each of which cuts blocks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from policylint.readers.device_lines import Part


class Workers(Protocol):
    """Processes that read a file too, and give back its blocks cut, in the order in which they were asked for."""

    @property
    def most(self) -> int:
        """Return how many blocks they may be asked for before one is taken."""

    def ask(self, offset: int, length: int) -> None:
        """Ask for the block at a place of the file, which is of whole lines."""

    def take(self) -> tuple[int, Part | None]:
        """Return the number of a worker, and the block asked for first, as its `LineCutter` cuts it."""


@runtime_checkable
class Divisible(Protocol):
    """Pieces of a file that other processes may read at the same time."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes of the file in pieces of any size."""

    def workers(self) -> AbstractContextManager[Workers | None]:
        """Return processes that read the file, None where they would gain nothing.

        Raises FileError at the end of the context where the file was changed meanwhile.
        """
