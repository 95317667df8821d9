"""Devices whose requests are equal under each of some configurations, so that one of them stands for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.model.device_table import DeviceTable
from policylint.model.entity import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.model.device import Device
    from policylint.model.device_table import CohortIndex, Profile

Split: TypeAlias = "Callable[[str | None], Hashable]"
"""What else of a mailbox, by its key, devices of one cohort have in common."""


def cohorts_of(
    devices: Iterable[Device],
    models: Sequence[AccessModel],
    split: Split = lambda _mailbox: None,
    apart: Mapping[str, frozenset[str]] = EMPTY,
) -> CohortIndex:
    """Return the cohorts of devices: what they report is the same, and so are their requests under each model.

    `apart` are folded IDs by the key of a mailbox: each of them is apart from all others there.
    INVARIANT: what a mailbox adds to a request are its facts and the lists that hold the device's ID, no more.
    """

    alike: dict[tuple[int, ...], Profile] = {}

    def profile(mailbox: str | None) -> Profile:
        found = [model.mailbox(mailbox) for model in models]
        settings = tuple([id(each.settings) if each is not None else 0 for each in found])  # the models hold them
        if settings not in alike:
            alike[settings] = _profile(models, mailbox, frozenset())
        own = apart.get(mailbox, frozenset()) if apart and mailbox is not None else frozenset()
        common, listed = _profile(models, mailbox, own) if own else alike[settings]
        return (split(mailbox), common), listed

    return DeviceTable.of(devices).cohorts(profile)


def _profile(models: Sequence[AccessModel], mailbox: str | None, own: frozenset[str]) -> Profile:
    """Return what devices have from a mailbox under each model; `own` are the IDs that are apart from all others."""
    listings = [model.listing(mailbox) for model in models]
    common = tuple([model.facts_of(mailbox) for model in models])
    ids = own.union(*listings)
    return common, {each: (each if each in own else "", *(kept.get(each) for kept in listings)) for each in ids}
