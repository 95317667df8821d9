"""Partnerships by mailbox, and the documented limit."""

from __future__ import annotations

import pytest

from policylint.access.partnerships import Partnerships, count_partnerships, near_the_limit
from policylint.model.device_table import DeviceTable
from tests.worlds import device

ANN, BOB = "ann.lee@contoso.com", "bob.ray@contoso.com"


def devices(owner: str | None, number: int, client: str = "EAS") -> list[object]:
    one = device(owner, DeviceType="iPhone", ClientType=client)
    return [one._replace(device_id=f"{client}{place}", mailbox=owner and owner.upper()) for place in range(number)]


def test_the_partnerships_of_each_mailbox_are_counted_by_client() -> None:
    table = DeviceTable([*devices(ANN, 3), *devices(ANN, 2, "Outlook"), *devices(BOB, 1), *devices(None, 4)])  # type: ignore[list-item]
    assert {ANN.upper(): Partnerships(ANN, 3, 2), BOB.upper(): Partnerships(BOB, 1)} == count_partnerships(table)


def test_those_with_the_most_come_first() -> None:
    table = DeviceTable([*devices(ANN, 92), *devices(BOB, 101), *devices("c@contoso.com", 89)])  # type: ignore[list-item]
    assert [BOB, ANN] == [each.owner for each in near_the_limit(table).values()]


@pytest.mark.parametrize(
    ("of", "full", "near", "words"),
    [
        (Partnerships(ANN, 89), False, False, ""),
        (Partnerships(ANN, 90), False, True, "90 Exchange ActiveSync partnerships: the documented default limit"),
        (Partnerships(ANN, 100), True, True, "so Exchange refuses a new device; the throttling policy itself"),
        (Partnerships(ANN, 60, 40), False, True, "60 Exchange ActiveSync partnerships and 40 of other clients: "),
    ],
)
def test_what_is_said_of_them(of: Partnerships, full: bool, near: bool, words: str) -> None:
    assert (full, near) == (of.is_full, of.is_near)
    assert not near or words in of.words
