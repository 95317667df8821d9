"""A text that is compared exactly holds a character that only looks like the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.devices.confusables import described, look_alikes, replaced, tidy
from policylint.lint.exact_texts import SETTINGS, exists_live, instead, texts_beyond_ascii
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def look_alike_character(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each text with such a character that live Exchange does not have just so.

    Typographic signs count in the settings that `signs` names: names of objects may hold them.
    """
    for found in texts_beyond_ascii(context, params["settings"]):
        odd = look_alikes(found.text, signs=found.setting in params["signs"])
        if odd and not exists_live(found, context):
            values = {"value": quoted(found.text), "what": described(found.text, odd)}
            yield Finding(found.span, values, help=instead(tidy(replaced(found.text, odd))))


PREDICATE = Predicate(
    name="look-alike-character",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["settings", "signs"],
        "properties": {"settings": SETTINGS, "signs": {"type": "array", "items": {"type": "string"}}},
    },
    placeholders=("value", "what"),
    apply=look_alike_character,
)
