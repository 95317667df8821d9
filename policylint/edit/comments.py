"""Texts from outside as comments of a policy file: on one line, and no directive to policylint or to an editor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.phrases import cut
from policylint.regex import regex

if TYPE_CHECKING:
    from policylint.model.device import Device

_LONGEST_MESSAGE, _LONGEST_DEVICE = 400, 60
_DIRECTIVE = regex(r"(policylint|yaml-language-server|\b(?:vim?|ex)[<=>0-9]*)([ \t]*):", re.IGNORECASE)
"""What begins a directive in a comment.

Source: https://vimhelp.org/options.txt.html#modeline, https://github.com/redhat-developer/yaml-language-server#readme
"""

_EMACS = "-*-"
"""What a comment holds in which Emacs looks for variables.

Source: https://www.gnu.org/software/emacs/manual/html_node/emacs/Specifying-File-Variables.html
"""


def comment(text: str, most: int = _LONGEST_MESSAGE) -> str:
    """Return a text as what follows the `#` of a comment, cut where it is long."""
    words = cut(" ".join(clean(text).split(" ")), most).strip()
    return _DIRECTIVE.sub(r"\1\2\\u003a", words).replace(_EMACS, "-\\u002a-")


def device_comment(device: Device) -> str:
    """Return a device in a comment: its model, its system and the day it last synced; empty where nothing is known."""
    kind, model, system, _agent = device.device_class
    words = [comment(word, _LONGEST_DEVICE) for word in (model or kind, system) if word]
    day = device.last_sync.partition("T")[0]
    return ", ".join(filter(None, (*words, f"last sync {day}" if day else "")))


def todo(rule: str, message: str) -> str:
    """Return a finding as a comment."""
    return f"TODO {rule}: {comment(message)}"
