"""The data of a help-desk page, read as its script reads it."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

from policylint.text import instant

BLOCK = re.compile(r'<script type="text/plain" id="data-(\w+)">([^<]*)</script>')
OTHER = re.compile("\x07([0-9]+)\x08")


def cards(page: str) -> dict[str, list[dict[str, Any]]]:
    """Return what a page says of the devices of each mailbox; of one without devices, what is known of it."""
    blocks = dict(BLOCK.findall(page))
    meta = json.loads(blocks.pop("meta").replace("\\u003c", "<"))
    columns = {name: zlib.decompress(b64decode(text), -zlib.MAX_WBITS).decode() for name, text in blocks.items()}
    table = json.loads(columns["said"])
    names, ids, times = (columns[name].split("\n")[:-1] for name in ("names", "ids", "times"))
    counts, nothing, numbers, kinds, synced = (
        columns[name].split(" ")[:-1] for name in ("counts", "nothing", "numbers", "kinds", "synced")
    )
    left, more, device = iter(nothing), iter(times), 0
    found: dict[str, list[dict[str, Any]]] = {}
    for name, count in zip(names, map(abs, map(int, counts)), strict=True):
        rows = range(device, device + count)
        device += count
        if not rows:
            found[name] = [{"none": table["texts"][int(next(left))]}]
        else:
            own = [table["kinds"][int(kinds[row])] for row in rows]
            active_sync = sum(kind[3] for kind in own)
            others = [f"{kind[0]}, {ids[row] or 'no ID'}" for kind, row in zip(own, rows, strict=True)]
            found[name] = [
                _card(
                    table,
                    (int(numbers[row]), kind, name, ids[row], _time(meta, synced[row])),
                    others,
                    active_sync,
                    more,
                )
                for kind, row in zip(own, rows, strict=True)
            ]
    return found


def _time(meta: dict[str, Any], before: str) -> str:
    taken = instant(meta["taken"]) or datetime(1970, 1, 1, tzinfo=UTC)
    return f"{taken - timedelta(seconds=int(before)):%Y-%m-%dT%H:%M:%SZ}" if before else ""


def _card(table: Any, row: Any, others: Any, active_sync: int, times: Any) -> dict[str, Any]:
    number, kind, name, device_id, last = row
    first, changed = next(times).split("\t") if number in table["times"] else ("", "")
    signs = {"\x01": device_id, "\x02": name, "\x03": first, "\x04": last, "\x05": changed, "\x06": f"{active_sync:,}"}

    def text(place: int) -> str:
        words = OTHER.sub(lambda found: others[int(found[1])], table["texts"][place])
        return "".join(signs.get(char, char) for char in words)

    state, sentence, _meaning, blocks = table["said"][number]
    return {
        "id": device_id,
        "state": ("Allowed", "Quarantined", "Blocked", None)[state],
        "sentence": text(sentence),
        "kind": kind,
        "last": last,
        "blocks": {
            text(head): [(text(item), [text(line) for line in lines]) for item, lines in items]
            for head, items, *_ in blocks
        },
    }
