"""Decisions as JSON: formats `policylint-simulate/1`, `policylint-why/1` and `policylint-test/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.decision import STATES
from policylint.access.impact import impact_of, impact_record
from policylint.model.device import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.access.decision import Decision
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import DeviceAccess, Simulation
    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult
    from policylint.analysis.mismatch import Mismatch
    from policylint.analysis.why import Explanation
    from policylint.model.device import Device, DeviceClass


def decision_record(decision: Decision | None) -> dict[str, Any] | None:
    """Return a decision as plain data."""
    if decision is None:
        return None
    entity, origin = decision.decided_by, decision.origin
    return {
        "state": decision.state,
        "reason": decision.reason,
        "step": decision.step,
        "decidedBy": None
        if entity is None
        else {
            "kind": entity.kind,
            "identity": entity.identity,
            "path": origin.path if origin is not None else None,
            "line": decision.line,
        },
        "disputed": decision.disputed,
        "notes": list(decision.notes),
    }


def simulation_record(
    simulation: Simulation, unexplained: Sequence[Mismatch] = (), groups: Sequence[DeviceGroup] | None = None
) -> dict[str, Any]:
    """Return every device and every class as plain data, and the groups where some were asked for."""
    grouped = {} if groups is None else {"groups": [_group(group) for group in groups]}
    return {
        "format": "policylint-simulate/1",
        "impact": impact_record(impact_of(simulation)),
        "classes": [
            {
                **class_record(access.device_class),
                "devices": access.devices,
                "live": decision_record(access.live),
                "desired": decision_record(access.desired),
                "changed": access.changed,
            }
            for access in simulation.classes
        ],
        "devices": [_device(access) for access in simulation.devices],
        "disputed": {"devices": simulation.disputed, "otherwise": simulation.otherwise},
        "mismatches": [
            {
                **_identity(mismatch.device),
                "computed": decision_record(mismatch.decision),
                "candidates": list(mismatch.candidates),
            }
            for mismatch in unexplained
        ],
        **grouped,
    }


def _group(group: DeviceGroup) -> dict[str, Any]:
    return {
        "value": group.value,
        "devices": group.devices,
        **{
            side: {state or "notDecided": counts.get(state, 0) for state in (*STATES, None)}
            for side, counts in (("live", group.live), ("desired", group.desired))
        },
        "changed": group.changed,
    }


def class_record(device_class: DeviceClass) -> dict[str, str | None]:
    """Return the values of a class by property."""
    return dict(zip(PROPERTIES, device_class, strict=True))


def _device(access: DeviceAccess) -> dict[str, Any]:
    return {
        **_identity(access.device),
        "live": decision_record(access.live),
        "desired": decision_record(access.desired),
        "changed": access.changed,
    }


def _identity(device: Device) -> dict[str, Any]:
    return {
        "mailbox": device.owner or None,
        "deviceId": device.device_id or None,
        "clientType": device.client_type,
        **class_record(device.device_class),
        "reported": {"state": device.live_state or None, "reason": device.live_reason or None},
    }


def why_record(explanations: Sequence[Explanation]) -> dict[str, Any]:
    """Return the steps of each decision as plain data."""
    return {
        "format": "policylint-why/1",
        "devices": [
            {
                **_identity(explanation.device),
                **{
                    side: None
                    if trace is None
                    else {
                        "steps": [
                            {
                                "step": step.step,
                                "question": step.question,
                                "answer": step.answer,
                                "decides": step.decision is not None,
                            }
                            for step in trace
                        ],
                        "decision": decision_record(trace[-1].decision),
                    }
                    for side, trace in (("live", explanation.live), ("desired", explanation.desired))
                },
                "mismatch": list(explanation.candidates),
                "changes": [
                    {
                        "changes": list(change.changes),
                        "decision": decision_record(change.decision),
                        "opens": change.opens,
                        "closes": change.closes,
                    }
                    for change in explanation.minimal_changes
                ],
            }
            for explanation in explanations
        ],
    }


def tests_record(
    results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult], covered: Coverage
) -> dict[str, Any]:
    """Return the outcome of each test and assertion, and what none of them covers, as plain data."""
    outcomes = [result.outcome for result in results]
    return {
        "format": "policylint-test/1",
        "summary": {
            "tests": len(results),
            **{word: outcomes.count(word) for word in ("passed", "failed", "undecided")},
        },
        "tests": [
            {
                "name": result.test.name,
                "path": result.test.origin.path,
                "line": result.test.origin.line,
                "outcome": result.outcome,
                "expected": {
                    "state": list(result.test.expect),
                    "reason": result.test.reason,
                    "rule": None
                    if result.test.rule is None
                    else {"Characteristic": result.test.rule[0], "QueryString": result.test.rule[1]},
                },
                "decision": decision_record(result.decision),
                "message": result.message,
            }
            for result in results
        ],
        "assertions": [_assertion(result) for result in asserted],
        "coverage": {
            "rules": covered.rules,
            "byTest": covered.by_test,
            "byDevice": covered.by_device,
            "never": [
                {"identity": rule.identity, "path": rule.origin.path, "line": rule.origin.line}
                for rule in covered.never
            ],
        },
    }


def _assertion(result: AssertionResult) -> dict[str, Any]:
    assertion = result.assertion
    return {
        "name": assertion.name,
        "kind": assertion.kind or None,
        "path": assertion.origin.path,
        "line": assertion.origin.line,
        "owner": assertion.owner or None,
        "reason": assertion.reason or None,
        "outcome": result.outcome,
        "witness": None if result.witness is None else _identity(result.witness),
        "decision": decision_record(result.decision),
        "before": decision_record(result.before),
        "message": result.message,
    }
