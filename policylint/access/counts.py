"""Devices counted by what decides about them: a small value that can be added, whichever snapshots they are of."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.request import AccessRequest, client_of
from policylint.access.simulate import CohortAccess, tally, transitions
from policylint.model.device_table import without_own_names
from policylint.model.entity import EMPTY, Entity
from policylint.model.origin import Origin
from policylint.model.state import ORGANIZATION, RULE, State
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.access.decision import AccessState, Decision
    from policylint.access.request import Facts, MailboxFacts
    from policylint.access.simulate import Which
    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import ObjectKind, Value


class Configuration(NamedTuple):
    """What requests are decided by, without where it is written: rules, default level, and the world around them.

    `objects` have their kind, identity, key and settings; `kinds` are those that are known.
    """

    kinds: tuple[ObjectKind, ...]
    objects: tuple[tuple[ObjectKind, str, str, tuple[tuple[str, Value], ...]], ...]
    facts: Facts

    @classmethod
    def of(cls, model: AccessModel) -> Configuration:
        """Return what a model decides requests by."""
        kinds = tuple(kind for kind in (ORGANIZATION, RULE) if model.state.section(kind) is not None)
        found = [each for kind in kinds for each in model.state.of_kind(kind).values()]
        objects = tuple((each.kind, each.identity, each.key, tuple(each.settings.items())) for each in found)
        return cls(kinds, objects, model.facts)

    def model(self) -> AccessModel:
        """Return a model that decides alike about every request."""
        found: dict[ObjectKind, dict[str, Entity]] = {kind: {} for kind in self.kinds}
        for kind, identity, key, settings in self.objects:
            found[kind][key] = Entity(kind, identity, key, dict(settings), Origin(""))
        return AccessModel(State(found), self.facts)

    def digest(self) -> str:
        """Return a text that equal configurations have in common, in whatever process."""
        facts = self.facts._replace(unread=None), sorted(self.facts.unread or ()), self.facts.unread is None
        return hashlib.sha256(repr((self.kinds, self.objects, facts)).encode()).hexdigest()


class Side(NamedTuple):
    """What a decision takes beside the device: the configuration, by its digest, the mailbox and its lists."""

    configuration: str
    mailbox: MailboxFacts
    listed: frozenset[str]


class CohortKey(NamedTuple):
    """What the devices of a cohort have in common: what they report, and what is decided by, live and desired."""

    device: Device
    live: Side | None
    desired: Side


class Cohorts:
    """Devices of any number of snapshots, counted by cohort.

    Cohorts can be added, in any order; `Cohorts()` has no device. They name no mailbox and no device, and their size is
    that of the different things that devices report, not of the devices. Each cohort keeps the rules that its devices
    are decided by, so sums over organizations and over years are exact.
    """

    __slots__ = ("_configurations", "_counts")

    def __init__(
        self, counts: Mapping[CohortKey, int] | None = None, configurations: Mapping[str, Configuration] = EMPTY
    ) -> None:
        self._counts: Counter[CohortKey] = Counter(counts)
        self._configurations = dict(configurations)

    @classmethod
    def of(cls, live: AccessModel | None, desired: AccessModel, devices: DeviceTable) -> Cohorts:
        """Return the devices of a snapshot, counted under what is live and what is desired."""
        models = [model for model in (live, desired) if model is not None]
        configurations = [Configuration.of(model) for model in models]
        digests = {id(model): each.digest() for model, each in zip(models, configurations, strict=True)}
        counts: Counter[CohortKey] = Counter()

        def side(model: AccessModel, device: Device) -> Side:
            request = model.request(device)
            return Side(digests[id(model)], request.mailbox, request.listed)

        for device, size in cohorts_of(devices, models).cohorts:
            before = side(live, device) if live is not None else None
            counts[CohortKey(without_own_names(device), before, side(desired, device))] += size
        return cls(counts, dict(zip(digests.values(), configurations, strict=True)))

    def __add__(self, other: object) -> Cohorts:
        if not isinstance(other, Cohorts):
            return NotImplemented
        return Cohorts(self._counts + other._counts, self._configurations | other._configurations)

    def __radd__(self, other: object) -> Cohorts:
        """Return itself where nothing is added to it, as `sum` does first."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cohorts) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._counts)

    def __repr__(self) -> str:
        return f"<{self.total} devices in {len(self)} cohorts>"

    @property
    def total(self) -> int:
        """Return how many devices there are."""
        return self._counts.total()

    def simulate(self) -> CohortSimulation:
        """Return what the devices of each cohort get, live and desired."""
        models = {digest: each.model() for digest, each in self._configurations.items()}

        def decide(device: Device, side: Side) -> Decision:
            request = AccessRequest(device.device_class, client_of(device), side.mailbox, side.listed)
            return models[side.configuration].decide_request(request)

        return CohortSimulation(
            tuple(
                CohortAccess(
                    key.device,
                    number,
                    decide(key.device, key.live) if key.live is not None else None,
                    decide(key.device, key.desired),
                )
                for key, number in self._counts.items()
            )
        )


class CohortSimulation(NamedTuple):
    """What the devices of each cohort get, in no order that means anything."""

    cohorts: tuple[CohortAccess, ...]

    @property
    def total(self) -> int:
        """Return how many devices there are."""
        return self.count(lambda _cohort: True)

    @property
    def changed(self) -> int:
        """Return how many devices could tell live from desired."""
        return self.count(lambda cohort: cohort.changed)

    @property
    def transitions(self) -> Counter[tuple[AccessState | None, AccessState | None]]:
        """Return how many devices go from one state to another, changed ones only."""
        return transitions(self.cohorts)

    def count(self, which: Which) -> int:
        """Return how many devices there are in the cohorts asked for."""
        return sum(cohort.devices for cohort in self.cohorts if which(cohort))

    def tally(self, of: Callable[[CohortAccess], object]) -> Counter[object]:
        """Return how many devices there are of each value."""
        return tally(self.cohorts, of)
