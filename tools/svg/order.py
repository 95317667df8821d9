"""The order of decision as an SVG picture, from the steps of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape

from policylint.access.steps import STEPS

LINE: Final = 17
LEFT: Final = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: beside each box what it can end in, or in it where there is no room beside it."""

    width: int
    box: int
    letters: int
    """How many letters a line of a question has."""
    small: int
    """How many letters a line in small print has."""

    @property
    def is_narrow(self) -> bool:
        """Return whether what a step can end in is in its box."""
        return self.box + 2 * self.left >= self.width

    @property
    def left(self) -> int:
        """Return the space at the left of a box."""
        return LEFT if self.box > 400 else 10


WIDE: Final = Layout(930, 560, 80, 120)
NARROW: Final = Layout(390, 370, 40, 46)
_TITLE: Final = "Who gets in: the first step that applies decides"
_NOTE: Final = "For each device and its mailbox, from top to bottom."

_BLOCKED, _HELD, _ALLOWED, _ELSEWHERE = "Blocked", "Quarantined", "Allowed", "not decided here"
_CLASSES: Final = {_BLOCKED: "r", _HELD: "y", _ALLOWED: "g", _ELSEWHERE: "e"}
_WIDTHS: Final = {_BLOCKED: 72, _HELD: 100, _ALLOWED: 72, _ELSEWHERE: 136}
_DETAILS: Final = {
    "service": ("Exchange Online only: Exchange ActiveSync below 16.1", (_BLOCKED,), "no reason"),
    "windows-mail": ("UniversalOutlookEnabled of the mailbox decides", (_ELSEWHERE,), ""),
    "mailbox-switch": ("ActiveSyncEnabled, OutlookMobileEnabled or OWAforDevicesEnabled", (_BLOCKED,), "no reason"),
    "managed-device": ("enrolled (Online), or provisioned by another service", (_ELSEWHERE,), ""),
    "mailbox-policy": ("AllowNonProvisionableDevices is false; ActiveSync clients only", (_BLOCKED,), "Policy"),
    "personal-block": ("ActiveSyncBlockedDeviceIDs", (_BLOCKED,), "Individual"),
    "personal-allow": ("ActiveSyncAllowedDeviceIDs", (_ALLOWED,), "Individual"),
    "conditional-access": ("Outlook mobile, if policylint.yaml says so under outside:", (_ELSEWHERE,), ""),
    "rules": ("whole values, ignoring case", (_BLOCKED, _HELD, _ALLOWED), "DeviceRule"),
    "default": ("DefaultAccessLevel of the organization", (_BLOCKED, _HELD, _ALLOWED), "Global"),
}

_STYLE: Final = """\
text { font: 14px system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #1f2328 }
.t { font-size: 17px; font-weight: 600 } .s { font-size: 12px; fill: #59636e } .n { font-weight: 600; fill: #59636e }
.c { font-size: 12px; font-weight: 600; text-anchor: middle } .m { text-anchor: middle }
.f { fill: #ffffff; stroke: #d0d7de } .b { fill: #f6f8fa; stroke: #d0d7de } .l { stroke: #818b98; fill: none }
.h { fill: #818b98 } .r rect { fill: #ffebe9; stroke: #cf222e } .r text { fill: #a40e26 }
.y rect { fill: #fff8c5; stroke: #9a6700 } .y text { fill: #7d4e00 } .g rect { fill: #dafbe1; stroke: #1a7f37 }
.g text { fill: #116329 } .e rect { fill: #eaeef2; stroke: #59636e } .e text { fill: #424a53 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .s, .n { fill: #9198a1 } .f { fill: #0d1117; stroke: #3d444d }
.b { fill: #151b23; stroke: #3d444d }
.r rect { fill: #3c1618; stroke: #f85149 } .r text { fill: #ff9492 } .y rect { fill: #2e2a1f; stroke: #d29922 }
.y text { fill: #e3b341 } .g rect { fill: #12261e; stroke: #2ea043 } .g text { fill: #56d364 }
.e rect { fill: #262c36; stroke: #9198a1 } .e text { fill: #d1d7e0 }
}"""


