"""The page itself: one file with its data, a box to search in, and what a reader without JavaScript has to know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.devices.device_ids import AROUND, ENDS, PATHS, SIGNS
from policylint.phrases import LONGEST, count
from policylint.render.help_desk.assets import SCRIPT, STYLES
from policylint.render.page.document import Head, Number, Section, document
from policylint.render.page.states import kind_of, name_of
from policylint.render.phrases import ALL_STATES

if TYPE_CHECKING:
    from policylint.render.facts import Facts
    from policylint.render.help_desk.data import Packed

GENERATOR = "policylint report helpdesk"
"""What the page says that made it; only a file that says so is overwritten."""

_QUESTION = "Why does this phone not sync?"


def render_help_desk(packed: Packed, facts: Facts, *, stale_hours: int, alone: bool, redacted: bool) -> str:
    """Return the page, all ASCII. It warns a reader by whose clock live state is older than a number of hours."""
    found = f"{count(packed.mailboxes, 'mailbox')} with {count(packed.devices, 'device')}"
    kept = f"Search {found}. Every answer is that of live state"
    planned = "" if alone else "; if the policy gives a device another state, its card shows it as the planned change"
    numbers = tuple(
        Number(packed.states.get(state, 0), name_of(state).lower() if state is None else name_of(state))
        for state in ALL_STATES
    )
    whose = facts.organization or facts.tenant
    taken = f"live state of {facts.taken_at or 'a time that nobody knows'}"
    brief = ", ".join(filter(None, (whose, taken, facts.age)))
    notes = ("Names and device IDs are pseudonyms: this page is for showing, not for calls.",) if redacted else ()
    head = Head(
        "Help desk", _QUESTION, facts, numbers, (f"{kept}{planned}.",), notes, brief=f"{brief}; made {facts.made_at}"
    )
    return document(head, [_section(packed, facts, stale_hours)])


def _section(packed: Packed, facts: Facts, stale_hours: int) -> Section:
    data = {"meta": json.dumps(_meta(facts, stale_hours)).replace("<", "\\u003c"), **packed.columns}
    blocks = "".join(f'<script type="text/plain" id="data-{name}">{text}</script>\n' for name, text in data.items())
    return Section(
        "search",
        "Search",
        f'<section id="search" data-made-by="{GENERATOR}">\n'
        '<p class="alarm" id="old" role="alert" hidden></p>\n'
        '<noscript><p class="alarm">This page needs JavaScript, as its data is packed. Allow it for this file, or ask'
        " the administrator for <code>policylint why --mailbox ADDRESS</code>.</p></noscript>\n"
        '<form role="search" id="ask" hidden>\n<label for="query">Name, address or device ID</label>\n'
        '<input type="search" id="query" autocomplete="off" autocapitalize="off" spellcheck="false">\n'
        "</form>\n"
        '<p class="shown" id="status" role="status"></p>\n<div id="results"></div>\n'
        f"{blocks}</section>\n",
        STYLES,
        script=SCRIPT,
    )


def _meta(facts: Facts, stale_hours: int) -> dict[str, Any]:
    """Return what the script of the page has to know."""
    return {
        "taken": facts.taken_at,
        "made": facts.made_at,
        "hours": stale_hours,
        "longest": LONGEST,
        "states": [[kind_of(state), name_of(state)] for state in ALL_STATES],
        "ids": [pattern.pattern for pattern in (SIGNS, PATHS, ENDS, AROUND)],
    }


def is_help_desk(beginning: str) -> bool:
    """Return whether a file that begins so is such a page."""
    return f'data-made-by="{GENERATOR}"' in beginning
