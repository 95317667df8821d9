"""A setting is declared that the edition of Exchange does not have, or does not act upon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import departs, known_settings
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policylint.model.entity import Entity
    from policylint.schema.store import Setting

NAMES: Mapping[str, str] = {
    "exchange-2013": "Exchange 2013",
    "exchange-2016": "Exchange 2016",
    "exchange-2019": "Exchange 2019",
    "exchange-se": "Exchange SE",
    "exchange-online": "Exchange Online",
}
"""What the editions are called, the oldest first."""


def setting_outside_edition(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each declared setting that the edition lacks, or that it has and does nothing with.

    What has no effect is only found where it departs from its default.
    """
    edition = context.config.edition
    for entity in context.policy.state.entities():
        for setting, _ in known_settings(context, entity):
            editions = _editions(setting, params["annotation"])
            if editions is None or edition in editions:
                continue
            if params["annotation"] == "effectiveIn" and not departs(context, entity, setting.name):
                continue
            known = listed(name for key, name in NAMES.items() if key in editions)
            values = {"field": setting.name, "edition": NAMES.get(edition, edition), "editions": known}
            yield Finding(entity.origin.key_span(setting.name), values)


def _editions(setting: Setting, annotation: str) -> Collection[str] | None:
    if annotation == "editions":
        return setting.editions
    editions: Collection[str] | None = setting.schema["exchange"].get(annotation)
    return editions


PREDICATE = Predicate(
    name="setting-outside-edition",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["annotation"],
        "properties": {"annotation": {"enum": ["editions", "effectiveIn"]}},
    },
    placeholders=("field", "edition", "editions"),
    apply=setting_outside_edition,
)
