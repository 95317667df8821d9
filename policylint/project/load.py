"""The text of a file of policy or of policylint.yaml to its typed values and what is wrong with it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from policylint.bind.policy import PolicyFile
from policylint.diagnostic import Diagnostic, Severity, error
from policylint.documentation import Page
from policylint.errors import FileError, UsageError
from policylint.model.lock import LOCK_NAME, Lock
from policylint.model.matcher import KEY
from policylint.named_tuple import NamedTuple
from policylint.phrases import did_you_mean, quoted
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import LOCK, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, SequenceNode, key_span
from policylint.syntax.parse import parse
from policylint.syntax.suppression import Suppression, suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.errors import PolicylintError
    from policylint.lint.rule import Rule


class LoadedFile(NamedTuple):
    """A policy file: its text, its nodes and their typed values, what is wrong with it, and its ignore comments.

    Without a node nothing is declared in it. `is_unread` says that it could not be opened, so that nobody knows what it
    declares.
    """

    source: Source
    node: MappingNode | None
    value: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]
    suppressions: tuple[Suppression, ...]
    is_unread: bool = False

    @property
    def policy_file(self) -> PolicyFile | None:
        """Return what it declares, None where it declares nothing."""
        return PolicyFile(self.source, self.node, self.value) if self.node is not None else None


def load_file(source: Source, schema: CompiledSchema) -> LoadedFile:
    """Return a policy file after parsing and validation, whatever is wrong with it."""
    node, problems = parse(source)
    comments = suppressions(source, node)
    if isinstance(node, MappingNode):
        value, more = validate(schema, source, node)
        found = (*problems, *more)
        return LoadedFile(source, node, value, (*found, *_of_matchers(source, node, value, found)), comments)
    if node is not None:
        message, hint = "a policy file is a mapping of sections", "begin with a section, such as `organization:`"
    else:
        message, hint = "the file is empty", "write a section, such as `organization:`"
    if node is not None or not problems:
        problems += (error("syntax", Span(source, 0, 0), message, hint),)
    return LoadedFile(source, None, {}, problems, comments)


def _of_matchers(
    source: Source, node: MappingNode, value: dict[str, Any], known: Iterable[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with `matches` of entries that no schema can say.

    One with an error, `known` or found here, is taken out of the value: half of it would be about something else.
    """
    if KEY not in source.text:
        return
    from policylint.bind.matcher import matcher_problems  # few policies have such entries

    errors = sorted(each.span.start for each in known if each.severity is Severity.ERROR)
    for section, entries in node.values.items():
        if isinstance(entries, SequenceNode) and isinstance(data := value.get(section), list):
            for entry, part in zip(entries.items, data, strict=True):
                if isinstance(part, dict) and isinstance(entry, MappingNode) and KEY in part:
                    named = part.get("Characteristic")
                    found = tuple(matcher_problems(source, entry, named if section == "deviceAccessRules" else None))
                    yield from found
                    next_error = bisect_left(errors, entry.key_at(KEY)[0])
                    if found or (next_error < len(errors) and errors[next_error] < entry.values[KEY].end):
                        part[KEY] = None


class LockFile(NamedTuple):
    """What policylint.lock says, and what is wrong with it."""

    lock: Lock
    diagnostics: tuple[Diagnostic, ...] = ()


def load_lock(source: Source, store: SchemaStore) -> LockFile:
    """Return a lock after parsing and validation, whatever is wrong with it."""
    from policylint.bind.lock import bind_lock

    node, problems = parse(source)
    if not isinstance(node, MappingNode):
        hint = "`policylint lock` writes it; restore it with git"
        whole = error("schema", Span(source, 0, 0), f"{LOCK_NAME} is not a mapping", hint)
        return LockFile(Lock(), problems or (whole,))
    value, more = validate(CompiledSchema(store, LOCK), source, node)
    lock, found = bind_lock(source, node, value), (*problems, *more)
    return LockFile(lock, (*found, *_of_matchers(source, node, value, found)))


def unread_file(path: str, problem: PolicylintError) -> LoadedFile:
    """Return a policy file that could not be read, or is not text."""
    diagnostic = unreadable(path, problem)
    return LoadedFile(diagnostic.span.source, None, {}, (diagnostic,), (), is_unread=problem.span is None)


def overlooked_file(source: Source, sections: Collection[str]) -> LoadedFile | None:
    """Return a file that only its ending keeps out of the policy, where it has one of the sections of policies."""
    node, _ = parse(source)
    found = next((name for name in node.values if name in sections), None) if isinstance(node, MappingNode) else None
    if found is None or not isinstance(node, MappingNode):
        return None
    message = f"`{found}` is not read: `policies` of policylint.yaml matches the other ending of YAML only"
    hint = "rename the file, or add a pattern that matches it"
    problem = error("file", key_span(source, node, found), message, hint)
    return LoadedFile(source, None, {}, (problem,), ())


