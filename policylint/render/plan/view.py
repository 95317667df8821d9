"""The parts of a plan in words for comments and documents, with or without the people in it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, show
from policylint.plan.attribution import classes_by_part
from policylint.plan.audit import Told
from policylint.render.facts import local
from policylint.render.phrases import ARROW, class_words
from policylint.render.plan.head import access_words, expired_words, facts_of, head_lines, saved_lines
from policylint.render.plan.parts import PART_WORDS, audit_words, dropped_words, part_words, summary
from policylint.render.plan.people import Mask
from policylint.render.plan.text import drift_words, shown_changes, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from policylint.access.decision import AccessState
    from policylint.access.impact import StateChange
    from policylint.plan.attribution import Dropped
    from policylint.plan.audit import LiveChange
    from policylint.plan.change import Action, PlanStep
    from policylint.plan.plan import AffectedDevice, Plan
    from policylint.plan.refusal import Refusal
    from policylint.render.facts import Facts
    from policylint.schema.store import SchemaStore

_NAMES_OF_PEOPLE = ("protect", "except")
"""The settings of policylint.yaml that name mailboxes."""
_MOST_SAID = 5
"""How many different reasons of mailboxes in a row are shown."""


class RefusalShown(NamedTuple):
    """A refusal, or several that say the same, and the words that lift them; `reason` is why it was lifted."""

    guard: str
    message: str
    words: tuple[str, ...]
    number: int = 1
    reason: str = ""


class StepShown(NamedTuple):
    """A step, or some in a row that change mailboxes and are told as one.

    `name` is empty where the object is known by what it is. `changes` are settings with words, `effects` what it does
    to devices, `said` what the files say of the objects, `parts` whose change it is.
    """

    ids: str
    action: Action
    what: str
    name: str
    changes: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]
    said: tuple[str, ...]
    parts: str


class Move(NamedTuple):
    """Devices that go from one state to another: how many, or the one of a mailbox; `what` is what they report."""

    before: AccessState | None
    after: AccessState | None
    what: str
    devices: int
    parts: str
    mailbox: str = ""
    device_id: str = ""


class PlanView(NamedTuple):
    """A plan as people read it. `classes` and `people` are those whose access changes; `people` is None if not shown.

    `devices` is how many there are, `changes` how many go from which state to which. `facts` and `head` say whose plan
    it is, by name and in lines. `attributed` says whose changes it has, `dropped` what is no longer needed. `drift` are
    differences, each with why it stays, and `changed_live` says by whom they are where an audit log tells it.
    `is_masked` says that there are people in the plan that this leaves out.
    """

    verdict: str
    access: str
    devices: int
    changes: tuple[StateChange, ...]
    attributed: tuple[str, ...]
    head: tuple[str, ...]
    facts: Facts
    warning: str
    bounds: tuple[str, ...]
    refusals: tuple[RefusalShown, ...]
    acknowledged: tuple[RefusalShown, ...]
    classes: tuple[Move, ...]
    people: tuple[Move, ...] | None
    steps: tuple[StepShown, ...]
    step_count: int
    dropped: tuple[str, ...]
    drift: tuple[tuple[str, str], ...]
    drift_count: int
    changed_live: tuple[str, ...]
    notes: tuple[str, ...]
    has_parts: bool
    is_masked: bool


def view_of(plan: Plan, store: SchemaStore, *, people: bool, full: bool, fingerprint: str, now: datetime) -> PlanView:
    """Return a plan as people read it; without `people` no mailbox and no device ID is in it."""
    mask = Mask(plan, shown=people)
    source = plan.source._replace(path=local(plan.source.path))
    back = plan.takes_back._replace(journal=local(plan.takes_back.journal)) if plan.takes_back is not None else None
    named = plan._replace(source=source, takes_back=back)
    return PlanView(
        verdict=verdict(plan),
        access=access_words(plan.impact) if plan.impact.by_pair else "",
        devices=plan.impact.devices,
        changes=plan.impact.by_pair,
        attributed=tuple(map(mask.hide, summary(plan, plan.attribution))) if plan.attribution is not None else (),
        head=tuple(map(mask.hide, (*head_lines(named), *saved_lines(plan, fingerprint, now)))),
        facts=facts_of(named, fingerprint, now).without(mask.hide),
        warning=expired_words(plan, now),
        bounds=tuple(_bounds(plan, mask)),
        refusals=tuple(_alike(((each, "") for each in plan.refusals), mask)),
        acknowledged=tuple(_alike(plan.acknowledged, mask)),
        classes=tuple(_classes(plan, mask)),
        people=tuple(map(_device, plan.affected)) if people and plan.affected is not None else None,
        steps=tuple(_steps(plan, store, mask, full)),
        step_count=len(plan.steps),
        dropped=tuple(_dropped(plan, store, mask)),
        drift=tuple(_drift(plan, store, mask)),
        drift_count=len(plan.drift),
        changed_live=tuple(_changed_live(plan, store, mask)),
        notes=tuple(map(mask.note, plan.warnings)),
        has_parts=plan.attribution is not None,
        is_masked=mask.has_names,
    )


def _bounds(plan: Plan, mask: Mask) -> Iterator[str]:
    """Yield what the files change of the settings that bound a plan."""
    for change in plan.provenance.changed:
        named = change.key.rpartition(".")[2] in _NAMES_OF_PEOPLE and not mask.shown
        values = "other names" if named else f"{change.before} {ARROW} {change.after}"
        yield mask.hide(f"{change.key}: {values} (against {change.against})")


def _alike(refusals: Iterable[tuple[Refusal, str]], mask: Mask) -> Iterator[RefusalShown]:
    """Yield refusals with the reasons why they were lifted, those that say the same once."""
    found: dict[tuple[str, str, str], list[str | None]] = {}
    for refusal, reason in refusals:
        word = mask.word(refusal) if refusal.acknowledge is not None else None
        found.setdefault((refusal.guard, mask.message(refusal), mask.hide(reason)), []).append(word)
    for (guard, message, reason), words in found.items():
        yield RefusalShown(guard, message, tuple(filter(None, words)), len(words), reason)


def _classes(plan: Plan, mask: Mask) -> Iterator[Move]:
    """Yield the classes of devices whose access changes, the largest first, and whose change it is if that is known."""
    if plan.attribution is not None:
        for each in classes_by_part(plan.affected or ()):
            what = mask.hide(class_words(each.device_class))
            yield Move(each.before, each.after, what, each.devices, PART_WORDS[each.part])
        return
    for change in plan.impact.by_class:
        yield Move(change.before, change.after, mask.hide(class_words(change.device_class)), change.devices, "")


def _dropped(plan: Plan, store: SchemaStore, mask: Mask) -> Iterator[str]:
    """Yield what the base's plan would change and this one does not; mailboxes that are not named are counted."""
    mailboxes: list[Dropped] = []
    for each in plan.attribution.no_longer_needed if plan.attribution is not None else ():
        if each.kind == MAILBOX and not mask.shown:
            mailboxes.append(each)
        else:
            yield mask.hide(dropped_words(each, store))
    if mailboxes:
        described = store.object_type(MAILBOX)
        whose = count(len(mailboxes), described.title, described.plural)
        yield f"{whose}: {', '.join(map(mask.hide, _counted_edits(mailboxes)))}"