def render(*, narrow: bool = False) -> str:
    """Return the picture: each step with its question, and the states that it can give; narrow for a phone."""
    assert list(_DETAILS) == [step.name for step in STEPS], "the picture does not show the steps of the engine"
    layout = NARROW if narrow else WIDE
    parts, y = [], 14
    for line in wrap(_TITLE, layout.letters):
        y += 20
        parts.append(f'<text class="t" x="{layout.left}" y="{y}">{line}</text>')
    place = "Below" if narrow else "Right"
    for line in wrap(f"{_NOTE} {place}: the access state and the reason that Exchange shows.", layout.small + 8):
        y += LINE + 2
        parts.append(f'<text class="s" x="{layout.left}" y="{y}">{line}</text>')
    y += LINE
    for number, step in enumerate(STEPS, start=1):
        drawn, height = _step(layout, y, number, step.name, step.question)
        parts += drawn
        if number < len(STEPS):
            x, down = layout.left + 20, y + height
            parts.append(f'<path class="l" d="M{x} {down}v15" marker-end="url(#a)"/>')
            parts.append(f'<text class="s" x="{x + 8}" y="{down + 13}">no</text>')
        y += height + 16
    width, height = layout.width, y
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' role="img" aria-label="The ten steps of a decision, and the access states that each can give">',
            f"<style>\n{_STYLE}\n</style>",
            '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path class="h" d="M0 0 8 4 0 8z"/></marker></defs>',
            f'<rect class="f" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _step(layout: Layout, y: int, number: int, name: str, question: str) -> tuple[list[str], int]:
    """Return a step, and how high its box is."""
    detail, states, reason = _DETAILS[name]
    asked = wrap(question[0].upper() + question[1:], layout.letters)
    is_full = layout.is_narrow and len(states) > 1
    words = ("no reason shown" if reason == "no reason" else f"reason {reason}") if reason else ""
    small = wrap(f"{detail}; {words}" if is_full else detail, layout.small)
    text = LINE * (len(asked) + len(small))
    height = text + 12 + (32 if layout.is_narrow else 0)
    left = layout.left
    parts = [
        f'<rect class="b" x="{left}" y="{y}" width="{layout.box}" height="{height}" rx="6"/>',
        f'<text class="n m" x="{left + 20}" y="{y + 20}">{number}</text>',
    ]
    for row, line in enumerate(asked):
        parts.append(f'<text x="{left + 42}" y="{y + 20 + LINE * row}">{escape(line)}</text>')
    for row, line in enumerate(small, start=len(asked)):
        parts.append(f'<text class="s" x="{left + 42}" y="{y + 20 + LINE * row}">{escape(line)}</text>')
    if layout.is_narrow:
        parts += _states(states, left + 42, y + text + 10)
        x = left + 42 + sum(_WIDTHS[state] + 6 for state in states)
        if words and not is_full:
            parts.append(f'<text class="s" x="{x + 4}" y="{y + text + 25}">{words}</text>')
        return parts, height
    right, middle = left + layout.box, y + height // 2
    parts.append(f'<path class="l" d="M{right} {middle}h44" marker-end="url(#a)"/>')
    parts.append(f'<text class="s" x="{right + 8}" y="{middle - 5}">yes</text>')
    parts += _states(states, right + 52, middle - 19)
    if words:
        parts.append(f'<text class="s" x="{right + 54}" y="{middle + 18}">{words}</text>')
    return parts, height


def _states(states: tuple[str, ...], x: int, y: int) -> list[str]:
    parts = []
    for state in states:
        width = _WIDTHS[state]
        parts.append(
            f'<g class="{_CLASSES[state]}"><rect x="{x}" y="{y}" width="{width}" height="22" rx="11"/>'
            f'<text class="c" x="{x + width / 2:g}" y="{y + 15}">{state}</text></g>'
        )
        x += width + 6
    return parts
