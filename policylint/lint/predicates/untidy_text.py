"""A text that is compared exactly holds needless spaces, or signs that only look like the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.look_alikes import tidy, untidiness
from policylint.lint.objects import at, item_span
from policylint.lint.observed import observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.lint.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity
    from policylint.source import Span


def untidy_text(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each untidy text of the settings, except a query string that a device reports just so."""
    assert subject is not None
    for text, span in _texts(subject, params["fields"]):
        meant = tidy(text)
        if meant == text or not meant or _is_reported(subject, text, context):
            continue
        yield Finding(span, {"value": quoted(text), "what": untidiness(text)}, help=f"write {quoted(meant)}")


def _texts(subject: Entity, names: list[str]) -> Iterator[tuple[str, Span]]:
    for name in names:
        value = subject.get(name)
        if isinstance(value, str):
            yield value, at(subject, name)
        elif isinstance(value, tuple):
            for index, text in enumerate(value):
                yield text, item_span(subject, name, index)


def _is_reported(subject: Entity, text: str, context: Context) -> bool:
    values = observed(context).of(subject.text("Characteristic"))
    return values is not None and values.find(text) is not None


PREDICATE = Predicate(
    name="untidy-text",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["fields"],
        "properties": {"fields": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    },
    placeholders=("value", "what"),
    apply=untidy_text,
)
