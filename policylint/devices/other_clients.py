"""Clients that no device access rule reaches, because they do not come over Exchange ActiveSync.

Source: `schemas/data/other-clients.json`, where each client names its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_NAME = regex(r"[\W_]+")
_NAME = regex(r"[^\W\d_]+(?:[^\W\d_]|[ .,/_-])*")


class OtherClient(NamedTuple):
    """A client, and what governs it, in words."""

    client: str
    governed: str


class OtherClients:
    """Every such client by the names that people write for it, compared without case, spaces, dots and hyphens."""

    def __init__(self, by_name: Mapping[str, OtherClient]) -> None:
        self._by_name = {_bare(name): client for name, client in by_name.items()}
        self._found: dict[str, OtherClient | None] = {}

    def find(self, query: str) -> OtherClient | None:
        """Return the client that a query string means: one of its names, alone or with a number or a sign behind it.

        `macOS`, `macOS 15.1` and `MacBookPro18,3` are names of a Mac; `Macaroni` is none.
        """
        if query not in self._found:  # several rules ask about the same strings
            self._found[query] = self._find(query)
        return self._found[query]

    def _find(self, query: str) -> OtherClient | None:
        known = self._by_name.get(_bare(query))
        if known is not None:
            return known
        name = _NAME.match(query)
        return self._by_name.get(_bare(name.group())) if name is not None else None


def _bare(text: str) -> str:
    return _NO_NAME.sub("", fold(text))


def read_other_clients(text: str) -> OtherClients:
    """Return the clients of the data."""
    return OtherClients(
        {
            name: OtherClient(entry["client"], entry["governed"])
            for entry in json.loads(text)["clients"]
            for name in entry["names"]
        }
    )
