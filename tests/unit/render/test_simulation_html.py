"""The numbers of the picture in the report of `simulate`: each leads to as many devices as it says, or nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.access.decision import Decision
from policylint.access.simulate import DeviceAccess
from policylint.render.facts import Facts
from policylint.render.simulation.html import render_report
from policylint.render.simulation.view import Shown, SimulationView
from tests.worlds import device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.render.simulation.view import Move

ELSEWHERE = DeviceAccess(
    device(), Decision(None, None, "conditional-access"), Decision(None, None, "device-management")
)
"""A device that another service decides about than before: it changes, and its state stays."""


def figure(moves: Mapping[Move, int], *devices: DeviceAccess) -> str:
    """Return the picture of a report that lists some devices."""
    view = SimulationView(
        verdict="",
        total=sum(moves.values()),
        has_live=True,
        changes=(),
        moves=moves,
        classes=Shown((), 0),
        devices=Shown(devices, len(devices)),
        owners=str,
        undecided=(),
        mismatches=Shown((), 0),
        disputes="",
    )
    return render_report(view, Facts("1", "exchange-online")).partition("<figure>")[2].partition("</figure>")[0]


@pytest.mark.parametrize(
    ("number", "link", "words"),
    [
        (1, True, "A number leads to its devices."),
        (2, False, "<code>--full</code> lists them."),
    ],
    ids=["all are listed", "one of two is listed"],
)
def test_a_flow_that_stays_has_a_link_where_all_its_devices_are_listed(number: int, link: bool, words: str) -> None:
    found = figure({(None, None): number}, ELSEWHERE)
    assert link == ('<a href="#people-stays-not-decided-here">' in found)
    assert f"Devices by state, live and desired. {words}</figcaption>" in found


def test_without_a_change_the_picture_has_no_link() -> None:
    found = figure({("Allowed", "Allowed"): 3})
    assert "<span>3 devices</span>" in found
    assert "<a " not in found
    assert "<code>--full</code> lists them.</figcaption>" in found
