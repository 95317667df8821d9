"""A text that is compared exactly holds a character that cannot be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.devices.confusables import described, invisible, replaced, tidy
from policylint.lint.exact_texts import SETTINGS, exists_live, instead, texts_beyond_ascii
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def invisible_character(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each text with such a character that live Exchange does not have just so."""
    for found in texts_beyond_ascii(context, params["settings"]):
        odd = invisible(found.text)
        if odd and not exists_live(found, context):
            values = {"value": quoted(found.text), "what": described(found.text, odd)}
            yield Finding(found.span, values, help=instead(tidy(replaced(found.text, odd))))


PREDICATE = Predicate(
    name="invisible-character",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["settings"],
        "properties": {"settings": SETTINGS},
    },
    placeholders=("value", "what"),
    apply=invisible_character,
)
