"""Which mailboxes are in which ring of a staged roll-out."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING

from policylint.devices.near_names import NearNames
from policylint.errors import UsageError
from policylint.model.names import Names, is_called, is_pattern, mailboxes_in_words
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, quoted
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.model.entity import Entity

_SHARE = regex(r"([0-9]{1,2}(?:\.[0-9]{1,3})?)\s*%")
_WHOLE = 1 << 64


class RingSpec(NamedTuple):
    """What was asked for of a ring: names of mailboxes and patterns of them, or a share of those that are left."""

    words: str
    names: tuple[str, ...] = ()
    share: Fraction | None = None


def ring_spec(words: str, lines: Iterable[str] | None = None) -> RingSpec:
    """Return what a text asks for: `pilot-*@contoso.com, ann@contoso.com` or `10%`; `lines` are names of a file.

    Raises UsageError where it asks for nothing.
    """
    shown = words.strip()
    if lines is not None:
        names = tuple(lines)
    elif (match := _SHARE.fullmatch(shown)) is not None and Fraction(match[1]):
        return RingSpec(shown, share=Fraction(match[1]) / 100)
    else:
        names = tuple(filter(None, (each.strip() for each in words.split(","))))
    if not names or (lines is None and any("%" in name for name in names)):
        hint = "give names of mailboxes or patterns such as `pilot-*@contoso.com`, `@file`, or a share such as `10%`"
        raise UsageError(f"`--rings {words}` names no mailbox", help=hint)
    return RingSpec(shown, names)


def members_of(specs: Sequence[RingSpec], mailboxes: Mapping[str, Entity]) -> Mapping[str, int]:
    """Return the number of the ring of each mailbox, from 1; those that no ring names are in one more, the last.

    A mailbox is in the first ring that names it. A share takes mailboxes by a digest of their keys, so that none moves
    to another ring when others come or go.
    Raises UsageError where a name is that of no mailbox or of several, or where a ring has none of its own.
    """
    rings: dict[str, int] = {}
    known = Names(mailboxes)
    taken = Fraction(0)
    for number, spec in enumerate(specs, start=1):
        if spec.share is not None:
            taken += (1 - taken) * spec.share
            found = (key for key in mailboxes if key not in rings and _place(key) < taken * _WHOLE)
            own = tuple(found)
        else:
            own = tuple(key for key in _named(spec, mailboxes, known) if key not in rings)
        if not own:
            left = count(len(mailboxes) - len(rings), "mailbox")
            reason = (
                f"ring {number}, {quoted(spec.words)}, has no mailbox: {left} of the snapshot are in no ring before"
            )
            raise UsageError(reason, help="name mailboxes of the snapshot, or a larger share")
        rings.update(dict.fromkeys(own, number))
    return {key: rings.get(key, len(specs) + 1) for key in mailboxes}


def _place(key: str) -> int:
    """Return where a mailbox is among all that there could be, from 0 to 2**64: the same in every run."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _named(spec: RingSpec, mailboxes: Mapping[str, Entity], known: Names) -> Iterator[str]:
    for name in dict.fromkeys(spec.names):
        if is_pattern(name) and fold(name) not in mailboxes:
            matching = [key for key, mailbox in mailboxes.items() if is_called(mailbox, name)]
            if not matching:
                hint = "check the pattern: `policylint show mailbox` shows the names of one"
                raise UsageError(f"{quoted(name)} of --rings matches no mailbox of the snapshot", help=hint)
            yield from matching
            continue
        found = known.all(fold(name))
        if len(found) > 1:
            reason = f"{quoted(name)} of --rings is the name of {mailboxes_in_words(found)}"
            raise UsageError(reason, help="write the address of the one that is meant")
        if not found:
            near = NearNames(each.identity for each in mailboxes.values()).of(name)
            hint = f"did you mean {near}?" if near is not None else "correct or remove it"
            raise UsageError(f"{quoted(name)} of --rings is no mailbox of the snapshot", help=hint)
        yield found[0].key
