"""What keeps files from being a whole snapshot, or is to be known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from policylint.readers.kinds import Kinds
    from policylint.readers.rows import Loss

_SEVERITIES = {"list-unproven": Severity.WARNING, "date-unclear": Severity.WARNING}
"""How much a problem matters by its code, where that is no error."""

_UNKNOWN = frozenset({"unknown-format", "unknown-objects"})
"""The codes of files of other kinds, which a folder may hold."""

_UNUSED = _UNKNOWN | {"not-utf8", "empty-file", "damaged"}
"""The codes of files that are not used in a folder, where neither content nor name says that they are of live state."""

_OF_THE_FILE = frozenset({*_UNKNOWN, "unsafe-xml", "not-sealed", "seal-broken"})
"""The codes that say nothing of what a file is about, whatever it is called."""


class Problem(NamedTuple):
    """One cause in one file. `message` says what it is, `help` how to export without it.

    `section` is the one that is not whole because of it, None where that is not known. `line` and `column` count from
    1, `offset` from 0. `property` and `identity` are what it is about, `objects` says of how many objects.
    """

    code: str
    message: str
    section: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    offset: int | None = None
    property: str | None = None
    identity: str | None = None
    help: str = ""
    severity: Severity = Severity.ERROR
    objects: int = 1

    def place(self) -> str:
        """Return where it is, as `path:line:column`."""
        return ":".join([self.path or "", *(str(part) for part in (self.line, self.column) if part is not None)])


class FileRead:
    """A file while it is read and after: its form, and of which sections it has how many objects.

    `named` says whether it was named itself, not found in a folder, `is_paged` whether it may be that of a cmdlet which
    gives a page unless told otherwise.
    """

    def __init__(self, path: str, *, named: bool) -> None:
        self.path, self.named = path, named
        self.format: str | None = None
        self.encoding: str | None = None
        self.counts: dict[str, int] = {}
        self.is_paged = True

    @property
    def section(self) -> str | None:
        """Return the section that it is about, None where it is about none or several."""
        return next(iter(self.counts)) if len(self.counts) == 1 else None

    @property
    def objects(self) -> int:
        """Return how many objects it has of the kinds that are read."""
        return sum(self.counts.values())


class Report:
    """Gathers problems, one for each cause and file. What is in `allowed` is no error: it is left out."""

    def __init__(self, kinds: Kinds, allowed: Collection[str]) -> None:
        self._kinds, self._allowed = kinds, frozenset(allowed)
        self._found: dict[tuple[Any, ...], Problem] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problems, sorted by section, file and line."""
        order = {section: number for number, section in enumerate(self._kinds.sections)}
        found = self._found.values()
        return tuple(
            sorted(found, key=lambda each: (order.get(each.section or "", -1), each.path or "", each.line or 0))
        )

    def leaves_out(self, section: str, name: str) -> bool:
        """Return whether a property is left out by name."""
        return bool(self._allowed) and f"{section}.{name}" in self._allowed

    def lacks(
        self, file: FileRead, section: str, missing: Sequence[str], line: int | None, words: str = "not in it"
    ) -> None:
        """Note that an object lacks properties that it needs; `words` is what is so of them."""
        left = [name for name in missing if not self.leaves_out(section, name)]
        for names in filter(None, (left, *([name] for name in missing if name not in left))):
            message = f"{listed(names, None)} {'is' if len(names) == 1 else 'are'} {words}"
            self._add(Problem("property-absent", message, section, file.path, line, property=names[0]), file)

    def add(
        self,
        file: FileRead,
        code: str,
        message: str,
        section: str | None,
        *,
        line: int | None = None,
        name: str | None = None,
        identity: str | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Note a problem of an object, or of as many as it is noted for; `severity` is that of the code by default."""
        severity = severity or _SEVERITIES.get(code, Severity.ERROR)
        problem = Problem(code, message, section, file.path, line, property=name, identity=identity, severity=severity)
        self._add(problem, file)

    def lose(self, file: FileRead, loss: Loss) -> None:
        """Note what a reader found, of the section that the file is about; nothing of a property that nobody reads."""
        section, name = file.section, loss.property
        if section is None and not file.counts and loss.code not in _OF_THE_FILE:
            kind = self._kinds.of_name(file.path)
            if kind is not None:
                file.counts[section := kind.section] = 0
        if name is not None and section is not None:
            name = self._kinds[section].names.get(fold(name))
            if name is None:
                return
        self._add(Problem(loss.code, loss.message, section, file.path, loss.line, loss.column, loss.offset, name), file)

    def _add(self, problem: Problem, file: FileRead) -> None:
        key = (problem.code, problem.section, problem.path, problem.property)
        if (known := self._found.get(key)) is not None:
            self._found[key] = known._replace(objects=known.objects + 1)
            return
        section, severity = problem.section, problem.severity
        if section is None and problem.code in _UNUSED and not file.named:
            severity = Severity.INFO
        if severity is Severity.ERROR and not self._allowed.isdisjoint({section, f"{section}.{problem.property}"}):
            severity = Severity.INFO
        help = self._kinds[section].export if section is not None else _HELP.get(problem.code, "")  # noqa: A001
        self._found[key] = problem._replace(severity=severity, help="" if severity is Severity.INFO else help)


_HELP = {
    "tenant-mismatch": "name the files of one organization",
    "unsafe-xml": "export it again with Export-Clixml, which writes no document type",
    "not-utf8": "write it again with -Encoding UTF8",
    "unknown-format": "name the output of a Get- cmdlet as JSON, CSV, CLIXML or Format-List",
    "unknown-objects": "name the output of a cmdlet that policylint reads",
}
"""What helps against the problems of files that are about no section."""
