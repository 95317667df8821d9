"""The plan as one JSON object, format `policylint-plan/1`, and back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import partial
from json.encoder import encode_basestring_ascii as _text
from typing import TYPE_CHECKING, Any, TypeVar

from policylint.access.impact import impact_record, read_impact
from policylint.errors import PlanError
from policylint.escape import without_log_commands
from policylint.model.device import PROPERTIES
from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted, show
from policylint.plan.attribution import PARTS, attribution_record, read_attribution
from policylint.plan.audit import audit_record, read_audit_trail
from policylint.plan.change import PlanStep, PropertyChange
from policylint.plan.check import flaws
from policylint.plan.evidence import contradiction_of, evidence_record, read_evidence
from policylint.plan.moved import named_moves
from policylint.plan.plan import AffectedDevice, ConfigurationChange, Drift, Plan, PlanSource, Provenance, Revision
from policylint.plan.refusal import Refusal
from policylint.plan.ring import read_ring, ring_record
from policylint.plan.rollback import read_takes_back, takes_back_record
from policylint.schema.plain import compile_plain
from policylint.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policylint.model.entity import Value
    from policylint.plan.moved import Move
    from policylint.schema.store import SchemaStore

T = TypeVar("T")

FORMAT = "policylint-plan/1"
_SCHEMA = "policylint:output/plan-v1"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_OPTIONAL = ("declared", "reason", "owner", "part")
_AFFECTED, _NAMES = "affected", ("mailbox", "deviceId")
_AT_ONCE = 1000
_AGAIN = "make it again with `policylint plan --out`"


def plan_record(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain data, with a fingerprint over all of it."""
    record = _members(plan, list(map(_affected, plan.affected or ())))
    record["fingerprint"] = fingerprint(record)
    return record


def fingerprint_of(plan: Plan) -> str:
    """Return the fingerprint that the record of a plan has, without making one of each device."""
    hashed = hashlib.sha256()
    for piece in _pieces(_members(plan, None), plan, None):
        hashed.update(piece.encode("ascii"))
    return f"sha256:{hashed.hexdigest()}"


def plan_pieces(plan: Plan, indent: int, known: str = "") -> Iterator[str]:
    """Yield the text of the record of a plan, as `to_json` writes it, in pieces; devices may be many.

    `known` is the fingerprint of the plan, empty where that is to be made.
    """
    record = {**_members(plan, None), "fingerprint": known or fingerprint_of(plan)}
    yield from map(without_log_commands, _pieces(record, plan, indent))
    yield "\n"


def _pieces(record: Mapping[str, Any], plan: Plan, indent: int | None) -> Iterator[str]:
    """Yield the JSON of a record with the devices of a plan; as fingerprints are made of it where nothing is indented.

    No piece ends inside a text.
    """
    form = _Form(indent)
    for number, name in enumerate(form.ordered(record)):
        yield f"{',' if number else '{'}{form.line(1)}{json.dumps(name)}{form.colon}"
        if name == _AFFECTED and plan.affected:
            yield from form.rows(plan.affected)
        else:
            yield form.dumps([] if name == _AFFECTED else record[name], 1)
    yield f"{form.line(0)}}}"


class _Form(NamedTuple):
    """How JSON is written: by how much each level is indented; None is on one line, the keys in order."""

    indent: int | None

    @property
    def colon(self) -> str:
        return ":" if self.indent is None else ": "

    def ordered(self, names: Iterable[str]) -> Iterable[str]:
        return sorted(names) if self.indent is None else names

    def line(self, depth: int) -> str:
        """Return what is before a value at a depth."""
        return "" if self.indent is None else "\n" + " " * self.indent * depth

    def dumps(self, value: Any, depth: int) -> str:
        if self.indent is None:
            return _canonical(value)
        return json.dumps(value, indent=self.indent, ensure_ascii=True).replace("\n", self.line(depth))

    def rows(self, affected: Iterable[AffectedDevice]) -> Iterator[str]:
        """Yield the list of some devices; all that has nothing but another name is written once."""
        templates: dict[Move, str] = {}
        texts, start = [], "["
        names = slice(None, None, -1 if self.indent is None else 1)  # deviceId is before mailbox, by the alphabet
        for mailbox, device_id, move in named_moves(affected):
            template = templates.get(move)
            if template is None:
                template = templates[move] = self._template(move)
            texts.append(template % (_text(mailbox), _text(device_id))[names])
            if len(texts) == _AT_ONCE:
                yield start + ",".join(texts)
                texts, start = [], ","
        yield f"{start if texts else ''}{','.join(texts)}{self.line(1)}]"

    def _template(self, move: Move) -> str:
        record = _affected(AffectedDevice("", "", *move))
        parts = (
            f"{self.line(3)}{json.dumps(name)}{self.colon}"
            + ("%s" if name in _NAMES else json.dumps(record[name]).replace("%", "%%"))
            for name in self.ordered(record)
        )
        return f"{self.line(2)}{{{','.join(parts)}{self.line(2)}}}"


