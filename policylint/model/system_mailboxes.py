"""The mailboxes that Exchange makes for itself: no phone of a person syncs with them, and no policy lists them.

Source: the system mailboxes by name,
https://unifiedpeople.ru/exch2010help.en/html/5ae8426b-5661-4ecb-99c4-cdd342107fb1.htm and
https://replyxchange.wordpress.com/2013/03/17/exchange-2013-system-mailboxes/, and those that monitor a server,
https://techcommunity.microsoft.com/t5/exchange-team-blog/exchange-2013-2016-monitoring-mailboxes/ba-p/611004
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.regex import regex
from policylint.text import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.model.entity import Entity

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LENGTH_OF_GUID = 36
_NAMES = {
    "HealthMailbox*": r"HealthMailbox(?:[0-9a-f]{7,32}|-.+)",
    "SystemMailbox*{*": rf"SystemMailbox\s?\{{{_GUID}\}}",
    "DiscoverySearchMailbox*{*": rf"DiscoverySearchMailbox\s?\{{{_GUID}\}}",
    "Migration.*": rf"Migration\.{_GUID}",
    "FederatedEmail.*": rf"FederatedEmail\.{_GUID}",
}
"""How the names of such mailboxes begin, as patterns of policylint.yaml, and the whole names."""

_KNOWN = {pattern: regex(name, re.IGNORECASE) for pattern, name in _NAMES.items()}
_LAST_PART = regex(r"[\\/]")


def system_pattern(mailbox: Entity) -> str | None:
    """Return the pattern of policylint.yaml for a mailbox that Exchange made for itself, None for any other."""
    names = {name for name in map(_name, (mailbox.identity, mailbox.ids.get("Name", ""))) if _may_be(name)}
    return next((pattern for pattern, name in _KNOWN.items() if any(map(name.fullmatch, names))), None)


def _may_be(name: str) -> bool:
    """Return whether a name may be that of such a mailbox: all but one of those names hold a whole GUID."""
    return len(name) >= _LENGTH_OF_GUID or name[:1] in {"H", "h"}


def patterns_of(mailboxes: Iterable[Entity]) -> tuple[str, ...]:
    """Return patterns that find those mailboxes that Exchange made for itself, each once, sorted."""
    found = set()
    for mailbox in mailboxes:
        pattern = system_pattern(mailbox)
        if pattern is not None:
            found.add(pattern if matches(mailbox.identity, pattern) else f"*{pattern}")
    return tuple(sorted(found))


def _name(identity: str) -> str:
    """Return the name in an address or in a path of the directory."""
    return _LAST_PART.split(identity)[-1].partition("@")[0]
