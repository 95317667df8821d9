"""A file that an administrator kept and somebody broke: read the same however it arrives, or refused in words."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from policylint.readers import clixml
from policylint.readers.clixml_elements import Builder
from policylint.readers.collect import collect
from policylint.readers.collected import InputFile
from tests.fuzz.driver import main, tried
from tests.readers.reading import Reading, read
from tests.readers.render_rows import (
    Enumeration,
    encoded,
    render_clixml,
    render_csv,
    render_format_list,
    render_m365dsc,
)
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from policylint.readers.clixml_elements import State
    from policylint.readers.rows import SourceRow

INPUTS = 60
_RULES: list[dict[str, Any]] = [
    {"QueryString": f"iPhone{number}", "Characteristic": "DeviceType", "AccessLevel": "Allow", "Guid": f"g{number}"}
    for number in range(4)
]
_MAILBOXES: list[dict[str, Any]] = [
    {
        "PrimarySmtpAddress": f"user{number}@contoso.com",
        "ActiveSyncEnabled": True,
        "ActiveSyncAllowedDeviceIDs": ["ID1", "ID2"][:number],
        "ActiveSyncBlockedDeviceIDs": [],
        "ActiveSyncMailboxPolicy": "Default",
        "ActiveSyncMailboxPolicyIsDefaulted": number > 0,
    }
    for number in range(3)
]
_DEVICES: list[dict[str, Any]] = [
    {
        "DeviceId": f"ID{number}",
        "DeviceType": "iPhone",
        "DeviceModel": "café 😀",
        "DeviceOS": "iOS 17.3",
        "DeviceUserAgent": "Apple-iPhone15C2/2104.50 <a&b>",
        "Identity": f"user0\\ExchangeActiveSyncDevices\\iPhone§ID{number}",
        "DeviceAccessState": Enumeration("Allowed", 1),
    }
    for number in range(6)
]
_PLAIN = [{**device, "DeviceAccessState": "Allowed"} for device in _DEVICES]
_FILES = [
    encoded(text, encoding)
    for text, encodings in (
        (render_csv(_PLAIN), ("utf-8-sig", "utf-16-le")),
        (render_csv(_MAILBOXES, separator=";", quote_all=False), ("utf-8",)),
        (render_csv(_RULES, type_line="Selected.Contoso.ActiveSyncDeviceAccessRule"), ("utf-8",)),
        (render_format_list(_RULES), ("utf-8", "utf-16-le")),
        (render_format_list(_MAILBOXES, width=60, most=1), ("utf-8",)),
        (render_clixml(_DEVICES), ("utf-8", "utf-16-le")),
        (render_clixml(_MAILBOXES, as_list=True, newline="\n"), ("utf-8",)),
        (render_m365dsc(_RULES, "EXOActiveSyncDeviceAccessRule"), ("utf-16-le",)),
        (json.dumps(_MAILBOXES, indent=2), ("utf-8", "utf-16-be")),
        ("\n".join(map(json.dumps, _PLAIN)), ("utf-8",)),
    )
    for encoding in encodings
]
_PARTS = (
    *(b'"', b",", b";", b"\n", b"\r\n", b"\r", b"\0", b" : ", b"{", b"}", b"[", b"]", b"<", b">", b"&", b"</Obj>"),
    *(
        b"<Obj>",
        b"_x0041_",
        b"`",
        b"$x",
        b"@(",
        b"'",
        b"#",
        b"\xef\xbb\xbf",
        b"\xff",
        b"...",
        b"----",
        b"    ",
        b"null",
    ),
)


def fuzz(random: Random) -> None:
    """Break a file, read it whole, in pieces and by the slow path, and collect what it holds."""
    content = bytearray(random.choice(_FILES))
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        _change(content, random)
    tried(bytes(content))
    whole = read(bytes(content))
    assert _all_of(whole) == _all_of(read(bytes(content), random.choice((1, 3, 50, 1000)))), "pieces differ"
    with patch.object(clixml, "read_blocks", _by_elements):
        assert _all_of(whole) == _all_of(read(bytes(content))), "the two paths differ"
    for loss in whole.losses:
        assert loss.message.isprintable()
        assert len(loss.message) < 300
    file = InputFile("export.txt", lambda: nullcontext([bytes(content)]))
    for problem in collect([file], STORE, edition="exchange-online", name="export").problems:
        assert problem.message.isprintable()


def _change(content: bytearray, random: Random) -> None:
    """Put in, take out, cut off, overwrite or repeat a part of a file."""
    way, place = random.randrange(5), random.randrange(len(content) + 1)
    if way == 0:
        content[place:place] = random.choice(_PARTS)
    elif way == 1:
        del content[place : place + random.choice((1, 2, 5, 50))]
    elif way == 2 and random.random() < 0.3:
        del content[place:]
    elif way == 3:
        content[place : place + 1] = bytes([random.randrange(256)])
    else:
        other = random.randrange(len(content) + 1)
        content[place:place] = content[other : other + random.choice((5, 30, 300))]


def _by_elements(pieces: Iterable[bytes], state: State) -> Iterator[SourceRow]:
    return Builder(state).read(pieces)


def _all_of(found: Reading) -> str:
    document = found.document
    return repr((found.rows, found.losses, document.format, document.says_none, document.is_ascii, document.encoding))


if __name__ == "__main__":
    main(fuzz)
