"""Many devices read from what Get-MobileDevice was saved as, beside other streaming readers of the same files.

Each reader counts the devices by four properties. Seconds are those of the processor; memory is what is above that of
the interpreter. Readers that are not installed are left out.

Run: python -m tests.benchmarks.bench_readers [DEVICES]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from operator import attrgetter, itemgetter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.readers.render_rows import render_clixml, render_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

COUNTED = ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
KEPT = (
    *("mailbox", "Guid", "Identity", "DistinguishedName", "DeviceId", "FirstSyncTime", "LastSuccessSync"),
    *("WhenChangedUTC", *COUNTED, "DeviceAccessState", "DeviceAccessStateReason", "DeviceAccessControlRule"),
    *("ClientType", "ClientVersion", "DeviceActiveSyncVersion", "IsManaged", "IsCompliant", "IsDisabled"),
    *("DevicePolicyApplicationStatus", "OrganizationId", "Name", "UserDisplayName"),
)
"""What a snapshot keeps of a device, and what tells its owner and its organization."""

PIECE = 1 << 17
WHOLE_AT_MOST = 100_000
"""For how many devices readers run that hold a whole file."""

_OF = "EURPR01A001.PROD.OUTLOOK.COM"
_HOSTED, _TENANT = "Microsoft Exchange Hosted Organizations", "contoso.onmicrosoft.com"
_ID, _GUID, _MODEL = "@id@", "@guid@", "@model@"


def device() -> dict[str, Any]:
    """Return a device of Exchange Online, with places for what is of it alone."""
    name = f"Hx\u00a7iPad\u00a7{_ID}"
    return {
        "FriendlyName": "",
        "DeviceId": _ID,
        "DeviceImei": "",
        "DeviceMobileOperator": "",
        "DeviceOS": "iPadOS 17.4",
        "DeviceOSLanguage": "en",
        "DeviceTelephoneNumber": "",
        "DeviceType": "iPad",
        "DeviceUserAgent": f"Apple-{_MODEL}/2105.219",
        "DeviceModel": _MODEL,
        "FirstSyncTime": "2025-09-01T12:00:00Z",
        "UserDisplayName": f"{_OF}/{_HOSTED}/{_TENANT}/{_GUID}",
        "DeviceAccessState": "Allowed",
        "DeviceAccessStateReason": "Global",
        "DeviceAccessControlRule": None,
        "ClientVersion": "16.1",
        "ClientType": "EAS",
        "IsManaged": False,
        "IsCompliant": False,
        "IsDisabled": False,
        "AdminDisplayName": "",
        "ExchangeVersion": "0.1 (8.0.535.0)",
        "DirectoryObjectVersion": None,
        "Name": name,
        "DistinguishedName": f"CN={name},CN=ExchangeActiveSyncDevices,CN={_GUID},OU={_TENANT},OU={_HOSTED},DC=OUTLOOK",
        "Identity": f"{_GUID}\\ExchangeActiveSyncDevices\\{name}",
        "ObjectCategory": f"{_OF}/Configuration/Schema/ms-Exch-Active-Sync-Device",
        "ObjectClass": ["top", "msExchActiveSyncDevice"],
        "WhenChanged": "2026-04-01T06:00:01Z",
        "WhenCreated": "2025-09-01T12:00:00Z",
        "WhenChangedUTC": "2026-04-01T06:00:01Z",
        "WhenCreatedUTC": "2025-09-01T12:00:00Z",
        "ExchangeObjectId": _GUID,
        "OrganizationalUnitRoot": _TENANT,
        "OrganizationId": f"{_OF}/{_HOSTED}/{_TENANT} - {_OF}/ConfigurationUnits/{_TENANT}/Configuration",
        "Id": f"{_GUID}\\ExchangeActiveSyncDevices\\{name}",
        "Guid": _GUID,
        "OriginatingServer": f"BY1PR00A00DC001.{_OF}",
        "IsValid": True,
        "ObjectState": "Unchanged",
    }


def texts(template: str, number: int) -> Iterator[str]:
    """Yield a text of each device."""
    random = Random(1)
    for each in range(number):
        guid = f"{random.getrandbits(32):08x}-0000-4000-8000-{each:012x}"
        text = template.replace(_ID, f"ID{each:030}").replace(_GUID, guid)
        yield text.replace(_MODEL, f"iPad{random.randrange(300)}")


def clixml_parts() -> tuple[str, str, str, str]:
    """Return what begins a file of Export-Clixml, its first object, each further one, and what ends it."""
    text = render_clixml([device(), device()], types=("Deserialized.Microsoft.Exchange.MobileDevice", "System.Object"))
    head, first, second = text.split('  <Obj RefId="', 2)[0], *text.split('\r\n  <Obj RefId="')[1:]
    second, end = second.split("</Objs>")
    return head, f'  <Obj RefId="{first}\r\n', f'  <Obj RefId="{second}', f"</Objs>{end}"


def write(folder: Path, number: int) -> None:
    """Write the files of some devices."""
    pretty = "\n".join(f"  {line}" for line in json.dumps(device(), indent=2, ensure_ascii=False).splitlines())
    compact = json.dumps(device(), separators=(",", ":"), ensure_ascii=False)
    header, row = render_csv([device()]).splitlines(keepends=True)
    head, first, further, end = clixml_parts()
    forms: dict[str, Iterable[str]] = {
        "pretty.json": ("[\n", *_with(pretty, ",\n", number), "\n]\n"),
        "compact.json": ("[", *_with(compact, ",", number), "]"),
        "lines.json": _with(compact, "\n", number),
        "devices.csv": (header, *texts(row, number)),
        "devices.clixml": (head, *texts(first, 1), *texts(further, number - 1), end),
    }
    for name, parts in forms.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)


def _with(template: str, between: str, number: int) -> Iterator[str]:
    for each, text in enumerate(texts(template, number)):
        yield between + text if each else text


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


# Readers


def by_policylint(path: Path) -> Counter[Any]:
    from policylint.readers.document import open_document

    get = itemgetter(*COUNTED)
    return Counter(get(row) for _, row, _ in open_document(pieces(path)).rows)


def by_policylint_without_extra(path: Path) -> Counter[Any]:
    from policylint.readers import json_blocks

    json_blocks._TRIES = 0
    return by_policylint(path)


def by_json(path: Path) -> Counter[Any]:
    text = path.read_text(encoding="utf-8")
    rows = json.loads(text) if text.startswith("[") else map(json.loads, text.splitlines())
    return Counter(map(itemgetter(*COUNTED), rows))


def by_raw_decode(path: Path) -> Counter[Any]:
    get, decode, counts = itemgetter(*COUNTED), json.JSONDecoder().raw_decode, Counter[Any]()
    window, at = "", 0
    with path.open(encoding="utf-8") as file:
        while True:
            while at < len(window) and window[at] in " \r\n\t,[]":
                at += 1
            try:
                row, at = decode(window, at)
            except ValueError:
                piece = file.read(PIECE)
                if not piece:
                    return counts
                window, at = window[at:] + piece, 0
            else:
                counts[get(row)] += 1


def by_json_lines(path: Path) -> Counter[Any]:
    with path.open(encoding="utf-8") as file:
        return Counter(map(itemgetter(*COUNTED), map(json.loads, file)))


def by_msgspec_of_four(path: Path) -> Counter[Any]:
    return by_msgspec(path, COUNTED)


def by_msgspec(path: Path, names: Sequence[str] = KEPT) -> Counter[Any]:
    """Count lines, or items of a list that is split at its own indentation, decoded into some properties."""
    import msgspec

    row = msgspec.defstruct("Row", [(name, Any, None) for name in names])
    get, decode = attrgetter(*COUNTED), msgspec.json.Decoder(row).decode
    if path.name == "lines.json":
        with path.open("rb") as file:
            return Counter(map(get, map(decode, file)))
    between = b"},\n  {" if path.name == "pretty.json" else b"},{"
    counts, every = Counter[Any](), pieces(path)
    rest = next(every).partition(b"{")[2]
    for piece in every:
        *items, rest = (rest + piece).split(between)
        counts.update(get(decode(b"{" + item + b"}")) for item in items)
    counts[get(decode(b"{" + rest.rstrip()[:-1]))] += 1
    return counts


def by_orjson(path: Path) -> Counter[Any]:
    import orjson  # type: ignore[import-not-found]

    get = itemgetter(*COUNTED)
    if path.name == "lines.json":
        with path.open("rb") as file:
            return Counter(get(orjson.loads(line)) for line in file)
    return Counter(map(get, orjson.loads(path.read_bytes())))


def by_ijson(path: Path) -> Counter[Any]:
    import ijson  # type: ignore[import-not-found]

    with path.open("rb") as file:
        rows = ijson.items(file, "" if path.name == "lines.json" else "item", multiple_values=True)
        return Counter(map(itemgetter(*COUNTED), rows))


def by_csv(path: Path) -> Counter[Any]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        return Counter(map(itemgetter(*map(names.index, COUNTED)), rows))


def by_expat(path: Path) -> Counter[Any]:
    """Parse, and count nothing: the least that any reader of XML takes."""
    from xml.parsers.expat import ParserCreate

    parser = ParserCreate()
    for piece in pieces(path):
        parser.Parse(piece)
    parser.Parse(b"", True)
    return Counter()


def by_elementtree(path: Path) -> Counter[Any]:
    from xml.etree.ElementTree import iterparse

    counts: Counter[Any] = Counter()
    values: dict[str, str | None] = {}
    for _, element in iterparse(path):
        name = element.get("N")
        if name is not None:
            values[name] = element.text
        elif element.tag.endswith("}Obj"):
            counts[tuple(map(values.get, COUNTED))] += 1
            element.clear()
    return counts


class Reference(NamedTuple):
    """Another reader: what it needs, of what files, and whether it holds the whole file."""

    read: Callable[[Path], Counter[Any]]
    files: tuple[str, ...]
    module: str = "json"
    whole: bool = False


ARRAYS, EVERY = ("pretty.json", "compact.json"), ("pretty.json", "compact.json", "lines.json")
REFERENCES = {
    "msgspec Struct, what is kept": Reference(by_msgspec, EVERY, "msgspec"),
    "msgspec Struct, what is counted": Reference(by_msgspec_of_four, EVERY, "msgspec"),
    "raw_decode, moving window": Reference(by_raw_decode, ARRAYS),
    "json.loads of each line": Reference(by_json_lines, ("lines.json",)),
    "ijson": Reference(by_ijson, EVERY, "ijson"),
    "orjson, whole": Reference(by_orjson, ARRAYS, "orjson", whole=True),
    "orjson of each line": Reference(by_orjson, ("lines.json",), "orjson"),
    "json.loads, whole": Reference(by_json, ARRAYS, whole=True),
    "csv.reader": Reference(by_csv, ("devices.csv",)),
    "expat without handlers": Reference(by_expat, ("devices.clixml",)),
    "ElementTree.iterparse": Reference(by_elementtree, ("devices.clixml",)),
}
POLICYLINT = {
    "policylint": Reference(by_policylint, (*EVERY, "devices.csv", "devices.clixml")),
    "policylint without the extra": Reference(by_policylint_without_extra, EVERY),
}


def measure(name: str, path: Path) -> None:
    """Print how many devices a reader finds, in how many seconds, and how much memory that takes."""
    reader = {**POLICYLINT, **REFERENCES}[name]
    start, memory = time.process_time(), _peak()
    counts = reader.read(path)
    spent = time.process_time() - start
    print(counts.total(), spent, _peak() - memory)


def _peak() -> float:
    """Return the most memory that this process has had, in MB; what the one that started it had does not count."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured(name: str, path: Path, runs: int = 3) -> tuple[int, float, float]:
    """Return what `measure` prints in a process of its own: the least of several runs."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_readers", name, str(path)]
    outputs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(runs)]
    return int(outputs[0][0]), min(float(line[1]) for line in outputs), min(float(line[2]) for line in outputs)


def main() -> None:
    if len(sys.argv) > 2:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else WHOLE_AT_MOST
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), number)
        for path in sorted(Path(folder).iterdir()):
            print(f"{path.name}: {number:,} devices, {path.stat().st_size / 1e6:.0f} MB")
            report(path, number)


def report(path: Path, number: int) -> None:
    """Print a line for each reader of a file: seconds, memory, and how many times the best of the others that is."""
    found = {
        name: measured(name, path)
        for name, reader in {**REFERENCES, **POLICYLINT}.items()
        if path.name in reader.files
        and find_spec(reader.module) is not None
        and not (reader.whole and number > WHOLE_AT_MOST)
    }
    best = min(found[name][1] for name in found if name in REFERENCES and not REFERENCES[name].whole)
    for name, (counted, spent, memory) in found.items():
        assert counted in {number, 0}, (name, counted)
        rate = number / spent / 1000
        print(f"  {name:<30} {spent:7.2f} s {rate:6.0f} k/s {memory:7.0f} MB  {spent / best:5.2f} x the best stream")


if __name__ == "__main__":
    main()
