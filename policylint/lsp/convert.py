"""Values of policylint as those of the protocol. What comes from outside is shown as text that steers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from policylint.diagnostic import Diagnostic, Severity
from policylint.editor.positions import Extent, extent_of
from policylint.escape import clean
from policylint.lint.suppress import RULE as SUPPRESSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.editor.completion import Suggestion
    from policylint.editor.lenses import Lens
    from policylint.edits import TextEdit
    from policylint.source import Span

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_KINDS = {
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "live": types.CompletionItemKind.Value,
    "rule": types.CompletionItemKind.Reference,
    "entry": types.CompletionItemKind.Snippet,
}


def extent(found: Extent) -> types.Range:
    """Return a range."""
    return types.Range(types.Position(*found.start), types.Position(*found.end))


def span(found: Span, encoding: str) -> types.Range:
    """Return where a span is; what is about a whole text is on its first line."""
    return extent(extent_of(found.source, found.start, found.end, encoding))


def diagnostic(found: Diagnostic, uris: Mapping[str, str], encoding: str, *, related: bool) -> types.Diagnostic:
    """Return a finding; with `related`, also the other places that it is about."""
    words = clean(found.message) + (f"\nhelp: {clean(found.help)}" if found.help else "")
    is_unused = found.rule == SUPPRESSION and found.severity is not Severity.ERROR
    labels = [
        types.DiagnosticRelatedInformation(
            types.Location(uris[label.span.path], span(label.span, encoding)), clean(label.message)
        )
        for label in found.related
        if label.span.path in uris
    ]
    return types.Diagnostic(
        span(found.span, encoding),
        words,
        severity=_SEVERITIES[found.severity],
        code=found.rule,
        code_description=types.CodeDescription(found.url) if found.url else None,
        source="policylint",
        tags=[types.DiagnosticTag.Unnecessary] if is_unused else None,
        related_information=labels if related and labels else None,
    )


def edit(found: TextEdit, encoding: str) -> types.TextEdit:
    """Return an edit."""
    return types.TextEdit(span(found.span, encoding), found.text)


def completion(found: Suggestion, where: types.Range, number: int) -> types.CompletionItem:
    """Return a suggestion, whose place among the others is a number."""
    is_entry = found.kind == "entry"
    return types.CompletionItem(
        found.label,
        kind=_KINDS[found.kind],
        detail=clean(found.detail) or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, found.words) if found.words else None,
        sort_text=f"{number:05}",
        filter_text=found.typed,
        insert_text_format=types.InsertTextFormat.Snippet if is_entry else types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs if is_entry else None,
        text_edit=types.TextEdit(where, found.text),
    )


def lens(found: Lens, uri: str, encoding: str, command: str) -> types.CodeLens:
    """Return a lens, which lists the devices when it is clicked."""
    return types.CodeLens(
        span(found.span, encoding),
        command=types.Command(found.title, command=command, arguments=[uri, found.span.start]),
    )
