"""Live state after the script of a plan was run: what the next export of the example would hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.sealed import seal
from tests.worlds import STORE, shown

if TYPE_CHECKING:
    from datetime import datetime


def applied(live: str, plan: str, simulated: str, moment: datetime) -> bytes:
    """Return a sealed snapshot, taken at `moment`, of live state after a plan.

    `plan` is a saved plan for `live`, and `simulated` what `simulate --full --format json` says of the two: each device
    whose access changes reports from then on what the desired state gives it.
    """
    sections = json.loads(live)
    header = sections.pop("header") | {"takenAt": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    complete = sections.pop("seal")["complete"]
    for step in json.loads(plan)["steps"]:
        _take(sections, step)
    changed = {
        (device["mailbox"], device["deviceId"]): device["desired"]
        for device in json.loads(simulated)["devices"]
        if _outcome(device["live"]) != _outcome(device["desired"])
    }
    for row in sections["devices"]:
        if (got := changed.get((row["mailbox"], row["DeviceId"]))) and got["reason"] is not None:
            rule = got["decidedBy"]["identity"] if got["reason"] == "DeviceRule" else ""
            row |= {
                "DeviceAccessState": got["state"],
                "DeviceAccessStateReason": got["reason"],
                "DeviceAccessControlRule": rule,
            }
    del header["format"]
    organization = sections.pop("organization")
    return seal(header, organization=organization, complete=_kept(complete), **sections)


def _outcome(decision: dict[str, Any]) -> tuple[Any, ...]:
    return decision["state"], decision["reason"], (decision["decidedBy"] or {}).get("identity")


def _kept(complete: dict[str, Any]) -> dict[str, Any]:
    return {name: whole for name, whole in complete.items() if whole is not True}


def _take(sections: dict[str, Any], step: dict[str, Any]) -> None:
    """Change the rows of a snapshot as one step of a plan does."""
    kind = STORE.object_type(step["kind"])
    rows = sections[kind.section]
    found = [rows] if isinstance(rows, dict) else [row for row in rows if _is(row, step)]
    if step["action"] == "delete":
        rows.remove(*found)
        return
    if step["action"] == "create":
        found = [{"Identity": step["identity"], "Name": step["identity"], **step["target"]}]
        rows.extend(found)
    (row,) = found
    for change in step["changes"]:
        name, after = change["property"], change["after"]
        row[name] = shown(kind.settings[name].kind, tuple(after) if isinstance(after, list) else after)
        if name == "ActiveSyncMailboxPolicy":
            row["ActiveSyncMailboxPolicyIsDefaulted"] = str(after is None)


def _is(row: dict[str, Any], step: dict[str, Any]) -> bool:
    names = ("Guid",) if "Guid" in step["target"] else tuple(step["target"])
    return all(row.get(name) == step["target"][name] for name in names)
