"""What policylint.lock has to say: the values of every entry with `matches`, each with the reason why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.errors import UsageError
from policylint.fmt.lock import lock_text
from policylint.model.lock import lock_key
from policylint.model.state import RULE
from policylint.phrases import count
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.model.lock import Lock, LockedValue, LockKey
    from policylint.model.matcher import Candidate, Expansion, Pattern
    from policylint.project.project import Project


class LockChange(NamedTuple):
    """The text of the lock as it has to be, and what it gains and loses: the words of an entry, and a value."""

    text: str
    entries: int
    values: int
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]


def lock_of(projects: Sequence[Project], *, prune: bool) -> LockChange:
    """Return the lock of a project, which is given once for each environment.

    What it has stays as long as its entry names it, so that rules do not come and go with single devices. With `prune`
    a value goes that no device, no row of the catalog and no entry names. Raises UsageError where a snapshot for that
    is missing, or one that has all devices.
    """
    if prune:
        _require_devices(projects)
    before = projects[0].lock_file.lock
    found: dict[LockKey, tuple[Expansion, dict[str, tuple[str, str]]]] = {}
    for project in projects:
        for expansion in project.policy.expansions:
            if expansion.pattern.entry.kind == RULE:
                _add(found, expansion, project, prune=prune)
    entries = {
        key: (expansion.pattern.matcher, sorted(values.values(), key=lambda each: (natural(each[0]), each[0])))
        for key, (expansion, values) in sorted(found.items(), key=lambda item: _order(item[0], item[1][0]))
    }
    were = {
        (_words(entry.matcher, entry.characteristic), value.text) for entry in before.entries for value in entry.values
    }
    are = {(_words(matcher, key[0]), value) for key, (matcher, values) in entries.items() for value, _ in values}
    order = lambda pair: (natural(pair[0]), natural(pair[1]), pair)  # noqa: E731
    return LockChange(
        text=lock_text(entries),
        entries=len(entries),
        values=len(are),
        added=tuple(sorted(are - were, key=order)),
        removed=tuple(sorted(were - are, key=order)),
    )


def lock_without(lock: Lock, gone: Iterable[Pattern], patterns: Iterable[Pattern]) -> str | None:
    """Return the text of a lock without the values of entries that are gone, None where it has none of them.

    `patterns` are those of all environments, gone or not: what another one of them is known by too stays.
    """
    gone = tuple(gone)
    places = set(map(_place, gone))
    keys = _keys(gone) - _keys(pattern for pattern in patterns if _place(pattern) not in places)
    if not any(entry.key in keys for entry in lock.entries):
        return None
    left = (entry for entry in lock.entries if entry.key not in keys)
    return lock_text({each.key: (each.matcher, [(value.text, value.why) for value in each.values]) for each in left})


def _keys(patterns: Iterable[Pattern]) -> set[LockKey]:
    return {lock_key(*pattern) for pattern in patterns if pattern.entry.kind == RULE}


def _place(pattern: Pattern) -> tuple[str, int]:
    span = pattern.entry.at()
    return span.path, span.start


def _words(matcher: object, characteristic: str) -> str:
    return f"{matcher} ({characteristic})"


def _order(key: LockKey, expansion: Expansion) -> tuple[object, ...]:
    return key[0], natural(str(expansion.pattern.matcher)), key[1], str(expansion.pattern.matcher)


def _require_devices(projects: Sequence[Project]) -> None:
    for project in projects:
        if project.snapshot is None or project.snapshot.complete_devices is None:
            where = f" for the environment `{project.environment}`" if project.environment is not None else ""
            hint = "name one with --snapshot, or leave out --prune"
            raise UsageError(f"--prune needs a snapshot with all devices{where}", help=hint)


def _add(
    found: dict[LockKey, tuple[Expansion, dict[str, tuple[str, str]]]],
    expansion: Expansion,
    project: Project,
    *,
    prune: bool,
) -> None:
    """Add the values of an entry, each with the reason that the lock has for it, or the one of this project."""
    pattern = expansion.pattern
    locked = project.lock_file.lock.values(pattern.entry.text("Characteristic"))
    spelled_out = {fold(text) for text in pattern.matcher.condition.one_of or ()}
    _, values = found.setdefault(lock_key(*pattern), (expansion, {}))
    for candidate in expansion.values:
        key = fold(candidate.text)
        if prune and not (candidate.devices or candidate.rows or key in spelled_out):
            continue
        values.setdefault(key, (candidate.text, _why(candidate, locked.get(key), project)))


def _why(candidate: Candidate, locked: LockedValue | None, project: Project) -> str:
    """Return why a value is in the lock: as the lock says, and else where it was seen first."""
    if locked is not None and locked.why:
        return locked.why
    if candidate.devices and project.snapshot is not None:
        day = project.snapshot.header.taken_at[:10]
        return f"{count(candidate.devices, 'device')} in the snapshot{f' of {day}' if day else ''}"
    if candidate.rows:
        return f"catalog of {project.resources.catalog_date}"
    return "named by the entry"
