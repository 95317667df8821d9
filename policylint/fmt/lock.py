"""The text of policylint.lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.fmt.scalar import quoted, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.model.lock import LockKey
    from policylint.model.matcher import Condition, Matcher

    Entries = Mapping[LockKey, "tuple[Matcher, Sequence[tuple[str, str]]]"]
    """The matcher of each entry, and its values in order, each with the reason why it is there."""

_HEAD = """\
# Written by `policylint lock`: the values that entries with `matches` stand for, one device access rule each.
# Review what changes here as you review the policy. The entries of all environments share it.
version: 1
"""


def lock_text(entries: Entries) -> str:
    """Return the text of a lock with some entries, in the order given."""
    section = "deviceAccessRules:\n" if entries else ""
    return _HEAD + section + "".join(f"{line}\n" for key, each in entries.items() for line in _entry(key, *each))


def _entry(key: LockKey, matcher: Matcher, values: Sequence[tuple[str, str]]) -> Iterator[str]:
    characteristic, level, _ = key
    yield f"  - Characteristic: {characteristic}"
    yield f"    AccessLevel: {level}"
    yield f"    matches: {_matcher(matcher)}"
    yield "    values:" if values else "    values: []"
    for value, why in values:
        comment = clean(why).replace("\n", " ").strip()
        yield f"      - {text_of(value, flow=False)}{f'  # {comment}' if comment else ''}"


def _matcher(matcher: Matcher) -> str:
    parts = list(_condition(matcher.condition))
    excluded = [f"{{{', '.join(_condition(each))}}}" for each in matcher.excluded]
    if excluded:
        parts.append(f"not: {excluded[0]}" if len(excluded) == 1 else f"not: [{', '.join(excluded)}]")
    return f"{{{', '.join(parts)}}}"


def _condition(condition: Condition) -> Iterable[str]:
    """Yield the keys of a condition; a range is in quotes, which its signs need."""
    for name, text in (("family", condition.family), ("glob", condition.glob)):
        if name == "glob" and condition.version is not None:
            yield f"version: {quoted(condition.version)}"
        if text is not None:
            yield f"{name}: {text_of(text, flow=True)}"
    if condition.one_of is not None:
        yield f"one-of: [{', '.join(text_of(text, flow=True) for text in condition.one_of)}]"
