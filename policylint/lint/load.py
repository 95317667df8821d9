"""The text of a rule's rule.yaml to a rule."""

from __future__ import annotations

import re
import string
from itertools import chain
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.errors import RuleError
from policylint.lint.params import problems as problems_of
from policylint.lint.predicates import PREDICATES
from policylint.lint.rule import Rule
from policylint.schema.compile import CompiledSchema
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, SequenceNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.schema.store import SchemaStore

_NUMBER = re.compile(r"[0-9]+")
_MOST_DIGITS = 18

RULE_SCHEMA = "policylint:rule"


def load_rules(sources: Iterable[tuple[str, Source]], store: SchemaStore) -> tuple[Rule, ...]:
    """Return the rules of (group, text of rule.yaml) pairs, sorted by id.

    Raises RuleError where a rule is not well formed.
    """
    schema = CompiledSchema(store, RULE_SCHEMA)
    rules = [_load(group, source, schema, store) for group, source in sources]
    seen: dict[str, Rule] = {}
    for rule in rules:
        for name in (rule.id, *rule.aliases):
            if seen.setdefault(name, rule) is not rule:
                raise RuleError(f"two rules are called `{name}`", help="rename one; an id is never used again")
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _load(group: str, source: Source, schema: CompiledSchema, store: SchemaStore) -> Rule:
    node, problems = parse(source)
    if node is None or problems:
        raise RuleError(problems[0].message if problems else "empty", span=problems[0].span if problems else None)
    value, problems = validate(schema, source, node)
    if problems:
        raise RuleError(problems[0].message, help=problems[0].help, span=problems[0].span)
    params = (
        plain_data(source, node.values["params"]) if isinstance(node, MappingNode) and "params" in node.values else {}
    )
    predicate = PREDICATES.get(value["predicate"])
    if predicate is None:
        raise RuleError(f"{source.path}: no predicate `{value['predicate']}`", help=f"known: {', '.join(PREDICATES)}")
    wrong = next(chain(problems_of(predicate.params, params), _unknown_kinds(params, store)), None)
    if wrong is not None:
        raise RuleError(f"{source.path}: {wrong}", help=f"see what the predicate `{predicate.name}` asks for")
    folder = source.path.replace("\\", "/").split("/")[-2:-1]
    if folder and folder[0] != value["id"]:
        raise RuleError(f"{source.path}: the rule `{value['id']}` stands in a folder `{folder[0]}`", help="rename one")
    try:
        named = _placeholders(value["message"], value["help"])
    except ValueError as problem:
        raise RuleError(
            f"{source.path}: message or help: {problem}", help="write a brace of the text twice"
        ) from problem
    unknown = named - {*predicate.placeholders, *params, "identity"}
    if unknown:
        raise RuleError(f"{source.path}: `{value['predicate']}` does not answer with {', '.join(sorted(unknown))}")
    return Rule(
        id=value["id"],
        title=value["title"],
        severity=Severity(value["severity"]),
        subject=value["subject"],
        predicate=value["predicate"],
        params=params,
        message=value["message"],
        help=value["help"],
        group=group,
        packs=tuple(value.get("packs", ("recommended",))),
        editions=tuple(value.get("editions", ())),
        mandatory=value.get("mandatory", False),
        aliases=tuple(value.get("aliases", ())),
    )


def _unknown_kinds(params: Mapping[str, Any], store: SchemaStore) -> Iterator[str]:
    """Yield what is wrong with each kind of object that a rule asks about and no schema describes."""
    for kind in params.get("kinds", ()):
        if kind not in store.object_types:
            yield f"params.kinds: `{kind}` is none of {', '.join(store.object_types)}"


def _placeholders(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def plain_data(source: Source, node: Node) -> Any:
    """Return a node of a rule's parameters as plain data: true, false, null, whole numbers, texts.

    Raises RuleError where a number has more digits than any limit of Exchange.
    """
    if isinstance(node, MappingNode):
        return {key: plain_data(source, value) for key, value in node.values.items()}
    if isinstance(node, SequenceNode):
        return [plain_data(source, item) for item in node.items]
    if not node.plain:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    if not _NUMBER.fullmatch(node.text):
        return node.text
    if len(node.text) > _MOST_DIGITS:
        raise RuleError(
            f"a number of {len(node.text)} digits",
            help=f"write at most {_MOST_DIGITS}, or quotes around it to mean the text",
            span=Span(source, node.start, node.end),
        )
    return int(node.text)


_WORDS = {"true": True, "false": False, "null": None}
