"""Who gets in as JSON, format `policylint-simulate/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.impact import impact_of, impact_record
from policylint.access.partnerships import LIMIT
from policylint.analysis.contradictions import contradictions
from policylint.render.phrases import ALL_STATES
from policylint.render.records import class_record, decision_record, device_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.filter import DeviceFilter
    from policylint.access.grouping import DeviceGroup
    from policylint.access.partnerships import Partnerships
    from policylint.access.simulate import DeviceAccess, Simulation
    from policylint.analysis.contradictions import Contradictions
    from policylint.analysis.mismatch import Mismatch
    from policylint.analysis.stale import Stale


def simulation_record(
    simulation: Simulation,
    unexplained: Iterable[Mismatch] = (),
    groups: Sequence[DeviceGroup] | None = None,
    chosen: DeviceFilter | None = None,
    stale: Stale | None = None,
    *,
    alone: bool = False,
) -> dict[str, Any]:
    """Return every device and class as plain data; groups, the filter and stale devices where they were asked for.

    Devices and mismatches are iterators: there may be many.
    Where live state stands alone, nothing is desired.
    """
    grouped = {} if groups is None else {"groups": [_group(group, alone=alone) for group in groups]}
    return {
        "format": "policylint-simulate/1",
        "liveStateAlone": alone,
        **({"filter": _filter(chosen)} if chosen is not None and chosen.words else {}),
        "impact": impact_record(impact_of(simulation)),
        "classes": [
            {
                **class_record(access.device_class),
                "devices": access.devices,
                "live": decision_record(access.live),
                "desired": None if alone else decision_record(access.desired),
                "changed": access.changed,
            }
            for access in simulation.classes
        ],
        "devices": (_device(access, alone=alone) for access in simulation.each()),
        "disputed": {"devices": simulation.disputed, "otherwise": simulation.precedence_sensitive},
        "contradictions": _contradictions(contradictions(simulation)),
        "mismatches": (
            {
                **device_record(mismatch.device),
                "computed": decision_record(mismatch.decision),
                "candidates": list(mismatch.candidates),
                "since": mismatch.since or None,
            }
            for mismatch in unexplained
        ),
        **grouped,
        **({} if stale is None else {"stale": _stale(stale)}),
    }


def _stale(stale: Stale) -> dict[str, Any]:
    return {
        "days": stale.days,
        "devices": [
            {
                "mailbox": each.device.owner or None,
                "deviceId": each.device.device_id or None,
                "lastSync": each.device.last_sync,
                "days": each.days,
            }
            for each in stale.devices
        ],
        "notRead": stale.not_read,
    }


def _filter(chosen: DeviceFilter) -> dict[str, Any]:
    mailbox = chosen.mailbox.identity if chosen.mailbox is not None else None
    return {"state": chosen.state, "mailbox": mailbox, "changed": chosen.changed}


def _group(group: DeviceGroup, *, alone: bool) -> dict[str, Any]:
    return {
        "value": group.value,
        "devices": group.devices,
        **{
            side: {state or "notDecided": counts.get(state, 0) for state in ALL_STATES} if counts is not None else None
            for side, counts in (("live", group.live), ("desired", None if alone else group.desired))
        },
        "changed": group.changed,
        **({} if group.partnerships is None else {"partnerships": _partnerships(group.partnerships)}),
    }


def _partnerships(partnerships: Partnerships) -> dict[str, Any]:
    return {
        "activeSync": partnerships.active_sync,
        "others": partnerships.others,
        "documentedLimit": LIMIT,
        "nearLimit": partnerships.is_near,
    }


def _contradictions(found: Contradictions) -> dict[str, Any]:
    example = {} if found.example is None else {"example": {**device_record(found.example), "words": found.words}}
    return {"devices": found.devices, "letIn": found.admitted, **example}


def _device(access: DeviceAccess, *, alone: bool) -> dict[str, Any]:
    return {
        **device_record(access.device),
        "live": decision_record(access.live),
        "desired": None if alone else decision_record(access.desired),
        "changed": access.changed,
    }
