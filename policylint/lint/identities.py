"""What people write as the name of a mailbox where they mean several.

Source: Set-CASMailbox changes the one mailbox that Identity names,
https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""

from __future__ import annotations

import re

_ALL = re.compile(
    r"(?:all|any|every|each)(?:one|body)?(?:[ _-]?(?:users?|mailbox(?:es)?|staff|people|employees))?|default",
    re.I,
)
_GROUP = re.compile(
    r"(?:(?:security |distribution |dynamic |mail )*(?:group|list)|dl|members? ?of)\s*[:=\s].*",
    re.I,
)
_UNIT = re.compile(r"(?:OU|DC)=.*", re.I)
_FILTER = re.compile(r"(?:^|\s)-(?:eq|like|ne|in|match)\s|^\{.*\}$", re.I)
_ADDRESS = re.compile(r"[\w.+'-]+@[\w.-]+")
_BETWEEN = re.compile(r"[,;\s]+")


def not_one_mailbox(identity: str) -> str | None:
    """Return in words what a name means that cannot be the name of one mailbox; None where it may be one."""
    if _ADDRESS.fullmatch(identity):
        return None
    text = identity.strip()
    parts = [part for part in _BETWEEN.split(text) if "@" in part.strip("<>")[1:]]
    if len(parts) > 1:
        return f"holds {len(parts)} addresses"
    if _FILTER.search(text):
        return "is a filter"
    if "*" in text or "?" in text or text == "%":
        return "is a pattern"
    if text.startswith("@"):
        return "is a domain"
    if _UNIT.fullmatch(text):
        return "is an organizational unit"
    if _GROUP.fullmatch(text):
        return "is a group"
    return "means all mailboxes" if _ALL.fullmatch(text) else None
