"""The simulation as CSV: one row a device, or one a group, for spreadsheets and scripts.

Cells, quotes and line ends are as RFC 4180 has them. A row is one line.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from policylint.access.describe import because, location_words
from policylint.escape import csv_cell
from policylint.model.device import PROPERTIES
from policylint.render.phrases import ALL_STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.decision import Decision
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import DeviceAccess, Simulation
    from policylint.analysis.stale import Stale
    from policylint.model.device import Device

DEVICE_COLUMNS = (
    *("mailbox", "deviceId", "clientType", "clientVersion", *PROPERTIES, "reportedState", "reportedReason"),
    *("liveState", "liveReason", "liveDecidedBy", "desiredState", "desiredReason", "desiredStep", "desiredDecidedBy"),
    *("desiredPlace", "changed", "disputed", "notes", "firstSync", "lastSync"),
)
GROUP_COLUMNS = (
    "value",
    "devices",
    *(f"{side}{state or 'NotDecided'}" for side in ("live", "desired") for state in ALL_STATES),
    "changed",
    "partnerships",
)


def render_devices_csv(simulation: Simulation, stale: Stale | None = None, *, alone: bool = False) -> str:
    """Return one row a device, in the order of the simulation. Where live state stands alone, nothing is desired.

    Where stale devices were asked for, one row for each of these.
    """
    shown = simulation.each()
    if stale is not None:
        wanted = {_name(each.device) for each in stale.devices}
        shown = (access for access in shown if _name(access.device) in wanted)
    return csv_text(DEVICE_COLUMNS, (_device(access, alone=alone) for access in shown))


def _name(device: Device) -> tuple[str, ...]:
    return device.owner, device.device_id, device.guid, device.client_type, device.last_sync


def render_groups_csv(groups: Iterable[DeviceGroup], *, alone: bool = False) -> str:
    """Return one row a group, in the order given. Where live state stands alone, nothing is desired."""
    rows = (
        [
            group.value or "",
            group.devices,
            *(group.live.get(state, 0) for state in ALL_STATES),
            *("" if alone else group.desired.get(state, 0) for state in ALL_STATES),
            group.changed,
            group.partnerships.active_sync if group.partnerships is not None else "",
        ]
        for group in groups
    )
    return csv_text(GROUP_COLUMNS, rows)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows beneath the names of their columns; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def _device(access: DeviceAccess, *, alone: bool) -> list[object]:
    device, live, desired = access.device, access.live, access.desired
    return [
        *(device.owner, device.device_id, device.client_type, device.client_version),
        *(value or "" for value in device.device_class),
        *(device.live_state, device.live_reason),
        *(_state(live), live.reason or "" if live is not None else "", because(live) if live is not None else ""),
        *_desired(None if alone else desired),
        *(_truth(access.changed), _truth(desired.disputed), "; ".join((*desired.notes, *_assumed(desired)))),
        *(device.first_sync, device.last_sync),
    ]


def _desired(decision: Decision | None) -> tuple[str, ...]:
    if decision is None:
        return ("",) * 5
    return _state(decision), decision.reason or "", decision.step, because(decision), location_words(decision)


def _assumed(decision: Decision) -> tuple[str, ...]:
    return (f"assumed: {', '.join(decision.not_read)} not read",) if decision.not_read else ()


def _state(decision: Decision | None) -> str:
    return "" if decision is None else decision.state or "not decided here"


def _truth(value: bool) -> str:
    return "true" if value else "false"
