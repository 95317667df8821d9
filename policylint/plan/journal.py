"""The journal of the converging script: what each step of a plan found, and how it left that.

Whoever can write the file can write anything into it. So nothing in it is taken that is no step of a plan, and nothing
that follows from the rest of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from policylint.documentation import Page
from policylint.errors import PlanError
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, quoted, show
from policylint.plan.change import PlanStep, PropertyChange
from policylint.plan.check import needed_to_delete, step_flaws
from policylint.regex import regex
from policylint.schema.store import CONFIG
from policylint.source import Source, Span
from policylint.strict_json import parse_json
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from policylint.model.entity import Value
    from policylint.plan.plan import Plan
    from policylint.schema.store import ObjectType, SchemaStore

_SCHEMA = "policylint:output/journal-v1"
_BEGINNING = '{"time": "'
_CUT_STEP = regex(r'"step": "(s[0-9]{3,9})"')
_AS_WRITTEN = (
    "give the journal as the script wrote it; without it, revert the policy, export and plan (docs/scripts.md)"
)
_LOST = "\0\r"
_LONGEST = 1 << 22
"""How many characters of a line are read: the longest lists that Exchange keeps take a hundredth of that."""


class Whose(NamedTuple):
    """The organization that a script ran in, as its plan names it."""

    edition: str
    tenant: str | None
    organization: str | None
    organization_guid: str | None


class Deed(NamedTuple):
    """What a step did, over all runs: its changes hold what was found and what was left, of lists what it edited.

    `known` says whether Exchange accepted the change; else it may have been made or not. `default` is how the mailbox
    policy is found that was the default one before, where the journal says it. `line` is where the step starts, and
    `failure` what went wrong after that in the last run of it, empty where nothing did.
    """

    step: PlanStep
    known: bool
    line: int
    default: Mapping[str, str | None] | None = None
    failure: str = ""


class Journal(NamedTuple):
    """What was done for one plan: the deeds in the order of its steps, none of which is empty.

    `ended` is when the last line was written. `is_cut` says whether the file ends in half a line, `is_open` whether its
    last run has no end. `cut_step` is a step that half a line alone tells of, empty where there is none. `others` are
    the fingerprints of other plans with runs in the file, `is_followed` says whether one of those comes last.
    """

    path: str
    sha256: str
    fingerprint: str
    whose: Whose
    deeds: tuple[Deed, ...]
    ended: datetime | None
    is_cut: bool
    is_open: bool
    cut_step: str = ""
    others: tuple[str, ...] = ()
    is_followed: bool = False


def read_journal(source: Source, store: SchemaStore, undone: Plan | None = None) -> Journal:
    """Return what a journal says was done; `undone` is the plan that the script was made of, where it is at hand.

    Of a file with runs of several plans those of `undone` are read, without it those of the plan of the last run. A
    journal of a script that did not yet write whole objects needs that plan. A line that is cut is passed over at the
    end of a run. Raises PlanError, with the place, where the text is not what a script wrote, or nothing was done.
    """
    return _Reader(source, store, undone).journal()


class _Line(NamedTuple):
    number: int
    start: int
    text: str
    record: dict[str, Any]


class _Attempt(NamedTuple):
    """A step that started in a run."""

    step: PlanStep
    line: _Line
    run: int


class _Told:
    """What the lines of a run say so far: steps that were changed, those that hold then, and those that were so."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.verified: set[str] = set()
        self.already_so: set[str] = set()
        self.is_over = False

    @property
    def settled(self) -> int:
        """Return how many steps are behind the run: it takes them in turn."""
        return len(self.verified) + len(self.already_so)


