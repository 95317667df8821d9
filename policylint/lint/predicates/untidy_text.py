"""A text that is compared exactly holds needless spaces, or an accent as a character of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.devices.confusables import tidy, untidiness
from policylint.lint.exact_texts import exists_live, instead, texts_of
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def untidy_text(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each untidy text of the settings that live Exchange does not have just so."""
    assert subject is not None
    for found in texts_of(subject, params["fields"]):
        meant = tidy(found.text)
        if meant != found.text and not exists_live(found, context):
            values = {"value": quoted(found.text), "what": untidiness(found.text)}
            yield Finding(found.span, values, help=instead(meant))


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