def _counted_edits(dropped: Iterable[Dropped]) -> Iterator[str]:
    """Yield what would be done to some mailboxes by setting: of lists how many IDs come and go, else the values."""
    found = Counter(
        (edit.property or "", edit.what, "" if edit.what in {"add", "remove"} else show(edit.value, None))
        for each in dropped
        for edit in each.edits
    )
    for (name, what, value), number in sorted(found.items()):
        if what in {"add", "remove"}:
            yield f"{name} {'+' if what == 'add' else '-'}{count(number, 'ID')}"
        else:
            yield f"{name} {ARROW} {value} ({count(number, 'mailbox')})"


def _device(device: AffectedDevice) -> Move:
    mailbox = device.mailbox or "not known"
    what, part = class_words(device.device_class), _parts({device.part: 1})
    return Move(device.before, device.after, what, 1, part, mailbox, device.device_id or "no ID")


def _parts(parts: dict[str, int]) -> str:
    """Return whose change something is; with numbers where it is of several."""
    known = [(PART_WORDS[part], number) for part, number in parts.items() if part]
    return ", ".join(f"{number:,} {words}" if len(known) > 1 else words for words, number in sorted(known))


def _steps(plan: Plan, store: SchemaStore, mask: Mask, full: bool) -> Iterator[StepShown]:
    """Yield the steps in their order; mailboxes in a row are told together where they are not named."""
    told = Told(plan)

    def live(steps: Iterable[PlanStep]) -> Iterator[str]:
        """Yield who changed the objects of steps, as far as those take it back."""
        return _first(f"live: {_by_whom(each, mask)}" for step in steps for each in told.at(step))

    for together, steps in groupby(plan.steps, lambda step: step.kind == MAILBOX and not mask.shown):
        if together:
            run = tuple(steps)
            shown = _together(run, store, mask)
            yield shown._replace(said=(*shown.said, *live(run)))
        else:
            for step in steps:
                shown = _step(step, store, mask, full)
                yield shown._replace(said=(*shown.said, *live([step])))