class _Reader:
    def __init__(self, source: Source, store: SchemaStore, undone: Plan | None) -> None:
        import jsonschema  # takes long, and only journals and saved plans need it

        self._source, self._store, self._undone = source, store, undone
        self._check = jsonschema.Draft202012Validator(store.schema(_SCHEMA))
        self._planned = {step.id: step for step in undone.steps} if undone is not None else {}
        self._fingerprint = self._of_plan(undone) if undone is not None else self._last_plan()
        self._run_of: str | None = None
        self._others: dict[str, _Line] = {}
        self._whose = _whose_of(undone) if undone is not None else None
        self._runs = 0
        self._chosen: Sequence[str] | None = None
        self._told = _Told()
        self._attempts: dict[str, list[_Attempt]] = {}
        self._done: set[str] = set()
        self._failures: dict[str, str] = {}
        self._last: _Line | None = None
        self._is_cut = False
        self._cut_step = ""

    @staticmethod
    def _of_plan(plan: Plan) -> str:
        from policylint.plan.planfile import fingerprint_of

        return fingerprint_of(plan)

    def _last_plan(self) -> str | None:
        """Return the fingerprint of the plan of the last run, None where no line begins one."""
        for text in reversed(self._source.text.split("\n")):
            try:
                record = json.loads(text) if '"run"' in text else None
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict) and "run" in record:
                return str(record.get("fingerprint"))
        return None

    def journal(self) -> Journal:
        if not self._source.text:
            raise PlanError(
                f"{self._source.path}: the journal is empty, so nothing was done",
                help=_AS_WRITTEN,
                page=Page.TAKING_BACK,
            )
        for line in self._lines():
            self._take(line)
        if self._last is None and self._others:
            raise self._other_plan(next(iter(self._others.values())), "the plan that is given", self._fingerprint)
        if self._last is None or self._whose is None or self._fingerprint is None:
            raise self._flaw(1, 0, self._source.line(1), "there is no run in it")
        deeds = tuple(sorted(filter(None, map(self._net, self._attempts.values())), key=_place))
        if not deeds:
            hint = "there is nothing to take back"
            raise PlanError(
                f"{self._source.path}: the journal says that nothing was done", help=hint, page=Page.TAKING_BACK
            )
        return Journal(
            path=self._source.path,
            sha256=hashlib.sha256(self._source.text.encode("utf-8", "surrogatepass")).hexdigest(),
            fingerprint=self._fingerprint,
            whose=self._whose,
            deeds=deeds,
            ended=instant(self._last.record["time"]),
            is_cut=self._is_cut,
            is_open="outcome" not in self._last.record,
            cut_step=self._cut_step if not self._attempts.get(self._cut_step) else "",
            others=tuple(self._others),
            is_followed=self._run_of != self._fingerprint,
        )

    def _lines(self) -> Iterator[_Line]:
        """Yield the lines; of half a line only the next run or the end of the file may come after it."""
        cut: tuple[int, int, str, PlanError] | None = None
        start = 0
        for number, text in enumerate(self._source.text.removesuffix("\n").split("\n"), start=1):
            at, start = start, start + len(text) + 1
            try:
                record = self._record(number, at, text)
            except PlanError as problem:
                if cut is not None and not _is_lost(text):
                    raise cut[-1] from problem
                if not _is_half(text):
                    raise
                cut = cut or (number, at, text, problem)
                continue
            if cut is not None:
                if not _begins_run(record):
                    raise cut[-1]
                self._take_cut(*cut[:3])
                cut = None
            yield _Line(number, at, text, record)
        if cut is not None:
            self._is_cut = self._run_of == self._fingerprint
            self._take_cut(*cut[:3])

    def _record(self, number: int, start: int, text: str) -> dict[str, Any]:
        """Return what a line says. Raises PlanError where it is cut or broken."""
        if len(text) > _LONGEST:
            raise self._flaw(number, start, text, f"more than {_LONGEST:,} characters")
        try:
            record = parse_json(text)
        except ValueError as problem:
            cause = problem.__cause__
            at = cause.pos if isinstance(cause, json.JSONDecodeError) else 0
            raise self._flaw(number, start, text, str(problem).partition(": ")[2] or str(problem), at=at) from problem
        wrong = next(self._check.iter_errors(record), None)
        if wrong is not None:
            name = next((str(each) for each in reversed(wrong.absolute_path) if isinstance(each, str)), "")
            raise self._flaw(number, start, text, f"{wrong.json_path}: {wrong.message}", name=name)
        found: dict[str, Any] = record
        return found

    def _flaw(self, number: int, start: int, text: str, why: str, *, name: str = "", at: int = 0) -> PlanError:
        """Return what says that a line is none of a journal, at the member of a name where there is one."""
        offset = start + (max(0, text.find(json.dumps(name))) if name else at)
        message = f"line {number} is none that the script writes: {show(why, 200)}"
        return PlanError(message, help=_AS_WRITTEN, page=Page.TAKING_BACK, span=Span(self._source, offset, offset))

    def _wrong(self, line: _Line, why: str, name: str = "") -> PlanError:
        return self._flaw(line.number, line.start, line.text, why, name=name)

    def _take(self, line: _Line) -> None:
        record = line.record
        begins = _begins_run(record)
        if begins:
            self._run_of = record["fingerprint"]
            self._fingerprint = self._fingerprint or self._run_of
        elif self._run_of is None:
            raise self._wrong(line, "it belongs to no run", "event")
        if record["fingerprint"] != self._run_of:
            raise self._other_plan(line, "the plan of its run", self._run_of)
        if self._run_of != self._fingerprint:
            self._others.setdefault(record["fingerprint"], line)
            return
        self._last = line
        if begins:
            self._begin(line)
        elif record["step"] is not None:
            self._of_step(line)
        elif record["event"] not in {"end", "failed", "conflict"}:
            raise self._wrong(line, f"{quoted(record['event'])} needs a step", "event")
        if "outcome" in record:
            self._end(line)

    def _end(self, line: _Line) -> None:
        """Refuse a run whose last line says something else than its lines: some of them are gone."""
        self._told.is_over = True
        if self._chosen is None:
            return
        record, told, number = line.record, self._told, len(self._chosen)
        if record["outcome"] == "done" and told.settled != number:
            step = self._chosen[told.settled]
            raise self._wrong(line, f"all steps were taken, and no line says how step {step} ended", "outcome")
        summary = record.get("summary")
        if summary is None:
            return
        # A run that is interrupted between a line and its count has one less.
        less = {0, 1} if record["outcome"] == "interrupted" else {0}
        for name, found in (("changed", told.verified), ("alreadySo", told.already_so)):
            if len(found) - summary[name] not in less:
                words = f"`{name}` is {summary[name]:,}, and the lines of the run tell of {count(len(found), 'step')}"
                raise self._wrong(line, words, name)
        if summary["changed"] + summary["alreadySo"] + summary["left"] != number:
            raise self._wrong(line, f"`summary` does not come to the {count(number, 'step')} of the run", "summary")

    def _other_plan(self, line: _Line, whose: str, fingerprint: str | None) -> PlanError:
        span = Span(self._source, line.start, line.start)
        message = f"the journal is of plan {line.record['fingerprint']}, {whose} is {fingerprint}"
        return PlanError(message, help="give a journal with the plan that it is of", page=Page.TAKING_BACK, span=span)

    def _begin(self, line: _Line) -> None:
        """Take note of whose the run is, which is the same for all of them."""
        self._runs += 1
        run = line.record.get("run")
        self._chosen = run["steps"] if run is not None else None
        self._told = _Told()
        if run is None:
            if self._undone is None:
                raise self._older(line)
            return
        whose = Whose(run["edition"], run["tenant"], run["organization"], run["organizationGuid"])
        if self._whose is None:
            if whose.edition not in self._store.schema(CONFIG)["properties"]["edition"]["enum"]:
                raise self._wrong(line, "its edition is none that is known", "edition")
            self._whose = whose
        if whose != self._whose:
            raise self._wrong(line, "it is of another organization than its plan or an earlier run", "run")

    def _older(self, line: _Line) -> PlanError:
        hint = "give the plan too: policylint apply-script PLAN --rollback JOURNAL"
        message = (
            "the journal is of an older version of policylint, which did not write what a step needs to be taken back"
        )
        return PlanError(message, help=hint, page=Page.TAKING_BACK, span=Span(self._source, line.start, line.start))

    def _of_step(self, line: _Line) -> None:
        record = line.record
        identifier, event = record["step"], record["event"]
        if self._chosen is not None and identifier not in self._chosen:
            raise self._wrong(line, f"step {identifier} was not chosen in this run", "step")
        self._in_turn(line)
        attempts = self._attempts.setdefault(identifier, [])
        current = attempts[-1] if attempts and attempts[-1].run == self._runs else None
        if event == "start":
            if current is not None:
                raise self._wrong(line, f"step {identifier} started before in this run", "event")
            attempts.append(_Attempt(self._step(line), line, self._runs))
            self._failures.pop(identifier, None)
        elif event in {"changed", "verified"}:
            if current is None:
                raise self._wrong(line, f"step {identifier} did not start in this run", "event")
            for name in ("before", "after"):
                kept = record[name], current.line.record[name]
                if kept[0] != kept[1] and not (event == "verified" and name == "after" and _shows(*kept)):
                    raise self._wrong(line, f"`{name}` is not that of line {current.line.number}", name)
            self._done.add(identifier)
            if event == "verified" and self._chosen is not None and identifier not in self._told.changed:
                raise self._wrong(line, f"no line says that step {identifier} was changed", "event")
            (self._told.changed if event == "changed" else self._told.verified).add(identifier)
        elif event == "already-so":
            self._told.already_so.add(identifier)
        elif current is not None:
            self._failures[identifier] = record["message"] or event

    def _in_turn(self, line: _Line) -> None:
        """Refuse a line about a step where the one before it in the run has no end: lines are gone."""
        if self._chosen is None:
            return
        identifier, settled = line.record["step"], self._told.settled
        if self._told.is_over and "outcome" not in line.record:
            raise self._wrong(line, "the run ended before", "step")
        if settled < len(self._chosen) and self._chosen[settled] != identifier:
            before = f"step {self._chosen[settled]} comes before step {identifier}"
            raise self._wrong(line, f"{before} in this run, and no line says how it ended", "step")

    def _take_cut(self, number: int, start: int, text: str) -> None:
        """Take the step of a line that is cut as one that may have been taken, where the plan says what it does."""
        found = _CUT_STEP.search(text)
        if found is None or self._run_of != self._fingerprint:
            return
        known = self._attempts.get(found[1])
        planned = self._planned.get(found[1])
        if known and known[-1].run == self._runs:
            return
        if planned is None:
            self._cut_step = found[1]
            return
        line = _Line(number, start, text, {"step": planned.id})
        self._attempts.setdefault(planned.id, []).append(_Attempt(planned, line, self._runs))

    def _step(self, line: _Line) -> PlanStep:
        """Return the step that a line starts, with what it found and what it leaves."""
        record, assured = line.record, self._whose
        assert assured is not None
        planned = self._planned.get(record["step"])
        if self._undone is not None and planned is None:
            raise self._wrong(line, f"the plan has no step {record['step']}", "step")
        found = record.get("object")
        if found is None:
            if planned is None:
                raise self._older(line)
            return self._of_line(line, planned)
        step = PlanStep(
            id=record["step"],
            action=found["action"],
            kind=found["kind"],
            identity=found["identity"],
            target=found["target"],
            changes=tuple(map(_read_change, found["changes"])),
            opens=0,
            closes=0,
        )
        described = self._store.object_types[step.kind]
        flaw = self._why_no_step(step, described, assured.edition)
        if flaw is None and step.action != "delete":
            flaw = _told_otherwise(step, record)
        if flaw is None and planned is not None:
            flaw = _planned_otherwise(step, planned)
        if flaw is None and (default := found.get("default")) is not None and default.keys() != {*described.target}:
            flaw = "`default` does not hold what finds the object"
        if flaw is not None:
            raise self._wrong(line, flaw, "object")
        return step

    def _why_no_step(self, step: PlanStep, described: ObjectType, edition: str) -> str | None:
        if not described.exists_in(edition):
            return f"{edition} has no `{step.kind}`"
        names = {change.property for change in step.changes}
        if step.action == "delete" and not needed_to_delete(described) <= names:
            return "it does not say what it deletes"
        return next(step_flaws(step, described, edition), None)

    def _of_line(self, line: _Line, planned: PlanStep) -> PlanStep:
        """Return a planned step with the values of a line without object; of what it deletes, all that was shown."""
        before, after = (line.record[name] or {} for name in ("before", "after"))
        described = self._store.object_types[planned.kind]
        assert self._whose is not None
        settings = described.planned_in(self._whose.edition)
        if planned.action == "delete":
            kept = {change.property: change for change in planned.changes}
            shown = {name: settings[name].from_live(value) for name, value in before.items() if name in settings}
            changes = [
                kept.get(name) or PropertyChange(name, settings[name].kind, value, None)
                for name, value in shown.items()
            ]
            changes += [change for name, change in kept.items() if name not in shown]
        else:
            changes = [
                change._replace(
                    before=_value(before.get(change.property, change.before)),
                    after=_value(after.get(change.property, change.after)),
                )
                for change in planned.changes
                if planned.action == "create" or change.property in after
            ]
        step = planned._replace(changes=tuple(change._replace(known=None) for change in changes))
        flaw = self._why_no_step(step, described, self._whose.edition) or _planned_otherwise(step, planned)
        if flaw is not None:
            raise self._wrong(line, flaw, "after")
        return step

    def _net(self, attempts: Sequence[_Attempt]) -> Deed | None:
        """Return what a step did over all runs, None where it did not start in any."""
        if not attempts:
            return None
        first, last = attempts[0], attempts[-1]
        for attempt in attempts[1:]:
            if attempt.step[1:5] != first.step[1:5]:
                raise self._wrong(
                    attempt.line, f"step {first.step.id} was another one in line {first.line.number}", "object"
                )
        step = first.step if first.step.action == "delete" else last.step
        if step.action == "update":
            found: dict[str, list[PropertyChange]] = {}
            for attempt in attempts:
                for change in attempt.step.changes:
                    found.setdefault(change.property, []).append(change)
            step = step._replace(changes=tuple(map(_net_change, found.values())))
        default = next(
            (each.line.record["object"].get("default") for each in attempts if "object" in each.line.record), None
        )
        known = first.step.id in self._done
        return Deed(step, known, first.line.number, default, self._failures.get(step.id, ""))


