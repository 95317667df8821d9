"""The evidence of a plan as the converging script has it: what its steps touch, each class in a row of few words.

`Assert-Evidence` of the script reads it. A row has: how many devices; the places of what decides before and after; the
number of the step at which they switch, 0 for none and -1 where they flap; four values, each where a rule names it that
a step changes or that decides; the mailbox; the device ID; why the mailbox has its policy, and that policy. What is
None at the end of a row is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from policylint.checker import CHARACTERISTICS, PROPERTIES, SIDES, Check, decider

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.checker import Decider


def evidence_table(record: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[list[Any]]]:
    """Return the evidence of a saved plan for a script, None where it has none, and its classes."""
    evidence = record.get("evidence")
    if evidence is None:
        return None, []
    check = Check(record["steps"], evidence)
    numbers = {step["id"]: number for number, step in enumerate(record["steps"], start=1)}
    deciders: dict[tuple[Any, ...], int] = {}
    classes: list[list[Any]] = []
    others = 0
    for each in evidence["classes"]:
        ends = [decider(each[side]["by"]) for side in SIDES]
        if not check.touching(each, {end.setting for end in ends}):
            others += each["devices"]
            continue
        own = [(end.kind, end.identity, end.setting, end.value) for end in ends]
        own = [(*end[:1], None, end[2], None) if end[0] == "mailbox" else end for end in own]
        row = [
            each["devices"],
            *(deciders.setdefault(end, len(deciders)) for end in own),
            -1 if "flaps" in each else numbers.get(each.get("step"), 0),
            *_values(each, check, ends),
            *(each.get(name) for name in ("mailbox", "deviceId", "held", "policy")),
        ]
        while row[-1] is None:
            row.pop()
        classes.append(row)
    policies = [
        [row["policy"], row["before"], row["after"], row["default"], *row["also"]] for row in evidence["policies"]
    ]
    table = {
        "precedence": evidence["precedence"],
        "devices": record["impact"]["devices"],
        "others": others,
        "policies": policies,
        "deciders": [list(each) for each in deciders],
    }
    return table, classes


def table_digest(table: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the table of a script, which `Assert-Table` of the script compares."""
    return sha256("".join(_canonical(table)).encode("utf-16-le")).hexdigest()


def _canonical(value: Any) -> Iterator[str]:
    """Yield the pieces of a text that no other value has: a text with its length, a mapping in the order of keys."""
    if isinstance(value, Mapping):
        yield "{"
        for name in sorted(value):
            yield from (name, ":")
            yield from _canonical(value[name])
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield "["
        for each in value:
            yield from _canonical(each)
        yield "]"
    elif isinstance(value, str):
        yield f"{len(value.encode('utf-16-le')) // 2}'{value}"
    else:
        yield f"{value};".lower()


def _values(each: Mapping[str, Any], check: Check, ends: Sequence[Decider]) -> list[str | None]:
    """Return the four values of a class, each None unless what names it matters here."""
    deciding = {end.identity for end in ends}
    pairs = zip(PROPERTIES, CHARACTERISTICS, strict=True)
    named = [(each.get(name), f"{each.get(name)} ({of})") for name, of in pairs]
    return [value if identity in check.rules or identity in deciding else None for value, identity in named]
