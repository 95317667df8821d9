"""Declared objects beside the live ones: which settings differ, and which are live and not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import REFERENCE
from policylint.desired.ownership import is_excepted
from policylint.importing.selection import Sayable, Unsaid, ordered
from policylint.model.entity import ListEdit
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.config import Management
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import ObjectType


class Changes(NamedTuple):
    """The settings of a declared object that are not the live ones, with the live values.

    `values` are declared, `undeclared` are not, and are not as they come. `unsaid` is what no policy file can say.
    `key` is that of the live object. With `additive` a plain list says what must be in it, and not what else may be.
    """

    key: str
    values: Mapping[str, Value]
    undeclared: Mapping[str, Value]
    unsaid: tuple[Unsaid, ...]
    additive: bool


class Comparison:
    """Compares declared objects of one kind with live ones."""

    def __init__(self, described: ObjectType, management: Management, state: State) -> None:
        self._type, self._management, self._state = described, management, state
        self._sayable = Sayable(described.settings)

    def of(self, declared: Entity, live: Entity, chosen: Mapping[str, Value]) -> Changes:
        """Return the settings that differ; `chosen` are those of the live object that a policy would have."""
        values = {
            name: ordered(live.settings[name])
            for name, value in declared.settings.items()
            if name in live.settings and not self._leaves(name, value, live.settings[name])
        }
        whys = {name: self._sayable.why_not(name, value) for name, value in values.items()}
        return Changes(
            live.key,
            {name: value for name, value in values.items() if whys[name] is None},
            {} if is_excepted(live, self._management) else dict(self._undeclared(declared, chosen)),
            tuple(Unsaid(live.kind, live.identity, name, why) for name, why in whys.items() if why is not None),
            self._management.additive_lists,
        )

    def _undeclared(self, declared: Entity, chosen: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        """Yield the settings that are not declared and not as they come."""
        for name, value in chosen.items():
            kept = isinstance(value, tuple) and self._management.additive_lists
            if name not in declared.settings and self._type.settings[name].departs(value) and not kept:
                yield name, value

    def _leaves(self, name: str, declared: Value, live: Value) -> bool:
        """Return whether a declared value leaves the live one as it is."""
        setting = self._type.settings[name]
        if name in self._type.key:
            return True
        if isinstance(declared, tuple) and isinstance(live, tuple):
            if self._management.additive_lists and not isinstance(declared, ListEdit):
                declared = ListEdit(declared, ())
            return setting.same(declared.of(live) if isinstance(declared, ListEdit) else declared, live)
        if name == REFERENCE and isinstance(declared, str):
            policy = self._state.find_policy(declared)
            declared = policy.identity if policy is not None else declared
        return setting.same(declared, live)