def _place(deed: Deed) -> tuple[int, str]:
    return int(deed.step.id[1:]), deed.step.id


def _is_half(text: str) -> bool:
    """Return whether a line may have been cut while it was written: what is whole JSON was not."""
    found = text.rstrip(_LOST)
    if not (found.startswith(_BEGINNING) or _BEGINNING.startswith(found)):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def _is_lost(text: str) -> bool:
    """Return whether nothing is left of a line: a file that lost its end can have zeros there."""
    return not text.strip(_LOST)


def _begins_run(record: Mapping[str, Any]) -> bool:
    return record["step"] is None and record["event"] == "start"


def _whose_of(plan: Plan) -> Whose:
    source = plan.source
    return Whose(plan.edition, source.tenant, source.organization, source.organization_guid)


def _shows(found: Mapping[str, Any] | None, left: Mapping[str, Any] | None) -> bool:
    """Return whether values that were read back are those that a step left, as Exchange compares them."""
    if found is None or left is None:
        return False
    return {name: _folded(value) for name, value in found.items()} == {
        name: _folded(value) for name, value in left.items()
    }


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(fold(item) for item in value) or None
    return fold(value) or None if isinstance(value, str) else value if value is None else (type(value), value)


def _told_otherwise(step: PlanStep, record: Mapping[str, Any]) -> str | None:
    """Return what the object of a line says otherwise than the rest of the line, None where that is nothing."""
    sides = ("before", "after") if step.action == "update" else ("after",)
    for side in sides:
        told = {name: _value(value) for name, value in (record[side] or {}).items()}
        if told != {change.property: getattr(change, side) for change in step.changes}:
            return f"`{side}` of the line is not that of its object"
    return None


