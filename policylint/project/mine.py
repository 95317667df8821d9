"""The snapshot of a project to the fewest device access rules that give its devices what they have, with the proof."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.rule_index import STATE_OF_LEVEL, STRICTNESS
from policylint.access.simulate import CohortAccess
from policylint.analysis.kinds import Kind, is_right, needed
from policylint.analysis.mine import LEVEL_OF_STATE, PREFERENCE, Choice, Known, choose, kinds_of, values_of
from policylint.analysis.mismatch import is_mismatch
from policylint.analysis.personal import personal_entries
from policylint.bind.policy import bind_policy
from policylint.desired.overlay import overlay
from policylint.devices.contradictions import contradiction
from policylint.edit.order import in_order
from policylint.errors import SnapshotError, UsageError
from policylint.importing.mined import RULE_SETTINGS, Change, Mined, MinedRule, mined_text, rule_entity
from policylint.importing.selection import Sayable
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import MAILBOX, RULE
from policylint.phrases import listed, quoted
from policylint.project.load import load_file
from policylint.source import Source
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import AccessState, Decision
    from policylint.access.simulate import Which
    from policylint.analysis.kinds import Rules
    from policylint.analysis.personal import Left, PersonalEntry
    from policylint.analysis.redundant import Value
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import CohortIndex, DeviceTable
    from policylint.model.entity import Entity
    from policylint.model.origin import Origin
    from policylint.project.project import Project

QUARANTINE = "Quarantine"
"""The default level of mined rules, unless the live one is stricter."""

DEFAULT_STEP, RULE_STEPS = "default", "rule-"
"""The name of the step of the default, and what those of the steps of rules begin with."""

_TELLS = ((1, 2, 3), (2, 3, 0), (1, 0, 3), (1, 2, 0))
"""By the characteristic of a rule, those that tell its devices apart: of each device the first that it shows."""


def mine(
    project: Project,
    default: str | None = None,
    *,
    budget: int | None = None,
    prefer: Sequence[str] = PREFERENCE,
) -> Mined:
    """Return the fewest rules, and entries for the rest, that give every device of the snapshot what it has today.

    They replace all live rules and the default. `default` is the new one: without it `Quarantine`, or the live one
    where that is stricter. Raises UsageError where it is looser than the live one, SnapshotError where the snapshot
    lacks what that depends on.
    """
    return _Mining(project, default, budget, prefer).result()


class _Mining:
    """What is worked out once for one set of mined rules."""

    def __init__(self, project: Project, default: str | None, budget: int | None, prefer: Sequence[str]) -> None:
        self._project, self._budget, self._prefer = project, budget, prefer
        self._live, self._devices, self._organization = _whole(project)
        self._live_default = self._organization.text("DefaultAccessLevel")
        self._default = _default(default, self._live_default)
        self._state = STATE_OF_LEVEL[self._default]
        settings = project.store.object_type(RULE).settings
        self._rules_sayable = Sayable(settings)
        self._kept = _kept(self._live, self._rules_sayable, project.required_snapshot.path)
        self._lists_sayable = Sayable(project.store.object_type(MAILBOX).settings)

    def result(self) -> Mined:
        """Return what is mined, with the proof."""
        self._project.doing("choosing rules")
        index = cohorts_of(self._devices, (self._live,))
        classes = self._classes(index)
        choices = choose(
            classes,
            self._state,
            prefer=self._prefer,
            budget=self._budget,
            sayable=self._is_sayable,
            listable=lambda which: self._listable(index, which),
        )
        while True:
            entries, left = self._entries(index, choices)
            rules, text, mined = self._written(choices, entries, classes)
            self._project.doing("comparing the decisions about every device")
            both = cohorts_of(self._devices, (self._live, mined))
            kept = self._needed(choices, self._classes(both, mined)) if entries else choices
            if len(kept) == len(choices):
                return self._compared(rules, entries, text, left, mined, both)
            choices = kept

    def _needed(self, choices: tuple[Choice, ...], classes: Mapping[DeviceClass, Known]) -> tuple[Choice, ...]:
        """Return the choices that classes need."""
        kept = needed(_states(choices), kinds_of(classes), self._state)
        return tuple(choice for choice in choices if choice.value in kept)

    def _is_sayable(self, text: str) -> bool:
        return self._rules_sayable.why_not("QueryString", text) is None

    def _classes(self, index: CohortIndex, *others: AccessModel) -> Mapping[DeviceClass, Known]:
        """Return the classes of the devices that rules and default decide about, live and under other models."""
        states: dict[DeviceClass, AccessState | None] = {}
        numbers: Counter[DeviceClass] = Counter()
        for device, number in index.cohorts:
            decision = self._live.decide(device)
            if _by_rules(decision) and all(_by_rules(model.decide(device)) for model in others):
                states[device.device_class] = decision.state
                numbers[device.device_class] += number
        return {device_class: Known(state, numbers[device_class]) for device_class, state in states.items()}

    def _entries(
        self, index: CohortIndex, choices: Iterable[Choice]
    ) -> tuple[tuple[PersonalEntry, ...], tuple[Left, ...]]:
        """Return entries for the devices that neither the default nor chosen values give what they have."""
        states = _states(choices)
        rest = []
        for number, (device, _) in enumerate(index.cohorts):
            decision = self._live.decide(device)
            kind = Kind(values_of(device.device_class), decision.state, 1)
            if _by_rules(decision) and not is_right(kind, states, self._state):
                rest.append(number)
        return personal_entries(self._live, index.members(rest), self._devices, self._why_not_listed)

    def _listable(self, index: CohortIndex, which: Collection[tuple[Value, ...]]) -> Collection[tuple[Value, ...]]:
        """Return of some classes, by their values, those whose devices can all be on lists."""
        numbers = [
            number
            for number, (device, _) in enumerate(index.cohorts)
            if values_of(device.device_class) in which and _by_rules(self._live.decide(device))
        ]
        _, left = personal_entries(self._live, index.members(numbers), self._devices, self._why_not_listed)
        return {*which} - {values_of(each.device.device_class) for each in left}

    def _why_not_listed(self, setting: str, device_id: str) -> str | None:
        if self._project.required_snapshot.header.redacted:
            return "the snapshot is redacted: its IDs are not the live ones"
        return self._lists_sayable.why_not(setting, (device_id,))

    def _written(
        self, choices: Sequence[Choice], entries: Sequence[PersonalEntry], classes: Mapping[DeviceClass, Known]
    ) -> tuple[tuple[MinedRule, ...], str, AccessModel]:
        """Return choices as rules, the text of a policy with them and the entries, and who gets in by that text."""
        rules = _rules(choices, classes, self._project.catalog, self._organization.origin)
        settings = {"DefaultAccessLevel": self._default}
        organization = self._organization._replace(settings=settings)
        text = mined_text(organization, rules, self._kept, entries, self._project.store)
        file = load_file(Source("mined.yaml", text), self._project.resources.policy_schema).policy_file
        declared = bind_policy([file] if file is not None else [], self._project.store).state
        state = overlay(declared, self._live.state, {}, self._project.store).state
        return rules, text, self._project.model_of(state)

    def _compared(
        self,
        rules: tuple[MinedRule, ...],
        entries: tuple[PersonalEntry, ...],
        text: str,
        left: Iterable[Left],
        mined: AccessModel,
        index: CohortIndex,
    ) -> Mined:
        """Return what is mined, with what comparing the decisions about every device says."""
        cohorts = [
            CohortAccess(device, number, self._live.decide(device), mined.decide(device))
            for device, number in index.cohorts
        ]
        contradicting, example = _contradicting(cohorts)
        return Mined(
            live_default=self._live_default,
            default=self._default,
            live_rules=len(self._live.state.rules or {}),
            rules=rules,
            kept=self._kept,
            entries=entries,
            text=text,
            devices=len(self._devices),
            undecided=_count(cohorts, lambda cohort: cohort.live is not None and cohort.live.state is None),
            changes=tuple(self._changes(cohorts, left, mined, index)),
            contradicting=contradicting,
            contradiction=example,
            mismatched=_count(cohorts, is_mismatch),
        )

    def _changes(
        self, cohorts: Iterable[CohortAccess], left: Iterable[Left], mined: AccessModel, index: CohortIndex
    ) -> Iterator[Change]:
        """Yield the devices that do not keep what they have, in their order."""
        why = {each.device: each.why for each in left}
        changed = [number for number, cohort in enumerate(cohorts) if cohort.changed]
        for device in index.members(changed):
            yield Change(device, self._live.decide(device), mined.decide(device), why.get(device, ""))


def _whole(project: Project) -> tuple[AccessModel, DeviceTable, Entity]:
    """Return live state, all its devices and the organization.

    Raises SnapshotError where the snapshot does not say of each device what the rules decide.
    """
    snapshot, devices, live = project.required_snapshot, project.devices, project.live_model
    state, organization = snapshot.state, snapshot.state.organization
    level = organization.text("DefaultAccessLevel") if organization is not None else ""
    hint = "export live state again, or name the output of the Get- cmdlet too"
    if devices is None or live is None:
        raise SnapshotError(f"{snapshot.path}: not all devices were read", help=hint)
    if state.rules is None:
        raise SnapshotError(f"{snapshot.path}: device access rules were not read", help=hint)
    if organization is None or not level:
        raise SnapshotError(f"{snapshot.path}: DefaultAccessLevel was not read", help=hint)
    if level not in STRICTNESS:
        raise SnapshotError(f"{snapshot.path}: the DefaultAccessLevel is {quoted(level)}, which is not known")
    return live, devices, organization


def _kept(live: AccessModel, sayable: Sayable, path: str) -> tuple[Entity, ...]:
    """Return the rules that no device record can show to match. Raises SnapshotError where a file cannot hold one."""
    kept = tuple(live.rules.unsimulated.values())
    for rule in kept:
        for name in RULE_SETTINGS:
            why = sayable.why_not(name, rule.get(name)) if name in rule.settings else f"its {name} was not read"
            if why is not None:
                raise SnapshotError(f"{path}: the rule {quoted(rule.identity)} cannot be kept: {why}")
    return kept


def _default(wanted: str | None, live: str) -> str:
    """Return the default level of mined rules. Raises UsageError where it would be looser than the live one."""
    if wanted is None:
        return max(QUARANTINE, live, key=STRICTNESS.__getitem__)
    if STRICTNESS[wanted] < STRICTNESS[live]:
        problem = f"`--default {wanted}` is looser than the live default, {live}: kinds not seen before would get more"
        raise UsageError(problem, help=f"name {listed(_as_strict(live), last=' or ')}, or leave it out")
    return wanted


def _as_strict(live: str) -> Iterator[str]:
    return (f"`{level}`" for level in STRICTNESS if STRICTNESS[level] >= STRICTNESS[live])


def _states(choices: Iterable[Choice]) -> Rules:
    return {choice.value: choice.state for choice in choices}


def _by_rules(decision: Decision) -> bool:
    """Return whether rules or the default decide."""
    return decision.step == DEFAULT_STEP or decision.step.startswith(RULE_STEPS)


def _count(cohorts: Iterable[CohortAccess], which: Which) -> int:
    return sum(cohort.devices for cohort in cohorts if which(cohort))


def _rules(
    choices: Iterable[Choice], classes: Mapping[DeviceClass, Known], catalog: Iterable[DeviceClass], origin: Origin
) -> tuple[MinedRule, ...]:
    """Return choices as rules, with the devices they decide about and what else they would match."""
    matched = {choice.value: _Matched(_TELLS[choice.value[0]], choice.state) for choice in choices}
    for device_class, known in classes.items():
        for value in filter(matched.__contains__, values_of(device_class)):
            matched[value].add(device_class, known)
    for row in catalog:
        for value in filter(matched.__contains__, values_of(row)):
            matched[value].add_known(row)
    rules = (_rule(choice, matched[choice.value], origin) for choice in choices)
    return tuple(sorted(rules, key=lambda rule: in_order(rule.entity)))


class _Matched:
    """The devices that a rule matches, by a value that tells them apart, and other such values that are known."""

    def __init__(self, tells: Sequence[int], state: AccessState) -> None:
        self.devices = self.exceptions = 0
        self.shown: Counter[str] = Counter()
        self._tells, self._state = tells, state
        self._known: dict[str, str] = {}
        self._seen: set[str] = set()

    def add(self, device_class: DeviceClass, known: Known) -> None:
        """Add devices of a class."""
        number = known.devices
        self.devices += number
        self.exceptions += number if known.state != self._state else 0
        self._seen.add(fold(device_class[self._tells[0]] or ""))
        text = next(filter(None, (device_class[place] for place in self._tells)), None)
        if text is not None:
            self.shown[text] += number

    def add_known(self, row: DeviceClass) -> None:
        """Add what devices are known to report."""
        text = row[self._tells[0]]
        if text:
            self._known.setdefault(fold(text), text)

    @property
    def beyond(self) -> tuple[str, ...]:
        """Return the values that are known and that no device shows, sorted."""
        return tuple(sorted((text for key, text in self._known.items() if key not in self._seen), key=natural))


def _rule(choice: Choice, matched: _Matched, origin: Origin) -> MinedRule:
    return MinedRule(
        choice=choice,
        entity=rule_entity(choice.characteristic, choice.text, LEVEL_OF_STATE[choice.state], origin),
        devices=matched.devices,
        exceptions=matched.exceptions,
        shown=tuple(sorted(matched.shown.items(), key=lambda each: (-each[1], natural(each[0]), each[0]))),
        beyond_of=CHARACTERISTICS[_TELLS[choice.value[0]][0]],
        beyond=matched.beyond,
    )


def _contradicting(cohorts: Iterable[CohortAccess]) -> tuple[int, str]:
    """Return how many devices that get in by rules contradict themselves, and what the most frequent of them say."""
    found: Counter[str] = Counter()
    for cohort in cohorts:
        if cohort.desired.state == "Allowed" and _by_rules(cohort.desired):
            seen = contradiction(cohort.device.device_class, cohort.device.client_type)
            if seen is not None:
                found[seen.words] += cohort.devices
    example = min(found, key=lambda words: (-found[words], words), default="")
    return found.total(), example
