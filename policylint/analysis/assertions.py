"""What the repository asserts of every device: tried on every class that rules can tell apart, and on every device.

Rules compare whole values, so of the values that they treat alike one stands for all: what holds for each combination
of those holds for every device without exemptions. The devices of the snapshot are tried too, with their mailboxes.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from policylint.access.cohorts import cohorts_of
from policylint.access.describe import because, location_words
from policylint.access.steps import governing_switch
from policylint.analysis.compare import direction
from policylint.errors import PolicylintError
from policylint.model.device import CLIENT_TYPES, PROPERTIES, Device, client_type
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.analysis.expectations import TestOutcome
    from policylint.model.entity import Entity
    from policylint.model.names import Names
    from policylint.model.policy_set import Assertion

Baseline: TypeAlias = "Callable[[str], AccessModel]"
"""Returns the configuration of a revision."""

_Values: TypeAlias = "list[str | None]"


class AssertionResult(NamedTuple):
    """What became of an assertion. Where it failed: one device that breaks it, what it gets, and what it got before."""

    assertion: Assertion
    outcome: TestOutcome
    message: str
    witness: Device | None = None
    decision: Decision | None = None
    before: Decision | None = None


def check_assertions(
    assertions: Iterable[Assertion],
    model: AccessModel,
    devices: Iterable[Device],
    mailboxes: Names,
    baseline: Baseline,
) -> tuple[AssertionResult, ...]:
    """Return the result of each assertion, in the order given. `mailboxes` are those known, by every name."""
    return tuple(_check(assertion, model, devices, mailboxes, baseline) for assertion in assertions)


def _check(
    assertion: Assertion,
    model: AccessModel,
    devices: Iterable[Device],
    mailboxes: Names,
    baseline: Baseline,
) -> AssertionResult:
    if not assertion.kind:
        words = "it asserts nothing: write never, always, only-if, unchanged-for or no-new-access"
        return AssertionResult(assertion, "undecided", words)
    unknown = [name for name in assertion.conditions.get("mailbox", ()) if name not in mailboxes]
    if unknown:
        why = mailboxes.why_not_one(unknown[0], "is neither declared nor in the snapshot")
        message = f"mailbox {unknown[0].lower()} {why}"
        return AssertionResult(assertion, "undecided", message)
    old: AccessModel | None = None
    if assertion.since:
        try:
            old = baseline(assertion.since)
        except PolicylintError as problem:
            return AssertionResult(assertion, "undecided", problem.message)
    owners = tuple(mailboxes[name].key for name in assertion.conditions.get("mailbox", ()))
    owned = frozenset(owners)
    models = [model] if old is None else [model, old]
    index = cohorts_of(devices, models, lambda mailbox: mailbox in owned)

    def broken(device: Device) -> bool:
        if _meets(device, assertion, owned) == (assertion.kind == "only-if"):
            return False
        before = old.decide(device) if old is not None else None
        return _breaks(assertion.kind, assertion.states, model.decide(device), before)

    breaking = [number for number, cohort in enumerate(index.cohorts) if broken(cohort.representative)]
    found = next(index.members(breaking, 1), None) or next(filter(broken, _probes(assertion, models, owners)), None)
    if found is None:
        return AssertionResult(assertion, "passed", "")
    decision, before = model.decide(found), old.decide(found) if old is not None else None
    return AssertionResult(assertion, "failed", _message(decision, before), found, decision, before)


def _breaks(kind: str, states: tuple[str, ...], decision: Decision, before: Decision | None) -> bool:
    if before is not None:
        if before.same_outcome(decision):
            return False
        return kind == "unchanged-for" or direction(before, decision) != "stricter"
    if kind == "always":
        return decision.state is not None and decision.state not in states
    return decision.state in states


def _message(decision: Decision, before: Decision | None) -> str:
    got = f"gets {decision.state or 'what is not decided here'} by {because(decision)}"
    where = f" ({location_words(decision)})" if location_words(decision) else ""
    if before is None:
        return got + where
    return f"{got}{where}; got {before.state or 'what is not decided here'} by {because(before)}"


def _meets(device: Device, assertion: Assertion, owners: frozenset[str]) -> bool:
    """Return whether all the conditions hold for a device."""
    values = dict(zip(PROPERTIES, device.device_class, strict=True)) | {"ClientType": device.client_type}
    for name, wanted in assertion.conditions.items():
        if name == "mailbox":
            if device.mailbox not in owners:
                return False
        elif (value := values[name]) is None or fold(value) not in wanted:
            return False
    return True


def _probes(assertion: Assertion, models: Sequence[AccessModel], owners: tuple[str, ...]) -> Iterator[Device]:
    """Yield one device for every combination of values, owners and clients that may make a difference.

    One at a time, since the first may break it: of 100 rules there can be 65,536 combinations of values.
    """
    sides = [model.rules.tables for model in models]
    domains = [
        _representatives([side[place] for side in sides], assertion.conditions.get(name, ()))
        for place, name in enumerate(PROPERTIES)
    ]
    clients: Iterable[str] = assertion.conditions.get("ClientType", ("EAS",))
    named: tuple[str | None, ...] = owners or (None,)
    if assertion.kind == "only-if":
        clients, named = (CLIENT_TYPES if "ClientType" in assertion.conditions else ("EAS",)), (None, *owners)
    askers = _distinct(models, named, clients)
    for values in product(*domains):
        for owner, client in askers:
            yield Device(
                device_id="",
                mailbox=owner,
                device_class=(values[0], values[1], values[2], values[3]),
                client_type=client_type(client),
                client_version="16.1",
            )


def _distinct(
    models: Sequence[AccessModel], owners: Iterable[str | None], clients: Iterable[str]
) -> list[tuple[str | None, str]]:
    """Return pairs of an owner and a client that are not decided alike: of mailboxes that are the first stands for all.

    A device without an ID is in no list, so of a mailbox its switch for the client and its policy are left.
    """
    found: dict[object, tuple[str | None, str]] = {}
    for owner, client in product(owners, clients):
        device = Device("", owner, (None, None, None, None), client_type(client), "16.1")
        facts = []
        for model in models:
            request = model.request(device)
            mailbox = request.mailbox
            switch = mailbox.switch(governing_switch(request.client, model.facts))
            facts.append((mailbox.known, switch, mailbox.policy is not None, mailbox.must_enforce))
        found.setdefault((request.client, *facts), (owner, client))
    return list(found.values())


def _representatives(sides: Sequence[Mapping[str, Entity]], wanted: tuple[str, ...]) -> _Values:
    """Return a value for each way that the rules of all sides, and the conditions, can treat one."""
    found: dict[tuple[object, ...], str | None] = {(*(None for _ in sides), False): None}
    for value in (*wanted, *(value for side in sides for value in side)):
        rules = [side.get(value) for side in sides]
        key = (*(rule.text("AccessLevel") if rule is not None else None for rule in rules), value in wanted)
        spelled = next((rule.text("QueryString") for rule in rules if rule is not None), value)
        found.setdefault(key, spelled)
    return list(found.values())


class Coverage(NamedTuple):
    """How many entries declare rules, how many of them decide, and a rule of each that never does.

    One with `matches` decides where any of its rules does.
    """

    rules: int
    by_test: int
    by_device: int
    never: tuple[Entity, ...]


def coverage(rules: Iterable[Entity], tested: Iterable[Decision], seen: Iterable[Decision]) -> Coverage:
    """Return which entries of rules decide anything in the tests and among the devices of the snapshot."""
    by_test, by_device = _deciding(tested), _deciding(seen)
    entries: dict[int, list[Entity]] = {}
    for rule in rules:
        if rule.origin.node is not None:
            entries.setdefault(id(rule.origin.node), []).append(rule)
    keys = [{rule.key for rule in made} for made in entries.values()]
    decide = by_test | by_device
    return Coverage(
        rules=len(keys),
        by_test=sum(not each.isdisjoint(by_test) for each in keys),
        by_device=sum(not each.isdisjoint(by_device) for each in keys),
        never=tuple(made[0] for made, each in zip(entries.values(), keys, strict=True) if each.isdisjoint(decide)),
    )


def _deciding(decisions: Iterable[Decision]) -> set[str]:
    return {
        decision.decided_by.key
        for decision in decisions
        if decision.decided_by is not None and decision.decided_by.kind == "deviceAccessRule"
    }
