"""The journal that the converging script would write, from a plan and the states that its steps go through."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from policylint.model.state import POLICY
from policylint.plan.planfile import plan_record
from tests.laws.reference_exchange import apply, key_of
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.model.state import State
    from policylint.plan.plan import Plan


class Scribe:
    """Takes steps of a plan from live state on, and writes the journal of it; `state` is what that comes to."""

    def __init__(self, made: Plan, live: State, began: datetime = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)) -> None:
        self.began = began
        self.record = plan_record(made)
        self.state = live
        self.lines: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        """Return the journal."""
        return "".join(json.dumps(line) + "\n" for line in self.lines)

    def run(self, steps: Iterable[int], unknown: int | None = None, *, happened: bool = True) -> Scribe:
        """Take some steps by their places, and at last one of which the journal does not say whether it happened."""
        chosen = [*steps, *([unknown] if unknown is not None else [])]
        ids = [self.record["steps"][place]["id"] for place in chosen]
        self.line(None, "start", run=self.header(ids))
        for place in chosen:
            step = self.record["steps"][place]
            found, after = self.object(step)
            values = self.values(found)
            self.line(step["id"], "start", object=found, **values)
            if place != unknown:
                self.line(step["id"], "changed", **values)
                self.line(step["id"], "verified", **values)
            if place != unknown or happened:
                self.state = after
        if unknown is None:
            summary = {"changed": len(chosen), "alreadySo": 0, "left": 0, "seconds": 1}
            self.line(None, "end", outcome="done", summary=summary)
        return self

    def line(self, step: str | None, event: str, **more: Any) -> None:
        """Write one line."""
        written = {
            "time": f"{self.began + timedelta(seconds=len(self.lines) % 60):%Y-%m-%dT%H:%M:%S}.000Z",
            "fingerprint": self.record["fingerprint"],
            "step": step,
            "event": event,
            "before": None,
            "after": None,
            "message": None,
            **more,
        }
        self.lines.append(json.loads(json.dumps(written)))

    def header(self, steps: list[str]) -> dict[str, Any]:
        """Return who runs what."""
        same = ("tool", "edition", "tenant", "organization", "organizationGuid", "createdAt", "notAfter")
        takes_back = self.record.get("takesBack")
        return {
            "format": "policylint-journal/1",
            **{name: self.record[name] for name in same},
            "takesBack": takes_back["fingerprint"] if takes_back is not None else None,
            "steps": steps,
            "by": "ada@contoso.com",
            "machine": "PC1",
            "shell": "PowerShell 7.6.9 Core",
            "module": None,
            "script": None,
        }

    def object(self, step: dict[str, Any]) -> tuple[dict[str, Any], State]:
        """Return the object of a step as it is found and left, and the state after the step."""
        after = apply(self.state, step)
        live = self.state.of_kind(step["kind"]).get(key_of(self.state, step))
        left = after.of_kind(step["kind"]).get(key_of(self.state, step))
        changes = []
        names = [change["property"] for change in step["changes"]]
        settings = STORE.object_type(step["kind"]).planned_in(self.record["edition"])
        if step["action"] == "delete":
            assert live is not None
            names = [name for name in settings if name in live.settings]
        for name in names:
            before = live.get(name) if live is not None else None
            value = left.get(name) if left is not None else None
            changes.append({"property": name, "kind": settings[name].kind, "before": before, "after": value})
        found = {name: step[name] for name in ("action", "kind", "identity", "target")} | {"changes": changes}
        if step["kind"] == POLICY and any(each["property"] == "IsDefault" and each["after"] for each in changes):
            default = self.state.default_policy
            assert default is not None
            found["default"] = {"Name": default.identity, "Guid": None}
        return found, after

    @staticmethod
    def values(found: dict[str, Any]) -> dict[str, Any]:
        """Return the values of an object as they are beside it."""
        sides = {
            side: {change["property"]: change[side] for change in found["changes"]} for side in ("before", "after")
        }
        if found["action"] == "create":
            return {"after": sides["after"]}
        return sides if found["action"] == "update" else {"before": sides["before"]}