def _by_whom(change: LiveChange, mask: Mask) -> str:
    """Return what was run live, and by whom where that may be told."""
    return audit_words(change if mask.shown else change._replace(caller="somebody" if change.caller else ""))


def _changed_live(plan: Plan, store: SchemaStore, mask: Mask) -> Iterator[str]:
    """Yield who changed what stays as drift."""
    for each in Told(plan).of_drift():
        described = store.object_type(each.kind)
        name = "" if described.single or (each.kind == MAILBOX and not mask.shown) else f" {each.identity}"
        yield f"{described.title}{mask.hide(name)}: {_by_whom(each, mask)}"


def _first(texts: Iterable[str]) -> Iterator[str]:
    """Yield different texts, some of them where there are many."""
    found = [*dict.fromkeys(texts)]
    yield from found[:_MOST_SAID]
    if len(found) > _MOST_SAID:
        yield f"and {len(found) - _MOST_SAID:,} more"


def _step(step: PlanStep, store: SchemaStore, mask: Mask, full: bool) -> StepShown:
    described = store.object_type(step.kind)
    return StepShown(
        ids=step.id,
        action=step.action,
        what=described.title,
        name="" if described.single else mask.hide(step.identity),
        changes=tuple((name, mask.hide(words)) for name, words in shown_changes(step, full)),
        effects=_effects(step.opens, step.closes),
        said=tuple(mask.hide(each) for each in (*_said([step]), step.declared) if each),
        parts=part_words(step),
    )


def _together(steps: Sequence[PlanStep], store: SchemaStore, mask: Mask) -> StepShown:
    """Return what some steps do to mailboxes, how many of each."""
    described = store.object_type(MAILBOX)
    mailboxes = len({step.identity for step in steps})
    return StepShown(
        ids=steps[0].id if len(steps) == 1 else f"{steps[0].id} to {steps[-1].id}",
        action=steps[0].action,
        what=f"a {described.title}" if mailboxes == 1 else count(mailboxes, described.title, described.plural),
        name="",
        changes=tuple((name, mask.hide(words)) for name, words in _counted(steps, mailboxes)),
        effects=_effects(sum(step.opens for step in steps), sum(step.closes for step in steps)),
        said=tuple(map(mask.hide, _said(steps))),
        parts=_parts(Counter(step.part for step in steps)),
    )


def _counted(steps: Sequence[PlanStep], mailboxes: int) -> Iterator[tuple[str, str]]:
    """Yield each setting that changes with its values and in how many mailboxes; of lists how many IDs come and go."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for change in (change for step in steps for change in step.changes):
        if change.kind == "strings":
            had, has = (set(each) if isinstance(each, tuple) else set() for each in (change.before, change.after))
            added[change.property] += len(has - had)
            removed[change.property] += len(had - has)
        else:
            values[change.property, f"{show(change.before, None)} {ARROW} {show(change.after, None)}"] += 1
    for name in sorted(added):
        words = [f"+{count(added[name], 'ID')}"] if added[name] else []
        yield name, ", ".join([*words, *([f"-{count(removed[name], 'ID')}"] if removed[name] else [])])
    for (name, value), number in sorted(values.items()):
        yield name, value if mailboxes == 1 else f"{value} ({count(number, 'mailbox')})"


def _said(steps: Sequence[PlanStep]) -> Iterator[str]:
    """Yield the reasons and owners of the objects of steps, the most frequent first; with numbers where not of all."""
    for name in ("reason", "owner"):
        texts = Counter(text for step in steps if (text := getattr(step, name))).most_common()
        words = [text if number == len(steps) else f"{text} ({number:,})" for text, number in texts]
        left = [f"and {len(words) - _MOST_SAID:,} more"] if len(words) > _MOST_SAID else []
        if words:
            yield f"{name}: {'; '.join((*words[:_MOST_SAID], *left))}"


def _effects(opens: int, closes: int) -> tuple[str, ...]:
    words = (f"lets {opens:,} in" if opens else "", f"keeps {closes:,} out" if closes else "")
    return tuple(filter(None, words))


def _drift(plan: Plan, store: SchemaStore, mask: Mask) -> Iterator[tuple[str, str]]:
    """Yield what is live and stays, and why; mailboxes that are not named are counted."""
    mailboxes: Counter[tuple[str | None, str]] = Counter()
    for drift in plan.drift:
        if drift.kind == MAILBOX and not mask.shown:
            mailboxes[drift.property, drift.why] += 1
        else:
            yield mask.hide(drift_words(drift, store)), drift.why
    described = store.object_type(MAILBOX)
    for (name, why), number in sorted(mailboxes.items(), key=str):
        words = count(number, described.title, described.plural)
        yield f"{name} of {words}" if name is not None else words, why
