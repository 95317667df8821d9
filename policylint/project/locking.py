"""What policylint.lock has to say: the values of every entry with `matches`, each with the reason why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.expand import expand_rules
from policylint.errors import RefusedError, UsageError
from policylint.fmt.lock import lock_text
from policylint.model.lock import lock_key
from policylint.model.matcher import KEY
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, quoted
from policylint.project.load import load_lock
from policylint.source import Source
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.model.lock import Lock, LockedValue, LockKey
    from policylint.model.matcher import Candidate, Expansion, Pattern
    from policylint.model.policy_set import PolicySet
    from policylint.project.project import Project


class LevelChange(NamedTuple):
    """Values of one characteristic that the lock has at one level before and at another one after."""

    characteristic: str
    before: str
    after: str
    values: tuple[str, ...]


class LockChange(NamedTuple):
    """The text of the lock as it has to be, and what it gains and loses: the words of an entry, and a value."""

    text: str
    entries: int
    values: int
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    levels: tuple[LevelChange, ...]


def lock_of(projects: Sequence[Project], *, prune: bool) -> LockChange:
    """Return the lock of a project, which is given once for each environment.

    What it has stays as long as its entry names it, so that rules do not come and go with single devices. With `prune`
    a value goes that no device, no row of the catalog and no entry names. Raises UsageError where a snapshot for that
    is missing, or one that has all devices, and RefusedError where two entries would want one value at two levels.
    """
    if prune:
        _require_devices(projects)
    first = projects[0]
    before = lock = first.lock_file.lock
    text = first.files.read(first.lock_path).text if first.files.has(first.lock_path) else ""
    policies = [each.policy for each in projects]
    while True:
        # Each turn only adds values, as what one entry has in the lock is known to the others.
        after = _text_of(projects, policies, lock, prune=prune)
        if after == text and not prune:
            break
        text, prune = after, False
        lock = load_lock(Source(first.lock_path, text), first.store).lock
        policies = [expand_rules(each.declared, each.seen_values, lock, each.spelled_out) for each in projects]
    for project, policy in zip(projects, policies, strict=True):
        _refuse_conflict(project, policy)
    were, are = _values(before), _values(lock)
    order = lambda pair: (natural(pair[0]), natural(pair[1]), pair)  # noqa: E731
    return LockChange(
        text=text,
        entries=len(lock.entries),
        values=len(are),
        added=tuple(sorted(are - were, key=order)),
        removed=tuple(sorted(were - are, key=order)),
        levels=tuple(_level_changes(before, lock)),
    )


def _text_of(projects: Sequence[Project], policies: Sequence[PolicySet], lock: Lock, *, prune: bool) -> str:
    found: dict[LockKey, tuple[Expansion, dict[str, tuple[str, str]]]] = {}
    for project, policy in zip(projects, policies, strict=True):
        for expansion in policy.expansions:
            if expansion.pattern.entry.kind == RULE:
                _add(found, expansion, project, lock, prune=prune)
    return lock_text(
        {
            key: (expansion.pattern.matcher, sorted(values.values(), key=lambda each: (natural(each[0]), each[0])))
            for key, (expansion, values) in sorted(found.items(), key=lambda item: _order(item[0], item[1][0]))
        }
    )


def _refuse_conflict(project: Project, policy: PolicySet) -> None:
    """Raise RefusedError where two entries of an environment want one value at two levels."""
    for conflict in policy.conflicts:
        first, second = (each.origin.key_span(KEY) for each in (conflict.first, conflict.second))
        where = f" in the environment `{project.environment}`" if project.environment is not None else ""
        raise RefusedError(
            f"this entry and the one at {first} would stand for {quoted(conflict.identity)}{where}, but set "
            f"{conflict.setting} to {conflict.words}",
            help="nothing was written; exclude it from one of the two with `not`, or write an entry for it alone",
            span=second,
        )


def _values(lock: Lock) -> set[tuple[str, str]]:
    return {
        (_words(entry.matcher, entry.characteristic), value.text) for entry in lock.entries for value in entry.values
    }


def _level_changes(before: Lock, after: Lock) -> Iterator[LevelChange]:
    """Yield the values whose level changes, in an entry or from one entry to another, by characteristic and levels."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for were, are in (
        (_levels(before, by_entry=by_entry), _levels(after, by_entry=by_entry)) for by_entry in (True, False)
    ):
        for key, (text, levels) in are.items():
            old = were[key][1] if key in were else set[str]()
            gone, new = old - levels, levels - old
            if len(gone) == len(new) == 1:
                found.setdefault((key[0], gone.pop(), new.pop()), {})[fold(text)] = text
    for (characteristic, old_level, level), values in sorted(found.items()):
        yield LevelChange(characteristic, old_level, level, tuple(sorted(values.values(), key=natural)))


def _levels(lock: Lock, *, by_entry: bool) -> dict[tuple[str, object, str], tuple[str, set[str]]]:
    """Return the spelling and levels of each value of a characteristic, or of each `matches`, by its folded text."""
    found: dict[tuple[str, object, str], tuple[str, set[str]]] = {}
    for entry in lock.entries:
        for value in entry.values:
            key = (entry.characteristic, entry.matcher.key if by_entry else None, fold(value.text))
            found.setdefault(key, (value.text, set()))[1].add(entry.level)
    return found


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
    lock: Lock,
    *,
    prune: bool,
) -> None:
    """Add the values of an entry, each with the reason that the lock has for it, or the one of this project."""
    pattern = expansion.pattern
    locked = lock.values(pattern.entry.text("Characteristic"))
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
