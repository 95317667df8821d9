"""A plan that takes back what a journal says was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.plan.plan import Plan


class TakesBack(NamedTuple):
    """The journal whose changes a plan takes back, its hash, and the fingerprint of the plan that made them.

    `unknown` are the IDs of the steps of that plan of which the journal does not say whether they were taken.
    """

    journal: str
    sha256: str
    fingerprint: str
    unknown: tuple[str, ...] = ()


def takes_back_record(found: TakesBack) -> dict[str, Any]:
    """Return what a plan takes back as plain data."""
    return {**found._asdict(), "unknown": list(found.unknown)}


def read_takes_back(record: Mapping[str, Any]) -> TakesBack:
    """Return what `takes_back_record` made plain data of."""
    return TakesBack(**{**record, "unknown": tuple(record["unknown"])})


def taken_back_flaws(plan: Plan) -> Iterator[str]:
    """Yield why a plan that takes something back cannot be one that policylint made."""
    found = plan.takes_back
    if found is None:
        return
    if plan.drift:
        yield "`takesBack`: a plan that takes back has no `drift`"
    if plan.attribution is not None or plan.ring is not None:
        yield "`takesBack`: a plan that takes back is of no branch and of no ring"
    if len({*found.unknown}) != len(found.unknown) or [*found.unknown] != sorted(found.unknown):
        yield "`takesBack`: `unknown` is not in order"
