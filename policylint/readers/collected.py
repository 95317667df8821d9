"""The files of live state that are to be read, and what they hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.named_tuple import NamedTuple
from policylint.readers.raw import DEVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from policylint.readers.objects import Placed
    from policylint.readers.problems import FileRead, Problem
    from policylint.readers.raw import RawSnapshot


class InputFile(NamedTuple):
    """A file to read: its path, what opens it in pieces, and whether it was named itself, not found in a folder.

    One that is there `once` cannot be read a second time.
    """

    path: str
    open: Callable[[], AbstractContextManager[Iterable[bytes]]]
    named: bool = True
    once: bool = False


class Collected(NamedTuple):
    """What files hold together. `sections` are those that a file is about, in the order of a snapshot.

    `objects` are the objects of each section with their places; devices only where they were asked for.
    """

    raw: RawSnapshot
    files: tuple[FileRead, ...]
    problems: tuple[Problem, ...]
    sections: tuple[str, ...]
    objects: Mapping[str, list[Placed]]

    def size(self, section: str) -> int:
        """Return how many objects a section has."""
        return len(self.raw.devices) if section == DEVICES else len(self.raw.sections.get(section, ()))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return what keeps the files from being read as a snapshot."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)
