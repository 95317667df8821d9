"""One device is allowed and blocked for one mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Label
from policylint.lint.facts import desired, item_span
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def device_id_in_both_lists(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding for each ID in both lists: at the allowed one, at the blocked one where only that is declared."""
    assert subject is not None
    mailbox = desired(context, subject)
    allowed = {fold(text): index for index, text in reversed(tuple(enumerate(mailbox.items(params["allowed"]))))}
    for index, text in enumerate(mailbox.items(params["blocked"])):
        other = allowed.pop(fold(text), None)
        if other is None:
            continue
        places = [
            (item_span(subject, name, number), what)
            for name, number, what in ((params["allowed"], other, "allowed"), (params["blocked"], index, "blocked"))
            if subject.origin.declares(name)
        ]
        if places:
            related = tuple(Label(span, f"{what} here") for span, what in places[1:])
            yield Finding(places[0][0], {"value": quoted(text)}, related)


PREDICATE = Predicate(
    name="device-id-in-both-lists",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["allowed", "blocked"],
        "properties": {"allowed": {"type": "string"}, "blocked": {"type": "string"}},
    },
    placeholders=("value",),
    apply=device_id_in_both_lists,
)
