"""A question that rules ask: a function over objects or over the whole policy, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.diagnostic import Label
from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from policylint.edits import Fix
    from policylint.lint.facts import Facts
    from policylint.lint.parameters import Parameter
    from policylint.model.entity import Entity
    from policylint.source import Span

    Params: TypeAlias = Mapping[str, Any]
    """What a rule passes to its predicate, typed and checked."""

    Findings: TypeAlias = Iterator["Finding"]
    AboutEntity: TypeAlias = Callable[[Entity, Params, Facts], Findings]
    AboutPolicy: TypeAlias = Callable[[Params, Facts], Findings]
    Unseen: TypeAlias = Callable[[str, Params, Facts], str]
    """What a rule on a kind of object cannot see, in words."""

POLICY = "policy"
"""The subject of a rule that is about the whole policy."""

SAID_BY = "unless-found"
"""The parameter that names a rule which says the same: where it finds an object too, only its finding is shown."""


class Varying(str):
    """What a placeholder says that changes by itself: with devices, days and versions. No finding is known by it."""

    __slots__ = ()


class Finding(NamedTuple):
    """A location where a rule applies, the words for its message, and other locations that belong to it.

    `help` replaces the rule's own where the remedy depends on what was found. `label` is said of the span itself, `fix`
    resolves the finding. `certain` says that nothing the predicate cannot know would make it wrong; a rule can give
    such findings a severity of their own. `subject` is the declared object that it is about, None where the place alone
    says that.
    """

    span: Span
    values: Mapping[str, str] = EMPTY
    related: tuple[Label, ...] = ()
    help: str | None = None
    label: str = ""
    fix: Fix | None = None
    certain: bool = False
    subject: Entity | None = None


class Predicate(NamedTuple):
    """A question that rules ask.

    `subject` is the kind of object that it is about, `policy` for the whole policy, None for objects of any kind. Of
    the parameters `either`, a rule passes exactly one. `placeholders` are the words that it has for a message, with
    what they are. `apply` is given the kind of object that the rule is about. It does not raise. One that
    `needs_snapshot` finds nothing without live state, one that `needs_whole` may find nothing where that lacks parts.
    One that is `exact_only` is not asked about what entries with `matches` stand for. `files_tell` says of one about
    the whole policy that live state adds nothing. `unseen` returns what of its question cannot be answered, empty where
    finding nothing says that there is nothing.
    """

    name: str
    subject: str | None
    params: Mapping[str, Parameter]
    either: tuple[str, ...]
    placeholders: Mapping[str, str]
    documentation: str
    apply: Callable[[str, Params, Facts], Findings]
    needs_snapshot: bool = False
    needs_whole: bool = False
    exact_only: bool = False
    files_tell: bool = False
    unseen: Unseen | None = None


def entity_predicate(
    subject: str | None = None,
    *,
    params: Mapping[str, Parameter] = EMPTY,
    either: tuple[str, ...] = (),
    placeholders: Mapping[str, str] = EMPTY,
    needs_snapshot: bool = False,
    needs_whole: bool = False,
    declares: Callable[[Params], Collection[str]] | None = None,
    exact_only: bool = False,
    unseen: Unseen | None = None,
    rules_out: Callable[[str, Params, Facts], bool] | None = None,
) -> Callable[[AboutEntity], Predicate]:
    """Return a decorator that makes a function a predicate about each declared object of a kind.

    The options are those of a predicate. Nothing is found about an object that declares none of the settings that
    `declares` returns, and about none where `rules_out` is true, which is given the kind of object.
    """

    def declare(function: AboutEntity) -> Predicate:
        def apply(kind: str, params: Params, facts: Facts) -> Findings:
            if rules_out is not None and rules_out(kind, params, facts):
                return
            subjects = (
                facts.subjects(kind, expanded=not exact_only)
                if declares is None
                else facts.subjects_with(kind, declares(params), expanded=not exact_only)
            )
            for entity in subjects:
                for span, values, related, help_, said, fix, certain, _ in function(entity, params, facts):
                    named = {"identity": show(entity.identity), **values}
                    yield Finding(span, named, related, help_, said, fix, certain, entity)

        words = {"identity": "the name of the object", **placeholders}
        name, documentation = _name(function), function.__doc__ or ""
        return Predicate(
            name,
            subject,
            params,
            either,
            words,
            documentation,
            apply,
            needs_snapshot,
            needs_whole,
            exact_only,
            False,
            unseen,
        )

    return declare


def policy_predicate(
    *,
    params: Mapping[str, Parameter] = EMPTY,
    placeholders: Mapping[str, str] = EMPTY,
    needs_snapshot: bool = False,
    needs_whole: bool = False,
    files_tell: bool = False,
    unseen: Unseen | None = None,
) -> Callable[[AboutPolicy], Predicate]:
    """Return a decorator that makes a function a predicate about the whole policy.

    The options are those of a predicate.
    """

    def declare(function: AboutPolicy) -> Predicate:
        def apply(_kind: str, params: Params, facts: Facts) -> Findings:
            return function(params, facts)

        name, documentation = _name(function), function.__doc__ or ""
        return Predicate(
            name,
            POLICY,
            params,
            (),
            placeholders,
            documentation,
            apply,
            needs_snapshot,
            needs_whole,
            False,
            files_tell,
            unseen,
        )

    return declare


def _name(function: Callable[..., Any]) -> str:
    return function.__name__.replace("_", "-")


def label(entity: Entity, name: str | None, message: str) -> tuple[Label, ...]:
    """Return a label at a declared setting or object; none where the object is live only."""
    return (Label(entity.at(name), message),) if entity.is_declared else ()
