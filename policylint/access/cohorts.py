"""Devices whose requests are equal under each of some configurations, so that one of them stands for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.model.device_table import DeviceTable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from policylint.access.decide import AccessModel
    from policylint.model.device import Device
    from policylint.model.device_table import CohortIndex, Profile

Split: TypeAlias = "Callable[[str | None], Hashable]"
"""What else of a mailbox, by its key, devices of one cohort have in common."""


def cohorts_of(
    devices: Iterable[Device],
    models: Sequence[AccessModel],
    split: Split = lambda _mailbox: None,
    alone: tuple[str | None, str] = (None, ""),
) -> CohortIndex:
    """Return the cohorts of devices: what they report is the same, and so are their requests under each model.

    Devices of the mailbox and the folded ID of `alone` are apart from all others.
    INVARIANT: what a mailbox adds to a request are its facts and the lists that hold the device's ID, no more.
    """

    def profile(mailbox: str | None) -> Profile:
        common = (split(mailbox), *(model.facts_of(mailbox) for model in models))
        listings = [model.listing(mailbox) for model in models]
        own = alone[1] if alone[1] and mailbox == alone[0] else None
        ids = {device_id for listing in listings for device_id in listing} | ({own} if own is not None else set())
        return common, {each: (each == own, *(listing.get(each) for listing in listings)) for each in ids}

    table = devices if isinstance(devices, DeviceTable) else DeviceTable(devices)
    return table.cohorts(profile)