def _planned_otherwise(step: PlanStep, planned: PlanStep) -> str | None:
    """Return what a step did that its plan does not say, None where that is nothing."""
    if step[1:4] != planned[1:4] or dict(step.target) != dict(planned.target):
        return f"step {step.id} of the plan is about another object"
    wanted = {change.property: change for change in planned.changes}
    for change in step.changes:
        plan = wanted.get(change.property)
        if plan is None:
            if step.action == "delete":
                continue  # the script writes more of what it deletes than the snapshot had
            return f"step {step.id} of the plan does not change {change.property}"
        added, removed = edited(change.before, change.after)
        may_add, may_remove = edited(plan.before, plan.after)
        is_list = change.kind == "strings" and step.action == "update"
        if (
            not (added.keys() <= may_add.keys() and removed.keys() <= may_remove.keys())
            if is_list
            else ((change.before, change.after) != (plan.before, plan.after) and change.kind != "strings")
        ):
            return f"step {step.id} of the plan makes something else of {change.property}"
    return None


def edited(before: Value, after: Value) -> tuple[dict[str, str], dict[str, str]]:
    """Return the items that a list has more afterwards, and those that it has no longer, each by its folded text."""
    one, other = ({fold(item): item for item in (side if isinstance(side, tuple) else ())} for side in (before, after))
    return (
        {key: item for key, item in other.items() if key not in one},
        {key: item for key, item in one.items() if key not in other},
    )


def _net_change(changes: Sequence[PropertyChange]) -> PropertyChange:
    """Return what several runs of a step made of a setting: of a list everything that any of them edited."""
    first, last = changes[0], changes[-1]
    if first.kind != "strings" or len(changes) == 1:
        return first._replace(after=last.after)
    added: dict[str, str] = {}
    removed: dict[str, str] = {}
    for change in changes:
        more, fewer = edited(change.before, change.after)
        added |= more
        removed |= fewer
    kept = {fold(item): item for item in (first.before if isinstance(first.before, tuple) else ())}
    before = {**{key: item for key, item in kept.items() if key not in added}, **removed}
    after = {**{key: item for key, item in before.items() if key not in removed}, **added}
    return first._replace(before=tuple(before.values()), after=tuple(after.values()))


def _read_change(record: Mapping[str, Any]) -> PropertyChange:
    return PropertyChange(record["property"], record["kind"], _value(record["before"]), _value(record["after"]))


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
