"""A lint rule: data, and the predicate it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.lint.predicate import Predicate


INCLUDED: Mapping[str, tuple[str, ...]] = {"strict": ("recommended",)}
"""The packs that a pack includes."""


def with_included(packs: Iterable[str]) -> frozenset[str]:
    """Return packs and those that they include."""
    return frozenset(name for pack in packs for name in (pack, *INCLUDED.get(pack, ())))


class Rule(NamedTuple):
    """A rule as its folder describes it. `path` is that of its rule.yaml.

    A stage of policylint finds what a built-in rule without a predicate is about; its severity is the usual one.
    `severity_when_certain` is that of the findings that the predicate is certain of, None where it is the same.
    `controls` is what the rule stands for in a pack that is somebody's list of controls. What a `question` finds may or
    may not be wrong: nothing that is read shows it.
    `mandatory` rules cannot be switched off. `url` is the published page, None for a rule of a project.
    """

    id: str
    group: str
    path: str
    title: str
    severity: Severity
    severity_when_certain: Severity | None = None
    subject: str = ""
    predicate: Predicate | None = None
    params: Mapping[str, Any] = EMPTY
    message: str = ""
    help: str = ""
    packs: tuple[str, ...] = ("recommended",)
    editions: tuple[str, ...] = ()
    mandatory: bool = False
    aliases: tuple[str, ...] = ()
    controls: Mapping[str, Control] = EMPTY
    question: bool = False
    url: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the id and the earlier ids."""
        return (self.id, *self.aliases)

    @property
    def is_of_form(self) -> bool:
        """Return whether it is about the form of a policy: mandatory, and not a project's own."""
        return self.mandatory and self.url is not None

    def severity_of(self, *, certain: bool) -> Severity:
        """Return the severity of a finding, of which the predicate is certain or not."""
        return self.severity_when_certain or self.severity if certain else self.severity

    @property
    def finds_errors(self) -> bool:
        """Return whether what it finds may fail a run."""
        return Severity.ERROR in {self.severity, self.severity_when_certain}

    @property
    def severities_phrase(self) -> str:
        """Return the severity in words, with that of certain findings where it is another one."""
        certain = self.severity_when_certain
        return (
            str(self.severity)
            if certain in {None, self.severity}
            else f"{self.severity}, {certain} where it is certain"
        )

    @property
    def page_path(self) -> str:
        """Return the path of the rule's page."""
        return f"{self.path.removesuffix('rule.yaml')}rule.md"


class Control(NamedTuple):
    """A control of a published list, by its number there, and what it asks for."""

    number: str
    title: str


class Packs(NamedTuple):
    """What each pack of rules is for, and what each group of rules is called, in the order of the pages about them."""

    packs: Mapping[str, str]
    groups: Mapping[str, str]
