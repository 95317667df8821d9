"""Findings of two versions of a policy: which of one version the other has too."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from policylint.lint.fingerprint import fingerprints
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.source import Source

_ALIKE = 0.5
"""The part of the lines of a file that it keeps where it is the same under another name."""
_MOST_PAIRS = 2_500
"""Of how many pairs of files the lines are compared; of more, only of those whose last names are equal."""


class Version(NamedTuple):
    """Findings of one version, its files, and what returns what a file is known by in both."""

    found: Sequence[Diagnostic]
    files: Collection[Source]
    path_of: Callable[[str], str]

    @property
    def by_name(self) -> Mapping[str, Source]:
        """Return its files by what they are known by."""
        return {self.path_of(each.path): each for each in self.files}


def paired(now: Version, then: Version) -> list[tuple[Diagnostic, Diagnostic | None]]:
    """Return each finding of now with the one that it was then, None where it is new; no two with the same.

    It is known again by its fingerprint; else by what it says: where it is about an object in whatever file, where not
    in the file that had another name then.
    """
    left = dict(zip(fingerprints(then.found, then.path_of), then.found, strict=True))
    before = [left.pop(name, None) for name in fingerprints(now.found, now.path_of)]
    new = [each for each, found in zip(now.found, before, strict=True) if found is None]
    earlier_names = _renamed(now._replace(found=new), then._replace(found=[*left.values()]))
    moved: defaultdict[tuple[object, ...], list[Diagnostic]] = defaultdict(list)
    for each in reversed(left.values()):
        moved[_said(each, then.path_of(each.span.path))].append(each)
    pairs = []
    for each, found in zip(now.found, before, strict=True):
        other = found
        if other is None:
            alike = moved.get(_said(each, earlier_names.get(now.path_of(each.span.path))))
            other = alike.pop() if alike else None
        pairs.append((each, other))
    return pairs


def _is_named(found: Diagnostic) -> bool:
    return found.about is not None and bool(found.about.kind)


def _said(found: Diagnostic, file: str | None) -> tuple[object, ...]:
    """Return what a finding says: of an object, whatever its file; else in a file, by its earlier name."""
    return (found.rule, found.about) if _is_named(found) else (found.rule, found.about or found.message, file)


def _renamed(now: Version, then: Version) -> dict[str, str]:
    """Return the earlier name of files that have another one now; of those with findings that are about no object."""
    added, gone = _only_in(now, then), _only_in(then, now)
    found: dict[str, str] = {}
    by_text: defaultdict[str, list[str]] = defaultdict(list)
    for name, source in reversed(gone.items()):
        by_text[source.text].append(name)
    for name, source in added.items():
        if same := by_text[source.text]:
            found[name] = same.pop()
    added = {name: source for name, source in added.items() if name not in found}
    gone = {name: source for name, source in gone.items() if name not in found.values()}
    few = len(added) * len(gone) <= _MOST_PAIRS
    scores = [
        (-score, name, other)
        for name, source in added.items()
        for other, earlier in gone.items()
        if (few or name.rpartition("/")[2] == other.rpartition("/")[2])
        and (score := _likeness(source.text, earlier.text)) >= _ALIKE
    ]
    for _, name, other in sorted(scores):
        if name not in found and other not in found.values():
            found[name] = other
    return found


def _only_in(one: Version, other: Version) -> dict[str, Source]:
    """Return the files of one version alone that have findings about no object."""
    names = {one.path_of(each.span.path) for each in one.found if not _is_named(each)}
    known = other.by_name
    return {name: source for name, source in one.by_name.items() if name in names and name not in known}


def _likeness(one: str, other: str) -> float:
    """Return the part of the lines of the longer text that the other one has too."""
    first, second = (Counter(filter(None, map(str.strip, text.splitlines()))) for text in (one, other))
    return (first & second).total() / max(first.total(), second.total(), 1)
