"""The texts of a policy that Exchange compares whole, with where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.desired.overlay import names_of
from policylint.lint.facts import at, item_span, observed
from policylint.phrases import LONGEST
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from policylint.lint.rule import Context
    from policylint.model.entity import Entity, Value
    from policylint.source import Span

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
}
"""The JSON Schema of settings by kind of object, as rules name them."""


class ExactText(NamedTuple):
    """A text of a setting that is a text or a list of texts; `item` is its place in a list."""

    entity: Entity
    setting: str
    text: str
    item: int | None = None

    @property
    def span(self) -> Span:
        """Return where the text stands."""
        if self.item is None:
            return at(self.entity, self.setting)
        return item_span(self.entity, self.setting, self.item)


def texts_of(entity: Entity, settings: Iterable[str]) -> Iterator[ExactText]:
    """Yield the texts of some settings of an object."""
    for name in settings:
        value = entity.settings.get(name)
        if isinstance(value, str):
            yield ExactText(entity, name, value)
        elif isinstance(value, tuple):
            for index, text in enumerate(value):
                yield ExactText(entity, name, text, index)


def texts_beyond_ascii(context: Context, settings: Mapping[str, Collection[str]]) -> Iterator[ExactText]:
    """Yield the texts of the settings, by kind of object, that hold more than ASCII."""
    for kind, names in settings.items():
        for entity in context.policy.state.of_kind(kind).values():
            odd = [name for name in names if not _is_ascii(entity.settings.get(name))]
            yield from (found for found in texts_of(entity, odd) if not found.text.isascii())


def _is_ascii(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(str.isascii, value))
    return not isinstance(value, str) or value.isascii()


def exists_live(found: ExactText, context: Context) -> bool:
    """Return whether Exchange is known to have a text exactly so, however odd it looks.

    Devices of the snapshot or the catalog report a query string; live objects have names, devices have IDs.
    """
    entity, setting, text, _ = found
    if entity.kind == "deviceAccessRule":
        values = observed(context).of(entity.text("Characteristic"))
        return values is not None and values.find(text) is not None
    if context.snapshot is None:
        return False
    state, devices = context.snapshot.state, context.snapshot.devices
    if context.store.object_type(entity.kind).settings[setting].kind == "policy-ref":
        return state.find_policy(text) is not None
    if setting in {"ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"}:
        return fold(text) in _once(context, "device-ids", lambda: set(map(fold, devices.ids())))
    return fold(text) in _once(context, f"names of {entity.kind}", lambda: names_of(state.of_kind(entity.kind)))


def _once(context: Context, name: str, make: Callable[[], Collection[str]]) -> Collection[str]:
    """Return what is worked out once a run."""
    if name not in context.cache:
        context.cache[name] = make()
    known: Collection[str] = context.cache[name]
    return known


def instead(meant: str) -> str | None:
    """Return the advice to write a text; None where there is nothing of it, or more than a line can show."""
    return f"write `{meant}`" if 0 < len(meant) <= LONGEST and meant.isprintable() else None
