"""The two PowerShell scripts: fixed, reviewed templates whose one data table is filled in with literals.

Data enters a script in two places only: the table, through `literal`, and the comment at the top, through closed
patterns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from policylint.errors import PlanError
from policylint.render.literals import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PLAN_FORMAT: Final = "policylint-plan/1"
SECTIONS: Final = ("organization", "deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes", "devices")
OPTIONAL: Final = ("mailboxPlans", "deviceAutoblockThresholds")

_ACTIONS: Final = {
    "organization": ("update",),
    "deviceAccessRule": ("create", "update", "delete"),
    "mobileDeviceMailboxPolicy": ("create", "update", "delete"),
    "mailbox": ("update",),
    "mailboxPlan": ("update",),
    "deviceAutoblockThreshold": ("update",),
}
_TARGET_KEYS: Final = {
    "organization": (),
    "deviceAccessRule": ("Characteristic", "QueryString"),
    "mobileDeviceMailboxPolicy": ("Name", "Guid"),
    "mailbox": ("PrimarySmtpAddress", "Guid", "Identity"),
    "mailboxPlan": ("Name", "Guid", "DisplayName"),
    "deviceAutoblockThreshold": ("Identity",),
}
_VALUE_KINDS: Final = frozenset(
    {"bool", "enum", "string", "int", "nullable-int", "unlimited-int", "timespan", "unlimited-timespan"}
    | {"unlimited-bytes", "strings", "policy-ref"}
)
_HEAD: Final = (
    *("format", "tool", "createdAt", "notAfter", "fingerprint"),
    *("edition", "tenant", "organization", "organizationGuid"),
)
_PATTERNS: Final = {
    "tool": re.compile(r"\d+(\.\d+)*[0-9a-z.+-]{0,40}"),
    "createdAt": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "notAfter": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "edition": re.compile(r"exchange-[a-z0-9]{2,12}"),
    "fingerprint": re.compile(r"sha256:[0-9a-f]{64}"),
}
_STEP_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PARAMETER: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,63}")

# A property becomes a parameter of a changing cmdlet; these are parameters that are no properties.
_NOT_PROPERTIES: Final = frozenset(
    {"identity", "whatif", "confirm", "force", "domaincontroller", "ignoredefaultscope", "resetautoblockeddevices"}
    | {"verbose", "debug", "outvariable", "outbuffer", "pipelinevariable", "progressaction"}
    | {f"{stream}{suffix}" for stream in ("error", "warning", "information") for suffix in ("action", "variable")}
)


def render_converge_script(template: str, plan: Mapping[str, Any]) -> str:
    """Return the script that applies the plan: CRLF line ends, printable ASCII.

    Raises:
        PlanError: when the plan is not of this format or holds a step that no script may take.
        LiteralError: when a text of it cannot be written as PowerShell (NUL, lone surrogate).
    """
    _check_plan(plan)
    steps = plan["steps"]
    until = f"refused after {plan['notAfter']}" if plan["notAfter"] is not None else "with no end time"
    head = (
        f"# policylint {plan['tool']}: applies one reviewed plan to mobile device access settings of Exchange.\n"
        f"# Plan {plan['fingerprint']}, {len(steps)} steps for {plan['edition']}.\n"
        f"# Created {plan['createdAt']}, {until}.\n"
    )
    rows = [f"    {literal(key)} = {literal(plan.get(key))}" for key in _HEAD]
    table = _table("Plan", [*rows, f"    'steps' = {_rows(_step_row(step) for step in steps)}"])
    return _crlf(head + _filled(template, "Plan", table))


def render_export_script(template: str, *, edition: str, tool: str, sections: Mapping[str, Sequence[str]]) -> str:
    """Return the read-only script that writes a snapshot: CRLF line ends, printable ASCII.

    `sections` maps each section of a snapshot to the properties to read, in the order in which they are written.

    Raises:
        PlanError: when a section is missing or unknown, or a name is not one of a property.
    """
    _check_text("tool", tool)
    _check_text("edition", edition)
    if set(sections) - set(OPTIONAL) != set(SECTIONS):
        raise PlanError(f"sections of a snapshot are {', '.join(SECTIONS)}")
    for name in (name for names in sections.values() for name in names if name != "mailbox"):
        if not _PARAMETER.fullmatch(name):
            raise PlanError(f"`{name}` is not the name of a property")
    head = f"# policylint {tool}: reads mobile device access settings ({edition}) into one sealed file.\n"
    rows = [f"    'tool' = {literal(tool)}", f"    'edition' = {literal(edition)}"]
    written = [section for section in (*SECTIONS, *OPTIONAL) if section in sections]
    rows += [f"    {literal(section)} = {literal(list(sections[section]))}" for section in written]
    return _crlf(head + _filled(template, "Export", _table("Export", rows)))


def _check_plan(plan: Mapping[str, Any]) -> None:
    """Raise when the plan is not one this version may turn to code."""
    if plan.get("format") != PLAN_FORMAT:
        raise PlanError(f"not a plan of format {PLAN_FORMAT}: `{plan.get('format')}`")
    for key in _PATTERNS:
        if key != "notAfter" or plan.get(key) is not None:
            _check_text(key, plan.get(key))
    seen: set[str] = set()
    for step in plan["steps"]:
        if not _STEP_ID.fullmatch(str(step["id"])) or step["id"].lower() in seen:
            raise PlanError(f"step id `{step['id']}` is malformed or used twice")
        seen.add(step["id"].lower())
        _check_step(step)


def _check_text(key: str, value: Any) -> None:
    if not isinstance(value, str) or not _PATTERNS[key].fullmatch(value):
        raise PlanError(f"`{key}` is malformed: `{value}`")


def _check_step(step: Mapping[str, Any]) -> None:
    """Raise when a step is none of the ten changes the script knows, or sets what is not a property."""
    if step["action"] not in _ACTIONS.get(step["kind"], ()):
        raise PlanError(f"step {step['id']} would {step['action']} a `{step['kind']}`, which no plan does")
    for change in step["changes"]:
        name, kind = change["property"], change["kind"]
        if not _PARAMETER.fullmatch(name) or name.lower() in _NOT_PROPERTIES:
            raise PlanError(f"step {step['id']} changes `{name}`, which is not a property")
        if kind not in _VALUE_KINDS:
            raise PlanError(f"step {step['id']} has a value of the unknown kind `{kind}`")


def _step_row(step: Mapping[str, Any]) -> str:
    """Return the literal of what the script needs of one step, on one line."""
    target = step["target"]
    changes = [{key: change.get(key) for key in ("property", "kind", "before", "after")} for change in step["changes"]]
    return literal(
        {
            "id": step["id"],
            "action": step["action"],
            "kind": step["kind"],
            "identity": step["identity"],
            "target": {key: target.get(key) for key in _TARGET_KEYS[step["kind"]]},
            "changes": changes,
        }
    )


def _rows(rows: Iterable[str]) -> str:
    """Return an array literal with one row on each line."""
    lines = ",\n".join(f"        {row}" for row in rows)
    return f"@(\n{lines}\n    )" if lines else "@()"


def _table(name: str, rows: Sequence[str]) -> str:
    return "\n".join([f"${name} = @{{", *rows, "}"])


def _filled(template: str, name: str, table: str) -> str:
    """Return the template with its one line that assigns an empty table replaced by the table."""
    lines = template.replace("\r\n", "\n").split("\n")
    marker = f"${name} = @{{}}"
    if lines.count(marker) != 1:
        raise ValueError(f"the template must have the line `{marker}` once")
    lines[lines.index(marker)] = table
    return "\n".join(lines)


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")
