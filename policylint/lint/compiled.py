"""Rules as plain data, as a wheel carries them: read once when it is built, so that no run reads their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.diagnostic import Severity
from policylint.documentation import rule_address
from policylint.lint.load import QUESTIONS
from policylint.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row: TypeAlias = Mapping[str, Any]
    """What a rule has that is not the default of its field: texts, numbers, days, lists and mappings of them."""


def rows_of(rules: Iterable[Rule]) -> tuple[Row, ...]:
    """Return rules as data that Python reads again as `repr` writes it, where it knows `datetime` and `Control`."""
    return tuple(map(_row, rules))


def _row(rule: Rule) -> Row:
    found = {
        name: value
        for name, value in rule._asdict().items()
        if name not in {"path", "url"} and value != Rule._field_defaults.get(name, ...)
    }
    for name in ("severity", "severity_when_certain"):
        if name in found:
            found[name] = str(found[name])
    if rule.predicate is not None:
        found["predicate"] = rule.predicate.name
    if rule.params:
        found["params"] = dict(rule.params)
    return found


def rules_of(rows: Iterable[Row], folder: str) -> Sequence[Rule]:
    """Return the rules of `rows_of`, which are those of the folders below `folder`."""
    return [_rule(row, f"{folder}/{row['group']}/{row['id']}/rule.yaml") for row in rows]


def _rule(row: Row, path: str) -> Rule:
    found = {**row, "path": path, "severity": Severity(row["severity"]), "url": rule_address(row["id"])}
    if "severity_when_certain" in row:
        found["severity_when_certain"] = Severity(row["severity_when_certain"])
    if "predicate" in row:
        found["predicate"] = QUESTIONS[row["predicate"]]
    return Rule(**found)