def unreadable(path: str, problem: PolicylintError) -> Diagnostic:
    """Return what is wrong with a file that cannot be read."""
    reason = problem.reason if isinstance(problem, FileError) else problem.message
    return error("file", problem.span or Span(Source(path, ""), 0, 0), reason, problem.help)


class ConfigFile(NamedTuple):
    """A valid policylint.yaml. Without a node it is empty, or there is none."""

    source: Source
    node: MappingNode | None
    value: dict[str, Any]

    def locate(self, keys: tuple[str, ...]) -> str | None:
        """Return the location of a setting as `path:line`, None where the file does not have it."""
        span = self.span(keys)
        return f"{span.path}:{span.begin.line}" if span is not None else None

    def span(self, keys: tuple[str | int, ...]) -> Span | None:
        """Return the span of a key and its value, or of the item of a list; None where the file does not have it."""
        found: Node | None = self.node
        span: Span | None = None
        for key in keys:
            if isinstance(key, int) and isinstance(found, SequenceNode) and key < len(found.items):
                found = found.items[key]
                span = Span(self.source, found.start, found.end)
            elif isinstance(key, str) and isinstance(found, MappingNode) and key in found.values:
                span, found = key_span(self.source, found, key), found.values[key]
            else:
                return None
        return Span(self.source, span.start, found.end) if span is not None and found is not None else None

    @property
    def parts(self) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
        """Yield the settings, then those of each environment, with the keys that lead to them."""
        yield (), self.value
        for name, settings in self.value.get("environments", {}).items():
            yield ("environments", name), settings

    @property
    def editions(self) -> frozenset[str]:
        """Return the editions that it names, for itself or for an environment."""
        return frozenset(each["edition"] for _, each in self.parts if "edition" in each)


def check_names(file: ConfigFile, rules: Iterable[Rule]) -> None:
    """Raise UsageError at the first pack or rule that a configuration names and that there is not."""
    rules = tuple(rules)
    packs = sorted({pack for rule in rules for pack in rule.packs})
    ids = {name: rule.id for rule in rules for name in rule.names}
    for keys, settings in file.parts:
        for number, pack in enumerate(settings.get("packs", ())):
            if pack not in packs:
                hint = did_you_mean(pack, packs) or f"packs: {', '.join(packs)}"
                raise UsageError(f"no pack {quoted(pack)}", help=hint, span=file.span((*keys, "packs", number)))
        for name in settings.get("severity", {}):
            if name not in ids:
                raise _no_rule(name, ids, file.span((*keys, "severity", name)))
        for number, name in enumerate(settings.get("not-ignorable", ())):
            if name not in ids:
                raise _no_rule(name, ids, file.span((*keys, "not-ignorable", number)))
        _check_not_ignorable(file, keys, settings, ids)


def _no_rule(name: str, ids: Mapping[str, str], span: Span | None) -> UsageError:
    return UsageError(f"no rule {quoted(name)}", help=did_you_mean(name, ids) or "see `policylint rules`", span=span)


def _check_not_ignorable(
    file: ConfigFile, keys: tuple[str | int, ...], settings: Mapping[str, Any], ids: Mapping[str, str]
) -> None:
    """Raise UsageError where settings, those above an environment among them, switch off what may not be ignored."""
    named = settings.get("not-ignorable", file.value.get("not-ignorable", ()))
    fixed = {ids[name] for name in named if name in ids}
    for name, severity in {**file.value.get("severity", {}), **settings.get("severity", {})}.items():
        if severity == "off" and ids.get(name) in fixed:
            span = file.span((*keys, "severity", name)) or file.span(("severity", name))
            hint = "take it out of one of the two"
            raise UsageError(f"{quoted(name)} is off, and `not-ignorable` names it", help=hint, span=span)


def load_config(source: Source, schema: CompiledSchema) -> ConfigFile:
    """Return the configuration. Raises FileError where it is empty, UsageError at the first thing wrong with it."""
    node, problems = parse(source)
    if node is None and not problems:
        raise FileError("empty", path=source.path, help="write `version: 1`", page=Page.KEYS)
    value: dict[str, Any] = {}
    if node is not None and not problems:
        value, problems = validate(schema, source, node)
    if problems:
        raise UsageError(problems[0].message, help=problems[0].help, span=problems[0].span, page=Page.KEYS)
    return ConfigFile(source, node if isinstance(node, MappingNode) else None, value)
