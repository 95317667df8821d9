"""Devices that were approved or denied as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.edit.approval import stands_in_the_way
from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from policylint.edit.approval import Choice, Chosen, Outcome
    from policylint.edit.class_rule import ClassRule

FORMAT = {"approve": "policylint-approve/1", "deny": "policylint-deny/1"}


def choice_record(choice: Choice, outcome: Outcome, diff: str | None = None) -> dict[str, Any]:
    """Return what became of devices; with a diff of the files where one was asked for."""
    verb = choice.request.verb
    return {
        "format": FORMAT[verb],
        "outcome": outcome,
        "edits": [
            {
                "path": each.path,
                **_record(each),
                "seen": each.seen,
                "before": decision_record(each.before),
                "after": decision_record(each.after),
                "standsInTheWay": stands_in_the_way(each, verb) or None,
                "notes": list(each.notes),
            }
            for each in choice.of_status("edited")
        ],
        "already": [{**_record(each), "why": each.why} for each in choice.of_status("already")],
        "refused": [{**_record(each), "why": each.why, "help": each.help} for each in choice.of_status("refused")],
        "leftOut": [
            {"why": group.why, "number": group.number, "devices": [device_record(each) for each in group.devices]}
            for group in choice.left_out
        ],
        "rule": _rule(choice.rule) if choice.rule is not None else None,
        **({"diff": diff} if diff is not None else {}),
    }


def _record(row: Chosen) -> dict[str, Any]:
    return device_record(row.device)


def _rule(found: ClassRule) -> dict[str, Any]:
    rule, admitted = found.rule, found.admitted
    return {
        "path": found.path,
        **{name: rule.text(name) for name in ("Characteristic", "QueryString", "AccessLevel")},
        "admits": [device_record(each) for each in admitted.devices] if admitted is not None else [],
        "contradicting": admitted.contradicting if admitted is not None else 0,
        "catalogRows": admitted.known if admitted is not None else 0,
    }
