"""The two PowerShell scripts: fixed, reviewed templates whose one data table is filled in with literals.

Data enters a script in two places only: the table, through `literal`, and the comment at the top, through closed
patterns.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.documentation import Page
from policylint.errors import PlanError
from policylint.model.device import PROPERTIES
from policylint.model.state import RULE
from policylint.phrases import count, listed
from policylint.regex import regex
from policylint.render.literals import literal
from policylint.render.step_words import step_words
from policylint.schema.store import DEVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.desired.enforcement import DesiredEnforcement
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.part import Part
    from policylint.plan.plan import Plan
    from policylint.schema.store import ObjectType, SchemaStore

_HEAD = (
    *("format", "tool", "createdAt", "notAfter", "fingerprint"),
    *("edition", "tenant", "organization", "organizationGuid"),
)
_PATTERNS = {
    "tool": regex(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}[0-9a-z.+-]{0,40}"),
    "edition": regex(r"exchange-[a-z0-9]{2,12}"),
}
_PLACE = "<plan>"
"""The line of the template where its help says what the plan is. A blank line parts the help from other comments."""
_STEP_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def render_converge_script(template: str, plan: Plan, store: SchemaStore) -> str:
    """Return the script that applies the plan: CRLF line ends, printable ASCII.

    Raises PlanError where the plan does not say which organization it is for, or has a step that no script may take;
    LiteralError where a text of it cannot be written as PowerShell (NUL, lone surrogate).
    """
    return next(_converge_scripts(template, plan, store, [None]))


def render_parts(template: str, plan: Plan, store: SchemaStore, parts: Sequence[Part]) -> Iterator[str]:
    """Yield a script for each part of a plan, in the same way.

    Each has all steps of the plan, takes those of its part, and sees to it that those before them are done.
    """
    return _converge_scripts(template, plan, store, parts)


def _converge_scripts(template: str, plan: Plan, store: SchemaStore, parts: Sequence[Part | None]) -> Iterator[str]:
    from policylint.plan.evidence_table import evidence_table, table_digest  # the exporting script needs none of it
    from policylint.plan.planfile import plan_record

    _check_plan(plan, store)
    record = plan_record(plan)
    head = f"# policylint {plan.tool}: applies one reviewed plan to mobile device access settings of Exchange.\n"
    used = {step.kind for step in plan.steps}
    evidence, classes = evidence_table(record)
    values: dict[str, Any] = {
        **{key: record[key] for key in _HEAD},
        "takesBack": plan.takes_back.fingerprint if plan.takes_back is not None else None,
        "objects": _objects(plan, store),
        "evidence": evidence,
    }
    lists: dict[str, list[Any]] = {
        "classes": classes,
        "kinds": [_kind_row(each, plan.edition) for name, each in store.object_types.items() if name in used],
        "steps": [_step_row(step, store) for step in plan.steps],
    }
    values["digest"] = table_digest(values | lists)
    rows = [f"    {literal(key)} = {literal(value)}" for key, value in values.items()]
    rows.extend(f"    {literal(key)} = {_rows(map(literal, each))}" for key, each in lists.items())
    for part in parts:
        summary = [*_summary(plan, record, store), *([_of_part(plan, part)] if part is not None else [])]
        comment = head + "".join(f"# {line}\n" for line in summary) + "\n"
        table = _table("Plan", [*rows[:-2], f"    'part' = {literal(_part_row(part))}", *rows[-2:]])
        yield _crlf(comment + _filled(template.replace(_PLACE, "\n".join(summary)), "Plan", table))


def _summary(plan: Plan, record: Mapping[str, Any], store: SchemaStore) -> Iterator[str]:
    """Yield what the help of a script says of its plan. Nothing of it is text from outside."""
    until = f"refused after {record['notAfter']}" if plan.not_after is not None else "with no end time"
    yield f"Plan {record['fingerprint']}, {count(len(plan.steps), 'step')} for {plan.edition}."
    yield f"Created {record['createdAt']}, {until}."
    found = Counter((step.action, step.kind) for step in plan.steps)
    kinds = {kind: store.object_type(kind) for _, kind in found}
    numbers = [f"{action} {_number(kinds[kind], found[action, kind])}" for action, kind in sorted(found)]
    if numbers:
        yield f"Its steps {listed(numbers, None)}."


def _number(described: ObjectType, number: int) -> str:
    return described.title if described.single else count(number, described.title, described.plural)


def _of_part(plan: Plan, part: Part) -> str:
    ids = [step.id for step in plan.steps[part.first : part.end]]
    which = f"steps {ids[0]} to {ids[-1]}" if ids else "no step"
    return f"This is part {part.number} of {part.of}: {which}. The parts are run in their order."


def _part_row(part: Part | None) -> dict[str, int] | None:
    """Return what the script must know of the part that it is, with the places of its steps in the plan from 0."""
    if part is None:
        return None
    return {"number": part.number, "of": part.of, "from": part.first, "until": part.end}


def render_export_script(
    template: str, store: SchemaStore, *, edition: str, tool: str, desired: DesiredEnforcement | None = None
) -> str:
    """Return the read-only script that writes a snapshot: CRLF line ends, printable ASCII.

    `desired` tells it of the mailboxes that a policy makes strict, so that it reads their statistics too.
    Raises PlanError where the edition or the version is malformed.
    """
    _check_text("tool", tool)
    _check_text("edition", edition)
    head = f"# policylint {tool}: reads mobile device access settings ({edition}) into one sealed file.\n\n"
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
        raise PlanError(
            "the plan does not say which organization it is for, so its script could run in any",
            help=hint,
            page=Page.KEYS,
        )
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


def _kind_row(described: ObjectType, edition: str) -> dict[str, Any]:
    """Return what the script needs of a kind of object.

    `settings` are those that a plan for the edition may set, so that the script sees what else a step changed.
    """
    return {
        "name": described.name,
        "title": described.title,
        "cmdlets": {"read": described.cmdlets["get"], **described.actions},
        "key": list(described.key),
        "target": list(described.target),
        "settings": {name: setting.kind for name, setting in described.planned_in(edition).items()},
    }


def _step_row(step: PlanStep, store: SchemaStore) -> list[Any]:
    """Return what the script needs of one step, in the columns that `Read-Steps` of the script reads.

    None stands for a name that is the first of the target.
    """
    target = [step.target.get(key) for key in store.object_type(step.kind).target]
    return [
        step.id,
        step.action,
        step.kind,
        step_words(step, store),
        step.identity if step.identity not in target[:1] else None,
        target,
        step.opens,
        step.closes,
        *map(_change_row, step.changes),
    ]


def _change_row(change: PropertyChange) -> list[Any]:
    """Return the setting and its value before and after; of a list that is edited, before and what goes and comes."""
    before, after = change.before, change.after
    if isinstance(before, tuple) and isinstance(after, tuple):
        there, wanted = frozenset(before), frozenset(after)
        gone = [item for item in before if item not in wanted]
        return [change.property, before, gone, [item for item in after if item not in there]]
    return [change.property, before, after]


def _rows(rows: Iterable[str]) -> str:
    """Return an array literal with one row on each line."""
    texts = [*rows]
    # An array that is alone in the brackets would be taken apart.
    comma = "," if len(texts) == 1 and texts[0].startswith("@(") else ""
    lines = ",\n".join(f"        {comma}{row}" for row in texts)
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
