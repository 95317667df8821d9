"""Other live states of the example: what the next export would hold after something changed it, and others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, uuid5

from tests.sealed import seal
from tests.worlds import STORE, shown
from tools import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def applied(live: str, plan: str, simulated: str, moment: datetime) -> bytes:
    """Return a sealed snapshot, taken at `moment`, of live state after a plan.

    `plan` is a saved plan for `live`, and `simulated` what `simulate --full --format json` says of the two: each device
    whose access changes reports from then on what the desired state gives it.
    """

    def take(sections: dict[str, Any]) -> None:
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

    return _exported_again(live, moment, take)


def by_hand(live: str, lines: str, moment: datetime) -> bytes:
    """Return a sealed snapshot, taken at `moment`, of live state after somebody typed some lines of PowerShell.

    A line is a New-, Set- or Remove- cmdlet of an object that a policy can have, or `Remove-MobileDevice`: an identity
    where there is one, and parameters with a value or with `@{Add='...'}`. Raises AssertionError for any other.
    """

    def type_all(sections: dict[str, Any]) -> None:
        for line in filter(None, lines.splitlines()):
            _type(sections, line)

    return _exported_again(live, moment, type_all)


def named(name: str) -> bytes:
    """Return the live state of the example as that of an organization with another name, and the ID of no other."""
    text = (EXAMPLE / "live.json").read_text("utf-8").replace("contoso", name)
    sections = json.loads(text)
    header = sections["header"]
    if name != "contoso":
        header |= {each: str(uuid5(NAMESPACE_DNS, f"{each}.{name}.com")) for each in ("tenant", "organizationGuid")}
    sections["organization"]["Guid"] = header["organizationGuid"]
    return _sealed(sections)


def opened(live: str) -> bytes:
    """Return the sealed snapshot of an organization that lets in every device that no rule names, as Exchange comes."""
    sections = json.loads(live)
    sections["organization"]["DefaultAccessLevel"] = "Allow"
    for row in sections["devices"]:
        if (row["DeviceAccessState"], row["DeviceAccessStateReason"]) == ("Quarantined", "Global"):
            row["DeviceAccessState"] = "Allowed"
    return _sealed(sections)


def _exported_again(live: str, moment: datetime, change: Callable[[dict[str, Any]], None]) -> bytes:
    sections = json.loads(live)
    sections["header"] |= {"takenAt": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    change(sections)
    return _sealed(sections)


def _sealed(sections: dict[str, Any]) -> bytes:
    header = sections.pop("header")
    del header["format"]
    complete = sections.pop("seal")["complete"]
    organization = sections.pop("organization")
    return seal(header, organization=organization, complete=_kept(complete), **sections)


def _type(sections: dict[str, Any], line: str) -> None:
    """Change the rows of a snapshot as a line of PowerShell does."""
    cmdlet, _, rest = line.partition(" ")
    word = re.match(r"(?!-)(?:'[^']*'|\S+)", rest)
    identity = word[0].strip("'") if word else None
    given = {name: value.strip("'") for name, value in re.findall(r"-(\w+) (@\{.*?\}|'[^']*'|\S+)", rest)}
    if cmdlet == "Remove-MobileDevice":
        (device,) = (row for row in sections["devices"] if identity in (row["Identity"], row["Guid"]))
        sections["devices"].remove(device)
        return
    (kind,) = (kind for kind in STORE.object_types.values() if cmdlet in kind.cmdlets.values())
    rows = sections[kind.section]
    if cmdlet == kind.cmdlets.get("new"):
        identified = kind.identify(given)
        assert identified is not None, line
        rows.append({"Identity": identified[0], "Name": identified[0], **given})
        return
    (row,) = [rows] if isinstance(rows, dict) else [row for row in rows if identity in _names(row)]
    if cmdlet == kind.cmdlets.get("remove"):
        rows.remove(row)
        return
    for name, value in given.items():
        edits = {part: re.findall(r"'([^']+)'", items) for part, items in re.findall(r"(Add|Remove)=([^;}]+)", value)}
        if name in kind.lists:
            assert edits, line
            kept = [each for each in row[name] if each not in edits.get("Remove", ())]
            row[name] = [*kept, *edits.get("Add", ())]
        else:
            row[name] = value.removeprefix("$").capitalize() if value.startswith("$") else value


def _names(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["Identity"], row.get("PrimarySmtpAddress")


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
