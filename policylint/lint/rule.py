"""A lint rule: data, and the predicate it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.model.entity import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.diagnostic import Severity
    from policylint.lint.predicate import Predicate


class Rule(NamedTuple):
    """A rule as its folder describes it. `path` is that of its rule.yaml.

    A stage of policylint finds what a built-in rule without a predicate is about; its severity is the usual one.
    `severity_when_certain` is that of the findings that the predicate is certain of, None where it is the same.
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
    url: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the id and the earlier ids."""
        return (self.id, *self.aliases)

    def severity_of(self, *, certain: bool) -> Severity:
        """Return the severity of a finding, of which the predicate is certain or not."""
        return self.severity_when_certain or self.severity if certain else self.severity

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


class Packs(NamedTuple):
    """What each pack of rules is for, and what each group of rules is called, in the order of the pages about them."""

    packs: Mapping[str, str]
    groups: Mapping[str, str]
