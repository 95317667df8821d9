"""The picture of how many devices go from which state to which, as SVG that takes its colors from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.phrases import capital, count
from policylint.render.page.document import with_code
from policylint.render.page.states import after_cell, kind_of, name_of, state_cell
from policylint.render.phrases import ALL_STATES, state_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.access.decision import AccessState
    from policylint.render.simulation.view import Move

WIDTH, BARS, BAR = 720, 250, 14
"""The picture in its own units: its width, the height that all devices share, a bar's width."""
_BESIDE, _LEAST, _GAP, _TOP = 172, 62, 12, 44
"""The room for labels beside the bars, the least height of a bar with its label, between two, and above all."""


def flow_figure(moves: Mapping[Move, int], link: Callable[[Move], str], caption: str) -> str:
    """Return the picture and the same numbers as a list; `link` gives where the devices of a move are listed."""
    items = "".join(_item(move, number, link(move)) for move, number in _ordered(moves))
    return (
        '<figure>\n<figcaption class="caption">'
        f"{with_code(caption)}</figcaption>\n"
        f'{_picture(moves, link)}<ul class="moves">\n{items}</ul>\n</figure>\n'
    )


def _ordered(moves: Mapping[Move, int]) -> list[tuple[Move, int]]:
    """Return moves, those that change a state first."""
    return sorted(moves.items(), key=lambda item: (item[0][0] == item[0][1], -item[1]))


def _item(move: Move, number: int, address: str) -> str:
    words = count(number, "device")
    shown = f'<a href="#{address}">{words}</a>' if address else f"<span>{words}</span>"
    states = (
        f"{state_cell(move[0])} {after_cell(move[1], changed=True)}"
        if move[0] != move[1]
        else (f"{state_cell(move[0])} <span>as now</span>")
    )
    return f"<li>{shown}<span>{states}</span></li>\n"


def _picture(moves: Mapping[Move, int], link: Callable[[Move], str]) -> str:
    """Return bars of live states left, of desired states right, and between them bands as wide as they have devices.

    The labels are beside the bars, where no band is.
    """
    heights = {move: max(number * BARS / sum(moves.values()), 1.5) for move, number in moves.items()}
    tops: tuple[dict[Move, float], dict[Move, float]] = ({}, {})
    shapes, bottom = [], 0.0
    left, right = _BESIDE, WIDTH - _BESIDE - BAR
    ends = ((0, left, left - 10, "end", "Live"), (1, right, right + BAR + 10, "start", "Desired"))
    for side, x, beside, anchor, heading in ends:
        shapes.append(f'<text class="heading" x="{beside}" y="26" text-anchor="{anchor}">{heading}</text>\n')
        y = float(_TOP)
        for state in ALL_STATES:
            mine = [move for move in moves if move[side] == state]
            if not mine:
                continue
            height = sum(heights[move] for move in mine)
            room = max(height, _LEAST)
            begin = next_ = y + (room - height) / 2
            for move in mine:
                tops[side][move] = next_
                next_ += heights[move]
            shapes.append(
                f'<rect class="{kind_of(state)}" x="{x}" y="{begin:.1f}" width="{BAR}" height="{height:.1f}"/>\n'
                f"{_label(state, sum(moves[move] for move in mine), beside, y + room / 2, anchor)}"
            )
            y += room + _GAP
        bottom = max(bottom, y - _GAP)
    bands = [
        _band(move, number, heights[move], (tops[0][move], tops[1][move]), link(move)) for move, number in moves.items()
    ]
    return f'<svg viewBox="0 0 {WIDTH} {bottom + 4:.0f}" aria-hidden="true">\n{"".join((*bands, *shapes))}</svg>\n'


def _label(state: AccessState | None, devices: int, x: int, middle: float, anchor: str) -> str:
    return (
        f'<text x="{x}" y="{middle - 3:.1f}" text-anchor="{anchor}">{capital(state_words(state))}'
        f'<tspan class="dim" x="{x}" dy="1.1em">{devices:,}</tspan></text>\n'
    )


def _band(move: Move, number: int, height: float, tops: tuple[float, float], address: str) -> str:
    begin, end, middle = _BESIDE + BAR, WIDTH - _BESIDE - BAR, WIDTH // 2
    left, right = tops
    moved = " moved" if move[0] != move[1] else ""
    band = (
        f'<path class="band {kind_of(move[1])}{moved}" d="M{begin},{left:.1f} C{middle},{left:.1f} {middle},{right:.1f}'
        f" {end},{right:.1f} V{right + height:.1f} C{middle},{right + height:.1f} {middle},{left + height:.1f}"
        f' {begin},{left + height:.1f} Z"><title>{_move_words(move, number)}</title></path>'
    )
    return f'<a href="#{address}" tabindex="-1">{band}</a>\n' if address else f"{band}\n"


def _move_words(move: Move, number: int) -> str:
    before, after = map(name_of, move)
    return f"{number:,} stay {before}" if before == after else f"{number:,} {before} to {after}"
