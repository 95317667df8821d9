"""One object of Exchange is declared at two places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.desired.overlay import names_of
from policylint.diagnostic import Label
from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted, show
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def declared_twice(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each further declaration of an object, with the place of the first."""
    for first, second in (*context.policy.duplicates, *_aliases(context)):
        if second.kind in params["kinds"]:
            described = context.store.object_type(second.kind)
            key = described.point_at
            called = f"the {described.section}" if described.single else f"{described.title} {quoted(second.identity)}"
            spelling = "" if first.identity == second.identity else f" as {quoted(first.identity)}"
            yield Finding(
                at(second, key),
                {"object": called, "differs": _difference(first, second, key)},
                (Label(at(first, key), f"first declared here{spelling}"),),
            )


def _aliases(context: Context) -> Iterator[tuple[Entity, Entity]]:
    """Yield the pairs of declared mailboxes that live Exchange knows as one."""
    live = context.snapshot.state.mailboxes if context.snapshot is not None else None
    if live is None:
        return
    names = names_of(live)
    first: dict[str, Entity] = {}
    for mailbox in (context.policy.state.mailboxes or {}).values():
        found = names.get(fold(mailbox.identity))
        if found is not None and first.setdefault(found.key, mailbox) is not mailbox:
            yield first[found.key], mailbox


def _difference(first: Entity, second: Entity, key: str | None) -> str:
    """Return in words the first setting that the two declarations give different values, empty where none differs."""
    for name, value in second.settings.items():
        if name in first.settings and first.settings[name] != value and name != key:
            return f", with {name} `{show(value)}` after `{show(first.settings[name])}`"
    return ""


PREDICATE = Predicate(
    name="declared-twice",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["kinds"],
        "properties": {
            "kinds": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
    },
    placeholders=("object", "differs"),
    apply=declared_twice,
)
