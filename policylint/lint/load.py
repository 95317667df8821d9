"""The text of a rule's rule.yaml to a rule. Its folder gives the id, the folder above that the group."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from policylint.diagnostic import Severity
from policylint.documentation import rule_address
from policylint.errors import RuleError
from policylint.lint.parameters import Scope, schema_of
from policylint.lint.predicate import POLICY
from policylint.lint.predicates import PREDICATES
from policylint.lint.predicates.steps import OF_A_KIND, STEP, STEP_IS, UNLESS
from policylint.lint.rule import Control, Packs, Rule
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean, listed, quoted
from policylint.regex import regex
from policylint.schema.compile import CompiledSchema
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, ScalarNode, key_span
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.lint.predicate import Predicate
    from policylint.schema.store import SchemaStore

RULE_SCHEMA = "policylint:rule"
CERTAIN = "severity-when-certain"
_BRACES = regex(r"(\{\{|\}\})|\{([A-Za-z][A-Za-z0-9_-]*)\}|\{[^{}]*\}?|\}")
"""A brace of the text, which is written twice, or a placeholder; or anything else in braces, which is neither."""
_ID = regex(r"[a-z0-9]+(?:-[a-z0-9]+)*")
QUESTIONS = {**PREDICATES, STEP_IS.name: STEP_IS}
"""Every predicate that a rule may name."""
QUESTION = ("subject", "predicate", "message", "help")
"""The keys that a rule needs to ask a question; a built-in rule has none of them."""


def load_rules(
    shipped: Iterable[Source], store: SchemaStore, own: Iterable[Source] = (), known: Iterable[Rule] = ()
) -> tuple[Rule, ...]:
    """Return the rules of the texts of rule.yaml, sorted by id: those that come with policylint, and a project's own.

    `known` are rules that were read before. Raises RuleError where a rule is not well formed, or two have one name.
    """
    schema = cache(lambda: CompiledSchema(store, RULE_SCHEMA))
    read = (_File.read(source, schema()).rule() for source in shipped)
    rules = [*known, *(rule._replace(url=rule_address(rule.id)) for rule in read)]
    for file in (_File.read(source, schema()) for source in own):
        if file.value.get("builtin"):
            file.refuse("builtin", "only policylint has built-in rules", "name a predicate")
        rules.append(file.rule())
    seen: dict[str, Rule] = {}
    for rule in rules:
        for name in rule.names:
            if seen.setdefault(name, rule) is not rule:
                paths = f"{seen[name].path} and {rule.path}"
                raise RuleError(f"two rules are called `{name}`: {paths}", help="rename one; an id is never used again")
    return tuple(sorted(rules, key=lambda rule: rule.id))


def read_packs(source: Source) -> Packs:
    """Return what packs and groups of rules are for, of the text of packs.yaml."""
    node, _ = parse(source)
    assert isinstance(node, MappingNode)
    packs, groups = (node.values[name] for name in Packs._fields)
    assert isinstance(packs, MappingNode)
    assert isinstance(groups, MappingNode)
    return Packs(_texts(packs), _texts(groups))


def _texts(node: MappingNode) -> dict[str, str]:
    return {name: value.text for name, value in node.values.items() if isinstance(value, ScalarNode)}


class _File(NamedTuple):
    """A rule.yaml that its schema admits."""

    source: Source
    node: MappingNode
    value: dict[str, Any]
    store: SchemaStore

    @classmethod
    def read(cls, source: Source, schema: CompiledSchema) -> _File:
        """Return the typed text of a rule.yaml. Raises RuleError at the first thing wrong with it."""
        node, problems = parse(source)
        value: Any = None
        if node is not None and not problems:
            value, problems = validate(schema, source, node)
        if problems:
            raise RuleError(problems[0].message, help=problems[0].help, span=problems[0].span)
        if not isinstance(node, MappingNode):
            raise RuleError(f"{source.path}: empty", help="write `title:` and what else a rule has")
        return cls(source, node, value, schema.store)

    def refuse(self, key: str, message: str, help: str) -> NoReturn:  # noqa: A002
        """Raise RuleError at a key."""
        raise RuleError(message, help=help, span=key_span(self.source, self.node, key))

    def rule(self) -> Rule:
        """Return the rule. Raises RuleError."""
        group, folder = ("", *self.source.path.replace("\\", "/").split("/"))[-3:-1]
        value = self.value
        if value.get("id", folder) != folder:
            self.refuse("id", f"the id `{value['id']}` is not that of the folder `{folder}`", "remove `id`")
        if _ID.fullmatch(folder) is None:
            message = f"the folder {quoted(folder)} is no id"
            self.refuse("title", message, "an id has small letters, digits and single hyphens: rename the folder")
        for alias in value.get("aliases", ()):
            if _ID.fullmatch(alias) is None:
                self.refuse(
                    "aliases", f"{quoted(alias)} is no id", "an id has small letters, digits and single hyphens"
                )
        for pack in value.get("controls", ()):
            if pack not in value.get("packs", ("recommended",)):
                self.refuse("controls", f"the rule is not in the pack {quoted(pack)}", "add it to `packs`")
        rule = Rule(
            id=folder,
            group=group,
            path=self.source.path,
            title=value["title"],
            severity=Severity(value["severity"]),
            severity_when_certain=Severity(value[CERTAIN]) if CERTAIN in value else None,
            packs=tuple(value.get("packs", ("recommended",))),
            editions=tuple(value.get("editions", ())),
            mandatory=value.get("mandatory", value.get("builtin", False)),
            aliases=tuple(value.get("aliases", ())),
            controls={pack: Control(each["id"], each["title"]) for pack, each in value.get("controls", {}).items()},
            question=value.get("question", False),
        )
        if not value.get("builtin"):
            return self._asking(rule)
        for key in (*QUESTION, "params", CERTAIN):
            if key in value:
                self.refuse(key, f"a built-in rule has no `{key}`", "remove it")
        return rule

    def _asking(self, rule: Rule) -> Rule:
        """Return a rule with its question. Raises RuleError."""
        value = self.value
        for key in QUESTION:
            if key not in value:
                self.refuse("title", f"`{key}` is missing", f"add `{key}`")
        predicate = self._predicate()
        if predicate is STEP_IS:
            self._check_conditions()
        params = self._params(predicate)
        self._check_placeholders(predicate, params)
        return rule._replace(
            subject=value["subject"], predicate=predicate, params=params, message=value["message"], help=value["help"]
        )

    def _predicate(self) -> Predicate:
        """Return the predicate, which has to be about the rule's subject."""
        name, subject = self.value["predicate"], self.value["subject"]
        predicate = QUESTIONS.get(name)
        if predicate is None:
            hint = did_you_mean(name, QUESTIONS) or f"known: {', '.join(QUESTIONS)}"
            self.refuse("predicate", f"no predicate {quoted(name)}", hint)
        kinds = (*self.store.object_types, POLICY, STEP)
        if subject not in kinds:
            hint = did_you_mean(subject, kinds) or f"write one of {', '.join(kinds)}"
            self.refuse("subject", f"no kind of object {quoted(subject)}", hint)
        if subject != (predicate.subject or subject) or (predicate.subject is None and subject in {POLICY, STEP}):
            wanted = predicate.subject or "the kind of object that the rule is about"
            self.refuse("subject", f"`{name}` is not about `{subject}`", f"write {wanted}")
        return predicate

    def _params(self, predicate: Predicate) -> Mapping[str, Any]:
        """Return the parameters, typed by the schema that the predicate has for this subject."""
        node: Node = self.node.values.get("params", MappingNode(self.node.values["predicate"].start))
        identifier = f"policylint:params/{self.source.path}"
        scope = Scope(self.store, self.value["subject"], node)
        self.store.define(identifier, schema_of(predicate.params, scope))
        value, problems = validate(CompiledSchema(self.store, identifier), self.source, node)
        if problems:
            raise RuleError(problems[0].message, help=problems[0].help, span=problems[0].span)
        if predicate.either and len([name for name in predicate.either if name in value]) != 1:
            self.refuse(
                "params", f"`{predicate.name}` needs one of {listed(map(quoted, predicate.either))}", "give one"
            )
        params: Mapping[str, Any] = value
        return params

    def _check_conditions(self) -> None:
        """Refuse a rule about every step, and one that names settings of no kind of object."""
        given = self.value.get("params", {})
        if not given:
            self.refuse("predicate", "it finds every step", "say under `params` which steps it finds")
        names = {*given, *(given[UNLESS] if isinstance(given.get(UNLESS), dict) else ())}
        if "kind" not in given and (named := [name for name in OF_A_KIND if name in names]):
            self.refuse("params", f"`{named[0]}` needs `kind`", "name the kind of object that has these settings")

    def _check_placeholders(self, predicate: Predicate, params: Mapping[str, Any]) -> None:
        """Refuse a message or help with anything in braces but the bare name of what is filled in."""
        known = {*predicate.placeholders, *params}
        for key in ("message", "help"):
            unknown = []
            for found in _BRACES.finditer(self.value[key]):
                if found[1] is None and found[2] is None:
                    text = f"`{key}`: {quoted(found[0])} is no placeholder, which is a name in braces"
                    raise RuleError(text, help="write a brace of the text twice", span=self._span(key))
                if found[2] is not None and found[2] not in known:
                    unknown.append(found[2])
            if unknown:
                hint = did_you_mean(unknown[0], known) or f"known: {', '.join(sorted(known)) or 'none'}"
                message = f"`{predicate.name}` does not give {listed(map(quoted, unknown))}"
                raise RuleError(message, help=hint, span=self._span(key))

    def _span(self, key: str) -> Span:
        node = self.node.values[key]
        return Span(self.source, node.start, node.end)
