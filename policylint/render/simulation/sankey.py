"""The picture of how many devices go from which state to which, as SVG that takes its colors from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.render.phrases import ALL_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.access.decision import AccessState
    from policylint.render.simulation.view import Move

WIDTH, BARS, BAR, LABEL = 720, 250, 14, 32
"""The picture in its own units: its width, the height that all devices share, a bar's width, room for a label."""


def name_of(state: AccessState | None) -> str:
    """Return a state as the report names it."""
    return state or "Not decided here"


def kind_of(state: AccessState | None) -> str:
    """Return the class that gives a state its color."""
    return (state or "other").lower()


def picture(moves: Mapping[Move, int]) -> str:
    """Return bars of live states left, of desired states right, and between them bands as wide as they have devices."""
    heights = {move: max(number * BARS / sum(moves.values()), 1.5) for move, number in moves.items()}
    tops: tuple[dict[Move, float], dict[Move, float]] = ({}, {})
    shapes, bottom = [], 0.0
    ends = ((0, 0, "start", "Live"), (WIDTH - BAR, WIDTH, "end", "Desired"))
    for side, (x, edge, anchor, heading) in enumerate(ends):
        shapes.append(f'<text class="heading" x="{edge}" y="22" text-anchor="{anchor}">{heading}</text>\n')
        y = 32.0
        for state in ALL_STATES:
            mine = [move for move in moves if move[side] == state]
            if not mine:
                continue
            y += LABEL
            begin = y
            for move in mine:
                tops[side][move] = y
                y += heights[move]
            label = f"{name_of(state)} {sum(moves[move] for move in mine):,}"
            shapes.append(
                f'<rect class="{kind_of(state)}" x="{x}" y="{begin:.1f}" width="{BAR}" height="{y - begin:.1f}"/>\n'
                f'<text x="{edge}" y="{begin - 7:.1f}" text-anchor="{anchor}">{label}</text>\n'
            )
        bottom = max(bottom, y)
    bands = [_band(move, number, heights[move], tops[0][move], tops[1][move]) for move, number in moves.items()]
    words = "; ".join(_move_words(move, number) for move, number in moves.items())
    return (
        f'<svg viewBox="0 0 {WIDTH} {bottom + 4:.0f}" role="img" aria-labelledby="flow-title"'
        ' aria-describedby="flow-words">\n'
        '<title id="flow-title">How many devices go from which state to which</title>\n'
        f'<desc id="flow-words">{words}</desc>\n{"".join((*bands, *shapes))}</svg>\n'
    )


def _band(move: Move, number: int, height: float, left: float, right: float) -> str:
    begin, end, middle = BAR, WIDTH - BAR, WIDTH // 2
    moved = " moved" if move[0] != move[1] else ""
    return (
        f'<path class="band {kind_of(move[1])}{moved}" d="M{begin},{left:.1f} C{middle},{left:.1f} {middle},{right:.1f}'
        f" {end},{right:.1f} V{right + height:.1f} C{middle},{right + height:.1f} {middle},{left + height:.1f}"
        f' {begin},{left + height:.1f} Z"><title>{_move_words(move, number)}</title></path>\n'
    )


def _move_words(move: Move, number: int) -> str:
    before, after = map(name_of, move)
    return f"{number:,} stay {before}" if before == after else f"{number:,} {before} to {after}"
