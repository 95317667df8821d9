"""The files of names that entries with `matches` name: one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, error
from policylint.errors import FileError, PolicylintError
from policylint.model.matcher import KEY, ListFiles, NamedLine, NameLists
from policylint.phrases import quoted
from policylint.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.model.matcher import Pattern
    from policylint.project.files import Files
    from policylint.source import Source


def read_lists(files: Files, patterns: Iterable[Pattern]) -> ListFiles:
    """Return the files that the entries name, each read once; one that cannot be read is an error at the entry."""
    found: dict[str, tuple[NamedLine, ...]] = {}
    problems: list[Diagnostic] = []
    for pattern in patterns:
        for path in filter(None, dict.fromkeys(each.file for each in pattern.matcher.conditions)):
            if path in found:
                continue
            try:
                found[path] = tuple(names_in(files.read(files.beside(path))))
            except PolicylintError as problem:
                reason = problem.reason if isinstance(problem, FileError) else problem.message
                message = f"the file {quoted(path)} cannot be read: {reason}"
                hint = problem.help or "check the path, which is relative to policylint.yaml"
                problems.append(error("file", pattern.entry.origin.key_span(KEY), message, hint))
    return ListFiles(NameLists(found), tuple(problems))


def names_in(source: Source) -> Iterator[NamedLine]:
    """Yield the name on each line of a file; `#` begins a comment, and lines without a name are left out."""
    for number in range(1, source.last_line + 1):
        line = source.line(number)
        text = line.partition("#")[0]
        name = text.strip()
        if name:
            start = source.offset_of_line(number) + len(text) - len(text.lstrip())
            yield NamedLine(name, Span(source, start, start + len(name)))
