"""The two PowerShell scripts: fixed, reviewed templates whose one data table is filled in with literals.

Data enters a script in two places only: the table, through `literal`, and the comment at the top, through closed
patterns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policylint.errors import PlanError
from policylint.model.device import PROPERTIES
from policylint.model.state import RULE
from policylint.render.literals import literal
from policylint.schema.store import DEVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.desired.enforcement import DesiredEnforcement
    from policylint.plan.change import PlanStep
    from policylint.plan.plan import Plan
    from policylint.schema.store import ObjectType, SchemaStore

_HEAD = (
    *("format", "tool", "createdAt", "notAfter", "fingerprint"),
    *("edition", "tenant", "organization", "organizationGuid"),
)
_PATTERNS = {
    "tool": re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}[0-9a-z.+-]{0,40}"),
    "edition": re.compile(r"exchange-[a-z0-9]{2,12}"),
}
_STEP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def render_converge_script(template: str, plan: Plan, store: SchemaStore) -> str:
    """Return the script that applies the plan: CRLF line ends, printable ASCII.

    Raises PlanError where the plan does not say which organization it is for, or has a step that no script may take;
    LiteralError where a text of it cannot be written as PowerShell (NUL, lone surrogate).
    """
    from policylint.plan.planfile import plan_record  # the exporting script needs none of it

    _check_plan(plan, store)
    record = plan_record(plan)
    until = f"refused after {record['notAfter']}" if plan.not_after is not None else "with no end time"
    head = (
        f"# policylint {plan.tool}: applies one reviewed plan to mobile device access settings of Exchange.\n"
        f"# Plan {record['fingerprint']}, {len(plan.steps)} steps for {plan.edition}.\n"
        f"# Created {record['createdAt']}, {until}.\n"
    )
    used = {step.kind for step in plan.steps}
    kinds = (_kind_row(described, plan.edition) for name, described in store.object_types.items() if name in used)
    rows = [f"    {literal(key)} = {literal(record[key])}" for key in _HEAD]
    rows.append(f"    'objects' = {literal(_objects(plan, store))}")
    rows.append(f"    'kinds' = {_rows(kinds)}")
    table = _table("Plan", [*rows, f"    'steps' = {_rows(_step_row(step, store) for step in plan.steps)}"])
    return _crlf(head + _filled(template, "Plan", table))


def render_export_script(
    template: str, store: SchemaStore, *, edition: str, tool: str, desired: DesiredEnforcement | None = None
) -> str:
    """Return the read-only script that writes a snapshot: CRLF line ends, printable ASCII.

    `desired` tells it of the mailboxes that a policy makes strict, so that it reads their statistics too.
    Raises PlanError where the edition or the version is malformed.
    """
    _check_text("tool", tool)
    _check_text("edition", edition)
    head = f"# policylint {tool}: reads mobile device access settings ({edition}) into one sealed file.\n"
    rows = [f"    'tool' = {literal(tool)}", f"    'edition' = {literal(edition)}"]
    strict, default, mailboxes = desired if desired is not None else ((), None, ())
    named = [{"mailbox": mailbox, "policy": policy} for mailbox, policy in mailboxes]
    rows.append(f"    'desired' = {literal({'strict': list(strict), 'default': default, 'mailboxes': named})}")
    characteristics = store.object_type(RULE).settings["Characteristic"].members
    rows.append(f"    'characteristics' = {literal(list(characteristics))}")
    rows.append(f"    'sections' = {_rows(literal(row) for row in _export_rows(store, edition))}")
    return _crlf(head + _filled(template, "Export", _table("Export", rows)))


def _export_rows(store: SchemaStore, edition: str) -> Iterator[dict[str, Any]]:
    """Yield what the exporting script must know of each section of a snapshot that the edition has, in their order."""
    for section, described in store.sections.items():
        if described.exists_in(edition):
            settings = [name for name, setting in described.settings.items() if setting.exists_in(edition)]
            addresses = [described.addresses] if described.addresses is not None else []
            yield {
                "name": section,
                "cmdlet": described.cmdlets["get"],
                "optional": described.optional,
                "properties": [*dict.fromkeys((*described.ids, *addresses, *described.read, *settings))],
                "lists": [*addresses, *(name for name in described.lists if name in settings)],
                "personal": list(described.personal),
            } | ({"paths": list(described.paths)} if described.paths else {})
    devices = store.schema(DEVICE)
    names, statistics = [*devices["properties"]], devices["exchange"]["statistics"]
    own = names[: names.index(PROPERTIES[0])]  # what is of one device alone, and so stands first in its line
    yield {
        "name": "devices",
        "cmdlet": devices["exchange"]["get"],
        "optional": False,
        "properties": [name for name in names if name in own or name not in statistics],
        "statistics": statistics,
        "lists": [],
        "personal": devices["exchange"]["personal"],
        "paths": devices["exchange"]["paths"],
    }


def _check_plan(plan: Plan, store: SchemaStore) -> None:
    """Raise when the plan is not one that may become code."""
    _check_text("tool", plan.tool)
    _check_text("edition", plan.edition)
    if not plan.source.says_whose(plan.edition):
        hint = "export again in a session that shows the Guid of the organization settings, and plan again"
        raise PlanError("the plan does not say which organization it is for, so its script could run in any", help=hint)
    seen: set[str] = set()
    for step in plan.steps:
        if not _STEP_ID.fullmatch(step.id) or step.id.lower() in seen:
            raise PlanError(f"step id `{step.id}` is malformed or used twice")
        seen.add(step.id.lower())
        _check_step(step, store, plan.edition)


def _check_text(key: str, value: str) -> None:
    if not _PATTERNS[key].fullmatch(value):
        raise PlanError(f"`{key}` is malformed: `{value}`")


def _check_step(step: PlanStep, store: SchemaStore, edition: str) -> None:
    """Raise when a step is no change that Exchange has a cmdlet for, or sets what is no setting of the object."""
    described = store.object_types.get(step.kind)
    if described is None or step.action not in described.actions:
        raise PlanError(f"step {step.id} would {step.action} a `{step.kind}`, which no plan does")
    # A property becomes a parameter of a changing cmdlet, so it must be a setting and no other thing that one takes.
    settings = described.planned_in(edition)
    for change in step.changes:
        setting = settings.get(change.property)
        if setting is None:
            raise PlanError(f"step {step.id} changes `{change.property}`, which is no setting of a {described.title}")
        if change.kind != setting.kind:
            raise PlanError(f"step {step.id} has a value of the kind `{change.kind}`, {setting.name} is {setting.kind}")


def _objects(plan: Plan, store: SchemaStore) -> dict[str, int] | None:
    """Return how many objects the snapshot held by kind of object; None where the plan does not say."""
    objects = plan.source.objects
    if objects is None:
        return None
    return {each.name: objects[section] for section, each in store.sections.items() if section in objects}


def _kind_row(described: ObjectType, edition: str) -> str:
    """Return the literal of what the script needs of a kind of object, on one line.

    `settings` are those that a plan for the edition may set, so that the script sees what else a step changed.
    """
    return literal(
        {
            "name": described.name,
            "title": described.title,
            "cmdlets": {"read": described.cmdlets["get"], **described.actions},
            "key": list(described.key),
            "target": list(described.target),
            "settings": {name: setting.kind for name, setting in described.planned_in(edition).items()},
        }
    )


def _step_row(step: PlanStep, store: SchemaStore) -> str:
    """Return the literal of what the script needs of one step, on one line."""
    return literal(
        {
            "id": step.id,
            "action": step.action,
            "kind": step.kind,
            "identity": step.identity,
            "target": {key: step.target.get(key) for key in store.object_type(step.kind).target},
            "opens": step.opens,
            "closes": step.closes,
            "changes": [
                {"property": change.property, "kind": change.kind, "before": change.before, "after": change.after}
                for change in step.changes
            ],
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
