"""The order of decision as an SVG picture, from the steps of the engine."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from policylint.access.steps import STEPS

WIDTH: Final = 930
ROW: Final = 62
TOP: Final = 84
BOX: Final = 560
HEIGHT: Final = 46
LEFT: Final = 24

_BLOCKED, _HELD, _ALLOWED, _ELSEWHERE = "Blocked", "Quarantined", "Allowed", "not decided here"
_COLORS: Final = {
    _BLOCKED: ("#ffebe9", "#cf222e"),
    _HELD: ("#fff8c5", "#9a6700"),
    _ALLOWED: ("#dafbe1", "#1a7f37"),
    _ELSEWHERE: ("#eaeef2", "#57606a"),
}
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
.t { font-size: 17px; font-weight: 600 } .s { font-size: 12px; fill: #57606a } .n { font-weight: 600; fill: #57606a }
.c { font-size: 12px; font-weight: 600; text-anchor: middle } .m { text-anchor: middle }"""


def render() -> str:
    """Return the picture: each step with its question, and the states that it can give."""
    assert list(_DETAILS) == [step.name for step in STEPS], "the picture does not show the steps of the engine"
    height = TOP + len(STEPS) * ROW + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' role="img" aria-label="The ten steps of a decision, and the access states that each can give">',
        f"<style>\n{_STYLE}\n</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#8c959f"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>',
        f'<text class="t" x="{LEFT}" y="34">Who gets in: the first step that applies decides</text>',
        f'<text class="s" x="{LEFT}" y="55">For each device and its mailbox, from top to bottom. Right: '
        "the access state and the reason that Exchange shows.</text>",
    ]
    for number, step in enumerate(STEPS):
        parts += _step(number, step.name, step.question, last=number == len(STEPS) - 1)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _step(number: int, name: str, question: str, *, last: bool) -> list[str]:
    detail, states, reason = _DETAILS[name]
    y = TOP + number * ROW
    middle = y + HEIGHT / 2
    right = LEFT + BOX
    parts = [
        f'<rect x="{LEFT}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6" fill="#f6f8fa" stroke="#d0d7de"/>',
        f'<text class="n m" x="{LEFT + 20}" y="{middle + 5:g}">{number + 1}</text>',
        f'<text x="{LEFT + 42}" y="{y + 20}">{escape(question[0].upper() + question[1:])}</text>',
        f'<text class="s" x="{LEFT + 42}" y="{y + 37}">{escape(detail)}</text>',
        f'<path d="M{right} {middle:g}H{right + 44}" stroke="#8c959f" fill="none" marker-end="url(#a)"/>',
    ]
    if not last:
        down = y + HEIGHT
        parts.append(f'<path d="M{LEFT + 20} {down}V{y + ROW - 1}" stroke="#8c959f" fill="none" marker-end="url(#a)"/>')
        parts.append(f'<text class="s" x="{LEFT + 28}" y="{down + 13}">no</text>')
        parts.append(f'<text class="s" x="{right + 8}" y="{middle - 5:g}">yes</text>')
    x = right + 52.0
    for state in states:
        fill, ink = _COLORS[state]
        width = {_BLOCKED: 72, _HELD: 100, _ALLOWED: 72, _ELSEWHERE: 136}[state]
        parts.append(
            f'<rect x="{x:g}" y="{middle - 19:g}" width="{width}" height="22" rx="11" fill="{fill}" stroke="{ink}"/>'
        )
        parts.append(f'<text class="c" x="{x + width / 2:g}" y="{middle - 4:g}" style="fill:{ink}">{state}</text>')
        x += width + 6
    if reason:
        words = "no reason shown" if reason == "no reason" else f"reason {reason}"
        parts.append(f'<text class="s" x="{right + 54}" y="{middle + 18:g}">{words}</text>')
    return parts