def _members(plan: Plan, affected: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return the record of a plan without its fingerprint, with some records of devices where it knows devices."""
    source = plan.source
    return {
        "format": FORMAT,
        "tool": plan.tool,
        "createdAt": plan.created_at.strftime(_TIME),
        "notAfter": plan.not_after.strftime(_TIME) if plan.not_after is not None else None,
        "edition": plan.edition,
        "tenant": source.tenant,
        "organization": source.organization,
        "organizationGuid": source.organization_guid,
        "snapshot": {
            "path": source.path,
            "takenAt": source.taken_at or None,
            "sha256": source.sha256,
            "ageHours": plan.age_hours,
            **({"objects": dict(source.objects)} if source.objects is not None else {}),
            **({"incomplete": dict(source.incomplete)} if source.incomplete is not None else {}),
        },
        "inSync": plan.in_sync,
        "steps": [_step(step) for step in plan.steps],
        "drift": [
            {**drift._asdict(), "live": _plain(drift.live), "desired": _plain(drift.desired)} for drift in plan.drift
        ],
        "impact": impact_record(plan.impact),
        "refusals": [_refusal(refusal) for refusal in plan.refusals],
        "acknowledged": [{**_refusal(refusal), "reason": reason} for refusal, reason in plan.acknowledged],
        "warnings": list(plan.warnings),
        **_provenance(plan.provenance),
        **({_AFFECTED: affected} if plan.affected is not None else {}),
        **{name: write(found) for name, (found, write) in _special(plan).items() if found is not None},
    }


def fingerprint(record: Mapping[str, Any]) -> str:
    """Return `sha256:` and the hash of everything in the record of a plan but its fingerprint."""
    rest = {name: value for name, value in record.items() if name != "fingerprint"}
    return "sha256:" + hashlib.sha256(_canonical(rest).encode("ascii")).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read_plan(text: str, path: str, store: SchemaStore, now: datetime) -> Plan:
    """Return a saved plan.

    Raises PlanError where it is not one that policylint can have made by now, is of another version, or was edited.
    The fingerprint is no secret, so all that follows from the schemas or from the rest of the plan is checked too.
    """
    try:
        record = parse_json(text)
    except ValueError as problem:
        raise _not_a_plan(path, str(problem)) from problem
    if not isinstance(record, dict) or "format" not in record:
        raise PlanError(f"{path}: not a plan", help=_AGAIN)
    if record["format"] != FORMAT:
        raise PlanError(f"{path}: its format is {quoted(record['format'])}, this version reads `{FORMAT}`", help=_AGAIN)
    if record.get("fingerprint") != fingerprint(record):
        raise PlanError(f"{path}: changed after it was made: the fingerprint does not match", help=_AGAIN)
    _check(record, path, store)
    try:
        plan = plan_of(record)
    except ValueError as problem:
        raise _not_a_plan(path, str(problem)) from problem
    flaw = next(flaws(plan, store, now), None) or _derived_otherwise(record, plan_record(plan))
    if flaw is not None:
        raise _not_a_plan(path, flaw)
    if (contradiction := contradiction_of(record)) is not None:
        raise _not_a_plan(path, f"it contradicts itself: {contradiction}")
    return plan


def _not_a_plan(path: str, why: str) -> PlanError:
    return PlanError(f"{path}: not a plan: {show(why, 200)}", help=_AGAIN)


def _derived_otherwise(record: Mapping[str, Any], derived: Mapping[str, Any]) -> str | None:
    """Return what a record says otherwise than the record made of its plan, None where that is nothing."""
    wrong = next((name for name, value in record.items() if derived[name] != value and name != "fingerprint"), None)
    return f"`{wrong}` is not what the rest of it says" if wrong is not None else None


def _check(record: Mapping[str, Any], path: str, store: SchemaStore) -> None:
    """Raise PlanError where a record is not as the schema of saved plans says."""
    if compile_plain(store.schema(_SCHEMA))(record):
        return
    import jsonschema  # takes long, and only what may be wrong needs it

    wrong = next(jsonschema.Draft202012Validator(store.schema(_SCHEMA)).iter_errors(record), None)
    if wrong is not None:
        raise _not_a_plan(path, f"{wrong.json_path}: {wrong.message}")


def plan_of(record: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_record` made plain data of."""
    snapshot = record["snapshot"]
    return Plan(
        tool=record["tool"],
        created_at=_time(record["createdAt"]),
        not_after=_time(record["notAfter"]) if record["notAfter"] is not None else None,
        edition=record["edition"],
        source=PlanSource(
            path=snapshot["path"],
            taken_at=snapshot["takenAt"] or "",
            sha256=snapshot["sha256"],
            tenant=record["tenant"],
            organization=record["organization"],
            organization_guid=record["organizationGuid"],
            objects=snapshot.get("objects"),
            incomplete=snapshot.get("incomplete"),
        ),
        steps=tuple(map(_read_step, record["steps"])),
        drift=tuple(
            Drift(**{**drift, "live": _value(drift["live"]), "desired": _value(drift["desired"])})
            for drift in record["drift"]
        ),
        impact=read_impact(record["impact"]),
        refusals=tuple(Refusal(**refusal) for refusal in record["refusals"]),
        acknowledged=tuple(
            (Refusal(**{name: text for name, text in each.items() if name != "reason"}), each["reason"])
            for each in record["acknowledged"]
        ),
        warnings=tuple(record["warnings"]),
        provenance=_read_provenance(record),
        affected=tuple(map(_read_affected, record["affected"])) if "affected" in record else None,
        attribution=_read(read_attribution, record.get("attribution")),
        ring=_read(read_ring, record.get("ring")),
        takes_back=_read(read_takes_back, record.get("takesBack")),
        evidence=_read(read_evidence, record.get("evidence")),
        audit=_read(read_audit_trail, record.get("audit")),
    )


def _special(plan: Plan) -> dict[str, tuple[Any, Callable[[Any], dict[str, Any]]]]:
    """Return what only some plans have, by its key, with the function that makes plain data of it."""
    return {
        "attribution": (plan.attribution, partial(attribution_record, plan)),
        "ring": (plan.ring, ring_record),
        "takesBack": (plan.takes_back, takes_back_record),
        "evidence": (plan.evidence, evidence_record),
        "audit": (plan.audit, audit_record),
    }


def _read(read: Callable[[Mapping[str, Any]], T], record: Mapping[str, Any] | None) -> T | None:
    return read(record) if record is not None else None


def _affected(device: AffectedDevice) -> dict[str, Any]:
    return {
        "mailbox": device.mailbox,
        "deviceId": device.device_id,
        **dict(zip(PROPERTIES, device.device_class, strict=True)),
        "from": device.before,
        "to": device.after,
        **({"part": device.part} if device.part else {}),
    }


def _read_affected(record: Mapping[str, Any]) -> AffectedDevice:
    return AffectedDevice(
        mailbox=record["mailbox"],
        device_id=record["deviceId"],
        device_class=(record[PROPERTIES[0]], record[PROPERTIES[1]], record[PROPERTIES[2]], record[PROPERTIES[3]]),
        before=record["from"],
        after=record["to"],
        part=record.get("part", ""),
    )


def _provenance(found: Provenance) -> dict[str, Any]:
    named = {"environment": found.environment} if found.environment is not None else {}
    return {
        "since": found.since._asdict() if found.since is not None else None,
        "revision": found.revision._asdict() if found.revision is not None else None,
        "configurationChanges": [change._asdict() for change in found.changed],
        "sinceProblem": found.problem,
        **named,
    }


def _read_provenance(record: Mapping[str, Any]) -> Provenance:
    since, revision = record.get("since"), record.get("revision")
    return Provenance(
        since=Revision(**since) if since is not None else None,
        revision=Revision(**revision) if revision is not None else None,
        changed=tuple(ConfigurationChange(**change) for change in record.get("configurationChanges", ())),
        problem=record.get("sinceProblem"),
        environment=record.get("environment"),
    )


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {name: text for name, text in refusal._asdict().items() if text or name != "summary"}


def _step(step: PlanStep) -> dict[str, Any]:
    record = {**step._asdict(), "target": dict(step.target), "changes": [_change(change) for change in step.changes]}
    return {name: value for name, value in record.items() if value or name not in _OPTIONAL}


def _read_step(record: Mapping[str, Any]) -> PlanStep:
    return PlanStep(**{**record, "changes": tuple(map(_read_change, record["changes"]))})


def _change(change: PropertyChange) -> dict[str, Any]:
    record: dict[str, Any] = {name: _plain(value) for name, value in change._asdict().items()}
    if change.known is None:
        del record["known"]
    if change.parts:
        record["parts"] = dict(change.parts)
    else:
        del record["parts"]
    return record


def _read_change(record: Mapping[str, Any]) -> PropertyChange:
    parts = tuple((part, record["parts"][part]) for part in PARTS if part in record.get("parts", {}))
    return PropertyChange(**{**{name: _value(value) for name, value in record.items()}, "parts": parts})


def _plain(value: Value) -> bool | int | str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _time(text: str) -> datetime:
    when = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    if when.strftime(_TIME) != text:
        raise ValueError(f"time `{text}` is not written as {_TIME}")
    return when
