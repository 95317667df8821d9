"""Who gets in: one configuration made ready to decide about devices, each kind of request once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from policylint.access.decision import Decision
from policylint.access.request import (
    SPECIFIC,
    STRICTEST,
    AccessRequest,
    Facts,
    MailboxFacts,
    client_of,
    listing,
    mailbox_facts,
)
from policylint.access.rule_index import RuleIndex
from policylint.access.steps import BEFORE_RULES, BY_CLASS, OF_MAILBOX, DecisionStep, Passed, decide_class
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, POLICY, RULE, State
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policylint.model.device import Device, DeviceClass
    from policylint.model.entity import Entity, Value

T = TypeVar("T")


_MOST_DECISIONS = 100_000
"""How many different decisions are remembered, so that many questions take no more memory than some."""


class AccessModel:
    """A configuration made ready to decide about devices.

    INVARIANT: what a decision depends on is in the request, so equal requests are decided about once. Whose setting
    decided is filled in for each device. The state does not change, but for its mappings of rules and of mailboxes,
    whose entities are replaced; `put_rule` and `remove_rule` tell of rules.
    """

    def __init__(
        self,
        state: State,
        facts: Facts,
        rules: RuleIndex | None = None,
        steps: tuple[DecisionStep, ...] | None = None,
    ) -> None:
        self.state = state
        self.facts = facts
        self.steps = steps or BEFORE_RULES
        self.rules = rules or RuleIndex(state.of_kind(RULE).values(), state.organization, facts.precedence)
        self._decisions: dict[AccessRequest, Decision] = {}
        self._facts_of: dict[int, tuple[object, MailboxFacts]] = {}
        self._same: dict[MailboxFacts, MailboxFacts] = {}
        self._listings: dict[int, tuple[object, Mapping[str, frozenset[str]]]] = {}

    def put_rule(self, rule: Entity) -> None:
        """Add a rule, or replace the one of the same characteristic and string."""
        self._decisions.clear()
        self.rules.put(rule)

    def remove_rule(self, rule: Entity) -> None:
        """Take a rule away."""
        self._decisions.clear()
        self.rules.remove(rule)

    def with_rule(self, rule: Entity) -> AccessModel:
        """Return the configuration with a rule, in the place of the one of the same characteristic and string."""
        rules = self.rules.copy()
        rules.put(rule)
        return self._with(self.state.with_kind(RULE, {**self.state.of_kind(RULE), rule.key: rule}), rules)

    def without_rule(self, rule: Entity) -> AccessModel:
        """Return the configuration without a rule."""
        rules = self.rules.copy()
        rules.remove(rule)
        kept = {key: other for key, other in self.state.of_kind(RULE).items() if key != rule.key}
        return self._with(self.state.with_kind(RULE, kept), rules)

    def with_settings(self, entity: Entity, settings: Mapping[str, Value]) -> AccessModel:
        """Return the configuration with other settings of an object that is no rule."""
        objects = self.state.of_kind(entity.kind)
        known = objects.get(entity.key, entity)
        changed = known._replace(settings={**known.settings, **settings})
        state = self.state.with_kind(entity.kind, {**objects, entity.key: changed})
        return self._with(state, self.rules if entity.kind in {MAILBOX, POLICY} else None)

    def over(self, state: State) -> AccessModel:
        """Return another configuration under the same facts."""
        return AccessModel(state, self.facts, steps=self.steps)

    def with_other_precedence(self) -> AccessModel:
        """Return the same configuration under the other reading of which rule decides."""
        other = SPECIFIC if self.facts.precedence == STRICTEST else STRICTEST
        return AccessModel(self.state, self.facts._replace(precedence=other), steps=self.steps)

    def _with(self, state: State, rules: RuleIndex | None) -> AccessModel:
        return AccessModel(state, self.facts, rules, self.steps)

    def mailbox(self, key: str | None) -> Entity | None:
        """Return the mailbox of a key, None where none is known."""
        return self.state.of_kind(MAILBOX).get(key) if key is not None else None

    def facts_of(self, key: str | None) -> MailboxFacts:
        """Return what decisions may take from a mailbox; mailboxes with the same settings share it."""
        mailbox = self.mailbox(key)

        def make() -> MailboxFacts:
            facts = mailbox_facts(mailbox, self.state, OF_MAILBOX)
            return self._same.setdefault(facts, facts)

        return _once(self._facts_of, mailbox, make)

    def listing(self, key: str | None) -> Mapping[str, frozenset[str]]:
        """Return the lists of a mailbox that hold an ID, by the folded ID."""
        mailbox = self.mailbox(key)
        return _once(self._listings, mailbox, lambda: listing(mailbox))

    def request(self, device: Device) -> AccessRequest:
        """Return what the decision about a device depends on."""
        listed = self.listing(device.mailbox).get(fold(device.device_id)) if device.device_id else None
        return AccessRequest(
            device.device_class, client_of(device), self.facts_of(device.mailbox), listed or frozenset()
        )

    def answers(self, request: AccessRequest) -> Iterator[tuple[DecisionStep, Decision | Passed]]:
        """Yield each step that is asked with its answer; the last one decides."""
        for step in (*self.steps, *BY_CLASS):
            answer = step.apply(request, self.rules, self.facts)
            yield step, answer
            if isinstance(answer, Decision):
                return

    def before_rules(self, request: AccessRequest) -> Decision | None:
        """Return the decision of the steps before the rules; None where the rules or the default decide."""
        for step in self.steps:
            answer = step.apply(request, self.rules, self.facts)
            if isinstance(answer, Decision):
                return answer
        return None

    def decide_request(self, request: AccessRequest) -> Decision:
        """Return the decision about a request; whose setting decided is not said where that is the device's own."""
        known = self._decisions.get(request)
        if known is None:
            if len(self._decisions) >= _MOST_DECISIONS:
                self._decisions.clear()
            known = self._decisions[request] = self._decide(request)
        return known

    def _decide(self, request: AccessRequest) -> Decision:
        passed: list[Passed] = []
        unread: dict[str, None] = {}
        for _, answer in self.answers(request):
            if isinstance(answer, Decision):
                found = answer._replace(not_read=tuple({**unread, **dict.fromkeys(answer.not_read)}))
                notes = (*answer.notes, *(each.words for each in passed))
                return found._replace(notes=notes, assumed=any(each.assumed for each in passed))
            if answer.not_read is not None:
                unread[answer.not_read] = None
            if answer.assumed or answer.noted:
                passed.append(answer)
        raise AssertionError("the last step decides")

    def decide(self, device: Device) -> Decision:
        """Return the decision about a device."""
        return self._attribute(self.decide_request(self.request(device)), device)

    def _attribute(self, decision: Decision, device: Device) -> Decision:
        """Return a decision with the object that decided, where it is the mailbox of the device or its policy."""
        if decision.decider is None:
            return decision
        mailbox = self.mailbox(device.mailbox)
        entity = mailbox if decision.decider == "mailbox" else self.state.policy_of(mailbox)
        return decision._replace(decided_by=entity)

    def explain(self, device: Device) -> Iterator[tuple[DecisionStep, Decision | str]]:
        """Yield each step that is asked with its answer: a sentence where it passes, the decision where it ends."""
        for step, answer in self.answers(self.request(device)):
            yield step, self.decide(device) if isinstance(answer, Decision) else answer.words

    def decide_class(self, device_class: DeviceClass) -> Decision:
        """Return the decision of rules and default for a class of devices: what one without exemptions gets."""
        return decide_class(device_class, self.rules, self.facts)


def _once(known: dict[int, tuple[object, T]], mailbox: Entity | None, make: Callable[[], T]) -> T:
    """Return what is worked out once for the settings that mailboxes share; they are held, so their number stays."""
    settings = mailbox.settings if mailbox is not None else EMPTY
    key = id(settings) if mailbox is not None else 0
    found = known.get(key)
    if found is None or found[0] is not settings:
        found = known[key] = (settings, make())
    return found[1]
