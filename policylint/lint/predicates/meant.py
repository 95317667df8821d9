"""What the author of a rule may mean by a string that no device reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.devices.observed import ObservedValue, ObservedValues, form, sample, shape
from policylint.devices.query_forms import Misform, is_versioned, misform, version_in
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, quoted
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.devices.query_forms import Version
    from policylint.lint.facts import Facts

_APPLE = regex(r"iP(?:hone|ad|od)[0-9]*", re.IGNORECASE)
_IPADOS = "IPADOS"
_NUMBERS = regex(r"[0-9]+")


class Hint(NamedTuple):
    """What may be meant, in words; certain where a device of the snapshot reports what is meant in its right form.

    `meant` is the one text that may be meant, None where there are several or none; where it is `elsewhere`, it is the
    characteristic to compare instead. A `guess` says what may help, and not that the string is wrong.
    """

    words: str
    certain: bool = False
    meant: str | None = None
    elsewhere: bool = False
    guess: bool = False


def meant_by(characteristic: str, query: str, facts: Facts) -> tuple[Hint, ...]:
    """Return what may be meant by a string that no known device reports, the likeliest first."""
    asked = characteristic, query
    if asked not in facts.meant:
        values = facts.observed.of(characteristic)
        facts.meant[asked] = tuple(_hints(characteristic, query, values, facts)) if values is not None else ()
    return facts.meant[asked]


def _hints(characteristic: str, query: str, values: ObservedValues, facts: Facts) -> Iterator[Hint]:
    if (agent := _of_agent(characteristic, query, facts)) is not None:
        yield agent
        return
    found = tuple(_elsewhere(characteristic, query, values, facts))
    wrong = misform(characteristic, query, values.signs) if not found else None
    alike = values.alike(query) if wrong is None or wrong.within is None else None
    if alike is not None:
        certain = bool(alike.devices) and _NUMBERS.findall(query) == _NUMBERS.findall(alike.text)
        yield Hint(f"devices report {alike}: every space and sign counts", certain, alike.text)
        return
    if wrong is not None:
        yield _of_misform(query, wrong, values)
        return
    if (ipad := _of_ipad(characteristic, query, values)) is not None:
        yield ipad
        return
    if named := facts.catalog.named(characteristic, query):
        yield _of_name(characteristic, query, named, values)
    yield from found
    longer = values.starting_with(query) if len(query) > 1 and not named else []
    longer = [seen for seen in longer if seen.devices] or longer
    if longer:
        certain = bool(longer[0].devices) and _is_cut_off(characteristic, query, values)
        yield Hint(f"rules compare whole values; these begin with it{_total(longer)}: {sample(longer)}", certain)
    if not named and not found and not longer:
        yield from _near(characteristic, query, values)


def _of_ipad(characteristic: str, query: str, values: ObservedValues) -> Hint | None:
    """Return what iPads report for a system that is written as Apple calls it today.

    Source: iPads report `iOS` and its version to Exchange, as those of the device catalog do.
    """
    if characteristic != "DeviceOS" or not fold(query).startswith(_IPADOS):
        return None
    meant = f"iOS{query[len(_IPADOS) :]}"
    exact = values.find(meant)
    found = [exact] if exact is not None else values.starting_with(meant) or values.starting_with("iOS")
    shown = [seen for seen in found if seen.devices] or found
    words = f"iPads report their system as iOS: {sample(shown)}" if shown else "iPads report their system as iOS"
    return Hint(words, any(seen.devices for seen in shown), exact.text if exact is not None else None)


def _of_agent(characteristic: str, query: str, facts: Facts) -> Hint | None:
    """Return that a system is written as user agents are: a name, a slash and a version."""
    agents = facts.observed.of("UserAgent")
    if characteristic != "DeviceOS" or "/" not in query or agents is None or not agents.is_plausible(query):
        return None
    words = f"{quoted(query)} has the form of a UserAgent: compare that characteristic instead"
    return Hint(words, meant="UserAgent", elsewhere=True)


def _of_misform(query: str, wrong: Misform, values: ObservedValues) -> Hint:
    if wrong.meant is not None:
        seen = values.find(wrong.meant)
        longer = [value for value in values.starting_with(wrong.meant) if value.devices] if seen is None else []
        shown = str(seen) if seen is not None else sample(longer) if longer else quoted(wrong.meant)
        text = seen.text if seen is not None else wrong.meant if not longer else None
        certain = bool(longer) or shape(wrong.meant) in values.seen_shapes
        return Hint(f"{wrong.words}; write {shown}", certain, text)
    family = _of_family(query, values)
    inside = [seen for version, seen in family if wrong.within is not None and wrong.within(version)]
    shown = f"; the snapshot has {count(len(inside), 'such value')}{_total(inside)}: {sample(inside)}" if inside else ""
    return Hint(f"{wrong.words}: write one rule for each value that is meant{shown}", bool(family))


def _of_family(query: str, values: ObservedValues) -> Sequence[tuple[Version, ObservedValue]]:
    """Return the values of the snapshot that are of the system a text names, the lowest version first."""
    wanted = version_in(query)
    return values.families.get(fold(wanted[0]), ()) if wanted is not None else ()


def _of_name(characteristic: str, query: str, named: Iterable[str], values: ObservedValues) -> Hint:
    known = [values.find(value) or ObservedValue(value, 0, 0) for value in named]
    shown = listed(map(str, sorted(known, key=lambda seen: -seen.devices)), 4, " or ")
    words = f"{quoted(query)} is a name, not a value: such devices report {characteristic} {shown}"
    certain = any(seen.devices or form(seen.text) in values.seen_forms for seen in known)
    return Hint(words, certain, known[0].text if len(known) == 1 else None)


def _elsewhere(characteristic: str, query: str, values: ObservedValues, facts: Facts) -> Iterator[Hint]:
    found = list(facts.observed.elsewhere(characteristic, query))
    if found:
        names = [f"{name} of {count(seen.devices, 'device')}" if seen.devices else name for name, seen in found]
        certain = any(seen.devices for _, seen in found) and bool(_NUMBERS.search(query))
        words = f"{quoted(query)} is a {listed(names)}: compare that characteristic instead"
        yield Hint(
            words, certain and not values.is_plausible(query), found[0][0] if len(found) == 1 else None, elsewhere=True
        )


def _is_cut_off(characteristic: str, query: str, values: ObservedValues) -> bool:
    """Return whether a text is only the beginning of a value: a system without a version, an Apple model without parts.

    The model of one maker can be the beginning of another model.
    """
    if characteristic in {"DeviceOS", "UserAgent"}:
        return not values.is_plausible(query) or (characteristic == "UserAgent" and "/" not in query)
    return characteristic == "DeviceModel" and _APPLE.fullmatch(query) is not None


def _near(characteristic: str, query: str, values: ObservedValues) -> Iterator[Hint]:
    near = values.mistyped(query)
    if near is not None:
        yield Hint(f"did you mean {near}?", meant=near.text)
    elif not values.is_plausible(query) and (parts := values.within(query)):
        guess = is_versioned(characteristic, query)  # a version of a system has the name of the system in it
        yield Hint(f"rules compare whole values; it contains {sample(parts, 2)}", guess=guess)
    elif len(query) > 2 and (containing := values.containing(query)):
        yield Hint(f"these values contain it{_total(containing)}: {sample(containing)}")


def _total(values: list[ObservedValue]) -> str:
    devices = sum(seen.devices for seen in values)
    return f", {count(devices, 'device')} in all" if devices and len(values) > 1 else ""
