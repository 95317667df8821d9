"""What an auditor asks of a pack: whether each of its controls holds, and what was looked at to say so."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.desired.ownership import management_of
from policylint.lint.predicate import POLICY
from policylint.lint.predicates.steps import STEP
from policylint.lint.undeclared import is_looked_at
from policylint.model.config import EDITIONS, EXACT
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, quoted
from policylint.text import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.facts import Facts
    from policylint.lint.rule import Control, Rule
    from policylint.lint.run import LintResult

Outcome: TypeAlias = Literal["fail", "accepted", "not known", "pass", "not applicable"]

OUTCOMES: Mapping[Outcome, str] = {
    "fail": "it does not hold somewhere; what the baseline has is a failure that is known",
    "accepted": "it does not hold somewhere, and an ignore comment says everywhere why that is accepted",
    "not known": "what would show it was not read, or is not checked",
    "pass": "it holds in all that was checked",
    "not applicable": "it is for another edition, or about objects of which there are none",
}
"""What the outcomes mean, those first that somebody has to act on."""


class Checked(NamedTuple):
    """A control of a pack, which is one rule, and its outcome.

    `why` says what the outcome rests on. `objects` is how many objects were looked at, None of a rule about the whole
    policy, or where none was. `open` are the findings that count, `known` those in the baseline, `accepted` those that
    comments ignore.
    """

    rule: Rule
    control: Control | None
    outcome: Outcome
    why: str
    objects: int | None = None
    open: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()
    accepted: tuple[Diagnostic, ...] = ()

    @property
    def number(self) -> str:
        """Return what the control is called: its number in a published list, else the id of the rule."""
        return self.control.number if self.control is not None else self.rule.id

    @property
    def title(self) -> str:
        """Return what the control asks for; of a rule that is in no published list what it finds."""
        return self.control.title if self.control is not None else f"Not found: {self.rule.title}"


def check_pack(pack: str, rules: Iterable[Rule], result: LintResult, facts: Facts) -> tuple[Checked, ...]:
    """Return the controls of a pack, in the order of their numbers or ids.

    `rules` are those of the pack, `result` what they found in a run in which the pack was applied. Rules that stages
    of policylint find are left out: without them there is no report. So are rules about the steps of a plan.
    """
    asked = [rule for rule in rules if rule.predicate is not None and rule.subject != STEP]
    active = {rule.id: rule for rule in result.rules}
    checked = [_checked(active.get(rule.id, rule), rule.id in active, pack, result, facts) for rule in asked]
    return tuple(sorted(checked, key=lambda each: (each.control is None, natural(each.number))))


def _checked(rule: Rule, is_active: bool, pack: str, result: LintResult, facts: Facts) -> Checked:
    found = Checked(
        rule,
        rule.controls.get(pack),
        "pass",
        "the whole policy was checked",
        None,
        _of(rule, result.diagnostics),
        _of(rule, result.known),
        _of(rule, result.suppressed),
    )
    if rule.editions and facts.config.edition not in rule.editions:
        return found._replace(outcome="not applicable", why=f"it is for {_editions(rule.editions)}")
    if not is_active:
        return found._replace(outcome="not known", why="it is switched off in policylint.yaml")
    objects, outcome, why = _looked_at(rule, facts)
    found = found._replace(objects=objects)
    if rule.question and (found.open or found.known):
        return found._replace(outcome="not known", why="no export of Exchange shows it; the finding says where to look")
    if found.open or found.known:
        return found._replace(outcome="fail", why=f"{_failures(found)}; {why}")
    if outcome == "not known":
        return found._replace(outcome=outcome, why=why)
    if unseen := _unseen(rule, facts):
        return found._replace(outcome="not known", why=unseen)
    if outcome != "pass":
        return found._replace(outcome=outcome, why=why)
    return found._replace(outcome="accepted" if found.accepted else "pass", why=why)


def _looked_at(rule: Rule, facts: Facts) -> tuple[int | None, Outcome, str]:
    """Return how many objects a rule was about, and what follows where it was about none or not about all."""
    if rule.subject == POLICY:
        return None, "pass", "the whole policy was checked"
    is_expanded = rule.predicate is not None and not rule.predicate.exact_only
    number = sum(1 for _ in facts.subjects(rule.subject, expanded=is_expanded))
    described = facts.store.object_type(rule.subject)
    one, many = described.title.lower(), described.plural.lower()
    desired = facts.desired.section(rule.subject)
    if desired is None:
        return None, "not known", f"no file declares {many}, and live state was not read"
    management = facts.config.managed(described.section)
    others = sum(1 for each in desired.values() if not each.is_declared and is_looked_at(each, management))
    if described.single and (number or others):
        return None, "pass", f"the {many} were checked{'' if number else ', which are in no file'}"
    if rule.mandatory and others:
        return number, "not known", f"{count(number, one, many)} checked; {others:,} more are live and in no file"
    if not number + others:
        return None, "not applicable", f"there are no {many}"
    why = f"{count(number + others, one, many)} checked"
    return number + others, "pass", f"{why}, {others:,} of them live and in no file" if others else why


def _of(rule: Rule, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(each for each in found if each.rule == rule.id)


def _failures(found: Checked) -> str:
    """Return how many findings there are that count or are in the baseline."""
    words = count(len(found.open) + len(found.known), "finding")
    if not found.known:
        return words
    return f"{words}, {'all' if not found.open else format(len(found.known), ',')} in the baseline"


def _editions(editions: Iterable[str]) -> str:
    return listed((EDITIONS.get(edition, edition) for edition in editions), None, " and ")


def _unseen(rule: Rule, facts: Facts) -> str:
    """Return what a rule that finds nothing could not see, empty where that says that there is nothing."""
    predicate = rule.predicate
    if predicate is None:
        return ""
    needs_live = predicate.needs_snapshot or predicate.needs_whole
    if rule.subject == POLICY and not predicate.files_tell:
        needs_live = True
    if needs_live and not facts.sees_all:
        return _missing(facts)
    if rule.subject != POLICY and (why := _unseen_objects(rule, facts)):
        return why
    if predicate.unseen is not None:
        return predicate.unseen(rule.subject, rule.params, facts)
    if rule.question:
        return "no export of Exchange shows it"
    return _unread_settings(rule, facts) if rule.subject != POLICY else ""


def _unread_settings(rule: Rule, facts: Facts) -> str:
    """Return a setting that a rule names, and that neither a file nor live state says of some object."""
    described = facts.store.object_type(rule.subject)
    known = described.planned_in(facts.config.edition)
    names = [name for name in dict.fromkeys(_texts(rule.params)) if name in known]
    management = facts.config.managed(described.section)
    for entity in facts.desired.of_kind(rule.subject).values() if names else ():
        if not is_looked_at(entity, management) or (entity.is_declared and facts.is_new(entity)):
            continue
        for name in names:
            if name not in entity.settings:
                return f"{quoted(name)} of {quoted(entity.identity or described.title)} is in no file, and was not read"
    return ""


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a parameter, names of its parts among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, MappingType):
        for name, part in value.items():
            yield from (str(name), *_texts(part))
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


def _unseen_objects(rule: Rule, facts: Facts) -> str:
    """Return which objects a rule about single ones could not see."""
    described = facts.store.object_type(rule.subject)
    many = described.plural.lower()
    if any(each.needs_live for each in facts.policy.expansions if each.pattern.entry.kind == rule.subject):
        return f"no snapshot says which {many} an entry with `matches` stands for"
    if described.single or (facts.live is not None and facts.live.section(rule.subject) is not None):
        return ""
    if management_of(facts.config.manage, described).mode == EXACT:
        return ""
    return f"{many} that are in no file may stay, and live state was not read"


def _missing(facts: Facts) -> str:
    """Return what of live state is missing."""
    if facts.snapshot is None:
        return "it needs live state, and there is no snapshot"
    return f"it needs all of live state; the snapshot lacks {listed(map(quoted, facts.snapshot.incomplete))}"
