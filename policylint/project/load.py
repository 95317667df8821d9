"""The text of a file of policy or of policylint.yaml to its typed values and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.bind.policy import PolicyFile
from policylint.diagnostic import Diagnostic, error
from policylint.errors import FileError, UsageError
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, key_span
from policylint.syntax.parse import parse
from policylint.syntax.suppression import Suppression, suppressions

if TYPE_CHECKING:
    from policylint.errors import PolicylintError


class LoadedFile(NamedTuple):
    """A policy file: its text, its nodes and their typed values, what is wrong with it, and its ignore comments.

    Without a node nothing is declared in it.
    """

    source: Source
    node: MappingNode | None
    value: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]
    suppressions: tuple[Suppression, ...]

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
        return LoadedFile(source, node, value, problems + more, comments)
    if node is not None:
        message, hint = "a policy file is a mapping of sections", "begin with a section, such as `organization:`"
    else:
        message, hint = "the file is empty", "write a section, such as `organization:`"
    if node is not None or not problems:
        problems += (error("syntax", Span(source, 0, 0), message, hint),)
    return LoadedFile(source, None, {}, problems, comments)


def unreadable(path: str, problem: PolicylintError) -> Diagnostic:
    """Return what is wrong with a file that cannot be read."""
    reason = problem.reason if isinstance(problem, FileError) else problem.message
    return error("file", problem.span or Span(Source(path, ""), 0, 0), reason, problem.help)


class ConfigFile(NamedTuple):
    """A valid policylint.yaml. Without a node it is empty, or there is none."""

    source: Source
    node: MappingNode | None
    value: dict[str, Any]

    def span(self, keys: tuple[str, ...]) -> Span | None:
        """Return where a setting is written, from its key to the end of its value; None where the file has it not."""
        found: Node | None = self.node
        span: Span | None = None
        for key in keys:
            if not isinstance(found, MappingNode) or key not in found.values:
                return None
            span, found = key_span(self.source, found, key), found.values[key]
        return Span(self.source, span.start, found.end) if span is not None and found is not None else None

    def locate(self, keys: tuple[str, ...]) -> str | None:
        """Return the location of a setting as `path:line`, None where the file does not have it."""
        span = self.span(keys)
        return f"{span.path}:{span.begin.line}" if span is not None else None

    @property
    def editions(self) -> frozenset[str]:
        """Return the editions that it names, for itself or for an environment."""
        settings = (self.value, *self.value.get("environments", {}).values())
        return frozenset(each["edition"] for each in settings if "edition" in each)


def load_config(source: Source, store: SchemaStore) -> ConfigFile:
    """Return the configuration. Raises FileError where it is empty, UsageError at the first thing wrong with it."""
    node, problems = parse(source)
    if node is None and not problems:
        raise FileError("empty", path=source.path, help="write `version: 1`")
    value: dict[str, Any] = {}
    if node is not None and not problems:
        value, problems = validate(CompiledSchema(store, CONFIG), source, node)
    if problems:
        raise UsageError(problems[0].message, help=problems[0].help, span=problems[0].span)
    return ConfigFile(source, node if isinstance(node, MappingNode) else None, value)
