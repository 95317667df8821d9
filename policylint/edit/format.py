"""A file to its canonical form, or what is wrong with it. What the form may not change is checked every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.bind.policy import PolicyFile
from policylint.diagnostic import Diagnostic, error
from policylint.edit.apply import FileEdits, Purpose, apply_edits
from policylint.edits import TextEdit
from policylint.fmt.layout import format_text
from policylint.schema.compile import CompiledSchema
from policylint.schema.validate import validate
from policylint.source import Source, Span, with_line_ends
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from policylint.schema.store import SchemaStore

RULE = "fmt"
"""The rule id of every refusal of this stage."""

_CANONICAL = Purpose(
    rule=RULE,
    changed=(
        "the canonical form of this file would not say the same",
        "the file is left as it is; please report it as a bug",
    ),
    moved=(
        "in canonical form this comment would be about another line",
        "put it at the end of the line it is about, or above that line",
    ),
    exact=True,
)


def formatted(source: Source, store: SchemaStore, identifier: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Return the canonical form of a text, or None and why there is none.

    A text that is not well formed, or that its schema does not admit, has none. The form says the same, holds the same
    comments, and its `policylint: ignore` comments are about the same keys and values. Its lines end as the first one.
    """
    root, problems = parse(source)
    if root is None or problems:
        return None, problems or (_refusal(source, "the file is empty", "write a section"),)
    if not isinstance(root, MappingNode):
        return None, (_refusal(source, "the file is not a mapping", "begin with a key"),)
    schema = CompiledSchema(store, identifier)
    value, problems = validate(schema, source, root)
    if problems:
        return None, problems
    text = with_line_ends(format_text(source, root, store, identifier), source.line_end)
    if text == source.text:
        return text, ()
    whole = TextEdit(Span(source, 0, len(source.text)), text)
    return apply_edits(FileEdits(PolicyFile(source, root, value), (whole,)), schema, _CANONICAL)


def _refusal(source: Source, message: str, help: str) -> Diagnostic:  # noqa: A002
    return error(RULE, Span(source, 0, 0), message, help)
