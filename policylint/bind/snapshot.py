"""A sealed snapshot to live state.

The file is one JSON object laid out line by line, so it is read as a stream: a header, a section for each kind of
object with one object a line, and a seal with counts and a hash. Anything that is not exactly so is refused: a read
that failed or was cut must never look like an organization without rules.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from policylint.errors import SnapshotError
from policylint.model.device_table import DeviceTable
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import MAILBOX, State
from policylint.phrases import shorten
from policylint.readers.device_lines import DeviceLines
from policylint.readers.sealed_lines import SealedLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.model.device import Device
    from policylint.schema.store import ObjectType, SchemaStore

FORMAT = "policylint-snapshot/1"
_AGAIN = "export live state again with the script that `policylint export-script` prints"
_REQUIRED = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes", "devices")
_OPTIONAL = ("mailboxPlans", "deviceAutoblockThresholds")
_NOT_READ = "the snapshot does not hold it"
_SHORT = 8
_LINE_ENDS = "git may have done it: put `*.json -text` into .gitattributes, and check the file out or export it again"
_LOST_LIST = re.compile(r"System\.(?:Object|String)\[\]|System\.Collections\.|MultiValuedProperty`1\[|\.\.\.\}?$")
_IDS = (
    *("Guid", "Identity", "Name", "DistinguishedName", "ExternalDirectoryObjectId", "PrimarySmtpAddress"),
    *("DisplayName", "BehaviorType"),
)


def bind_snapshot(
    pieces: Iterable[bytes], path: str, store: SchemaStore, *, allow_incomplete: Collection[str] = ()
) -> Snapshot:
    """Return the snapshot that a file holds, which is given in pieces of any size.

    `allow_incomplete` names sections that may be cut; they are then not spoken of in the state.
    Raises SnapshotError where the file is not whole, not sealed, or not a snapshot.
    """
    reader = _Reader(path, pieces)
    header = _header(reader)
    raw = reader.sections()
    incomplete = _check_complete(reader, raw, allow_incomplete)

    def read(section: str) -> dict[str, Entity] | None:
        if section in incomplete or section not in raw:
            return None
        return _Binder(reader, section, store).entities(raw[section])

    raw["organization"] = [reader.organization]
    objects = {described.name: read(section) for section, described in store.sections.items()}
    state = State({kind: known for kind, known in objects.items() if known is not None})
    if state.mailboxes is not None:
        state = state.with_kind(MAILBOX, _mailboxes(state.mailboxes, raw["mailboxes"], state))
    return Snapshot(
        path=path,
        sha256=reader.sha256,
        header=header,
        state=state,
        devices=raw["devices"],
        incomplete=incomplete,
    )


_DECODE = json.JSONDecoder().decode


class _Reader:
    """Goes through the lines of a snapshot once, up to the seal and what follows it."""

    def __init__(self, path: str, pieces: Iterable[bytes]) -> None:
        self.path = path
        self._lines = SealedLines(pieces)
        self.organization: dict[str, Any] = {}
        self.seal: dict[str, Any] = {}

    @property
    def sha256(self) -> str:
        """Return the hash of everything before the seal, in lower-case hexadecimal."""
        return self._lines.sha256

    def refuse(self, why: str, help: str = _AGAIN) -> SnapshotError:  # noqa: A002
        return SnapshotError(f"{self.path}: {why}", help=help)

    def value(self, text: bytes) -> dict[str, Any]:
        try:
            value = _DECODE(text.decode())
        except (ValueError, RecursionError) as problem:
            raise self.refuse(f"line {self._lines.number} is cut or damaged") from problem
        if not isinstance(value, dict):
            raise self.refuse(f"line {self._lines.number} does not hold one object")
        return value

    def member(self, name: str, line: bytes) -> dict[str, Any]:
        """Return the object that a line gives to a name."""
        start = f'"{name}": '.encode()
        if not line.removeprefix(b"{").startswith(start):
            raise self.refuse(f"line {self._lines.number} should hold `{name}`" if line else f"cut before `{name}`")
        return self.value(line.removeprefix(b"{")[len(start) :].rstrip().removesuffix(b","))

    def sections(self) -> dict[str, Any]:
        """Return the objects of every section that is a list, after checking the seal; devices as what they are."""
        self.organization = self.member("organization", self._lines.next())
        found: dict[str, Any] = {}
        while not (line := self._lines.next()).startswith(b'"seal": '):
            name = self._section_name(line, found)
            found[name] = [*self._section(name)] if name != "devices" else self._read_devices()
        missing = [section for section in _REQUIRED if section not in found]
        if missing:
            raise self.refuse(f"cut before `{missing[0]}`")
        seal_line = line
        self.seal = self.member("seal", seal_line)
        if self._lines.next() != b"}\n":
            raise self.refuse("cut after the seal")
        if self._lines.next():
            raise self.refuse("something follows the seal")
        if self.seal.get("sha256") != self.sha256:
            raise self.refuse("changed after it was sealed: the hash does not match")
        counts = _object(self.seal.get("counts"))
        for section, items in found.items():
            if section not in counts:
                raise self.refuse(f"the seal does not count {section}")
            if counts[section] != len(items):
                raise self.refuse(f"the seal counts {counts.get(section)} {section}, the file holds {len(items)}")
        return found

    def _section_name(self, line: bytes, found: Collection[str]) -> str:
        """Return the section that a line begins, which must be one that has not been read."""
        for section in (*_REQUIRED, *_OPTIONAL):
            if section not in found and line.rstrip() == f'"{section}": ['.encode():
                return section
        wanted = next((section for section in _REQUIRED if section not in found), None)
        if wanted is None:
            raise self.refuse("not sealed: the export did not run to its end")
        raise self.refuse(f"cut before `{wanted}`, or `{wanted}` does not begin at line {self._lines.number}")

    def _section(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a section; names of properties and short texts are kept once."""
        known = dict[str, str]().setdefault
        while (line := self._lines.next().rstrip()) not in (b"],", b"]"):
            if not line:
                raise self.refuse(f"cut within `{name}`, before line {self._lines.number}")
            raw = self.value(line.removesuffix(b","))
            yield {
                known(key, key): known(text, text) if isinstance(text, str) and len(text) <= _SHORT else text
                for key, text in raw.items()
            }

    def _read_devices(self) -> DeviceTable:
        """Return the devices, many lines read at once where they are as the exporter writes them."""
        devices = DeviceTable()
        reader = DeviceLines(devices, self.value)
        while block := self._lines.ahead():
            end = _end_of_devices(block)
            lines = block.count(b"\n", 0, end)
            if end and reader.read_many(block[:end], lines):
                self._lines.skip(end, lines)
                continue
            read: list[Device] = []
            for _ in range(lines + (end < len(block)) or 1):
                line = self._lines.next().rstrip()
                if line in {b"],", b"]"}:
                    devices.extend(read)
                    return devices
                if not line:
                    raise self.refuse(f"cut within `devices`, before line {self._lines.number}")
                read.append(reader.read(self.value(line.removesuffix(b","))))
            devices.extend(read)
        raise self.refuse(f"cut within `devices`, before line {self._lines.number + 1}")


def _end_of_devices(block: bytes) -> int:
    """Return where the lines of devices end in a block of whole lines."""
    if block.startswith(b"{", block.rfind(b"\n", 0, -1) + 1):
        return len(block)  # the last line is one; should something stand between, the lines are read one by one
    return 0 if block.startswith(b"]") else block.find(b"\n]") + 1 or len(block)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _header(reader: _Reader) -> Header:
    line = reader._lines.next()
    if not line.startswith(b'{"header": '):
        raise reader.refuse(_what_it_is(line))
    if line.endswith(b"\r\n"):
        raise reader.refuse("its line ends were changed to CRLF", _LINE_ENDS)
    raw = reader.member("header", line)
    if raw.get("format") != FORMAT:
        raise reader.refuse(f"its format is `{raw.get('format')}`, this version reads `{FORMAT}`")
    missing = [name for name in ("edition", "takenAt") if not isinstance(raw.get(name), str)]
    if missing:
        raise reader.refuse(f"its header has no `{missing[0]}`")
    tenant, organization, guid = (
        None if raw.get(name) is None else str(raw[name]) for name in ("tenant", "organization", "organizationGuid")
    )
    return Header(
        edition=raw["edition"],
        tenant=tenant,
        organization=organization,
        organization_guid=guid,
        taken_at=raw["takenAt"],
        tool=str(raw.get("tool", "")),
        redacted=raw.get("redacted") is True,
    )


def _what_it_is(line: bytes) -> str:
    """Return why a file that begins with a line is no snapshot."""
    if not line.strip():
        return "empty"
    if line.startswith(codecs.BOM_UTF8):
        return "not a sealed snapshot: it begins with a byte order mark, so something rewrote it"
    if b"\0" in line[:4]:
        return "not a sealed snapshot: it is UTF-16, so something rewrote it"
    return "not a sealed snapshot"


def _check_complete(reader: _Reader, found: Collection[str], allowed: Collection[str]) -> dict[str, str]:
    """Return why each section that is not whole is not, refusing those that nobody asked to do without."""
    complete = _object(reader.seal.get("complete"))
    incomplete = {
        section: why if isinstance(why := complete.get(section), str) else "the seal does not say why"
        for section in ("organization", *found)
        if complete.get(section) is not True
    }
    incomplete |= {section: _NOT_READ for section in _OPTIONAL if section not in found and section in allowed}
    for section, why in incomplete.items():
        if section not in allowed:
            hint = f"{_AGAIN}, or leave the section alone with `--allow-incomplete {section}`"
            raise reader.refuse(f"`{section}` is not whole: {why}", hint)
    return incomplete


def _is_lost(value: Any) -> bool:
    """Return whether a list was turned into something else on its way into the file."""
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, (list, dict)) or _LOST_LIST.search(str(item)) is not None for item in items)


class _Binder:
    """Makes entities of the objects of one section."""

    def __init__(self, reader: _Reader, section: str, store: SchemaStore) -> None:
        self._reader = reader
        self._type: ObjectType = store.sections[section]
        self._origin = Origin(reader.path)
        self._settings: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}

    def entity(self, raw: Mapping[str, Any], identity: str, key: str) -> Entity:
        settings: dict[str, Any] = {}
        for name, value in raw.items():
            setting = self._type.settings.get(name)
            if setting is None:
                continue
            if setting.kind == "strings" and _is_lost(value):
                raise self._reader.refuse(f"the list {name} of {identity} was lost: `{shorten(str(value))}`")
            if setting.kind != "strings" and isinstance(value, (list, dict)):
                raise self._reader.refuse(f"{name} of {identity} is not a text: `{shorten(str(value))}`")
            settings[name] = setting.from_live(value)
        settings = self._settings.setdefault(tuple(settings.items()), settings)  # most mailboxes are alike
        ids = {name: str(raw[name]) for name in _IDS if raw.get(name)}
        return Entity(
            kind=self._type.name,
            identity=identity,
            key=key,
            settings=settings,
            origin=self._origin,
            ids=ids,
        )

    def entities(self, items: Iterable[Mapping[str, Any]]) -> dict[str, Entity]:
        found: dict[str, Entity] = {}
        for raw in items:
            identified = self._type.identify_live(raw)
            if identified is None:
                names = self._type.names or self._type.key
                raise self._reader.refuse(f"a {self._type.title} without {' or '.join(names)}")
            entity = self.entity(raw, *identified)
            if found.setdefault(entity.key, entity) is not entity:
                raise self._reader.refuse(f"{entity.identity} stands twice in it")
        return found


def _mailboxes(entities: Mapping[str, Entity], raw: Iterable[Mapping[str, Any]], state: State) -> dict[str, Entity]:
    """Return the mailboxes with their policy by name, None where they follow the default.

    Source: ActiveSyncMailboxPolicyIsDefaulted is True where a mailbox has no policy of its own,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
    """
    found: dict[str, Entity] = {}
    known: dict[tuple[int, Any], dict[str, Any]] = {}
    for entity, item in zip(entities.values(), raw, strict=True):
        settings = dict(entity.settings)
        reference = settings.get("ActiveSyncMailboxPolicy")
        if str(item.get("ActiveSyncMailboxPolicyIsDefaulted", "")).upper() == "TRUE":
            settings["ActiveSyncMailboxPolicy"] = None
        elif isinstance(reference, str) and (policy := state.find_policy(reference)) is not None:
            settings["ActiveSyncMailboxPolicy"] = policy.identity
        shared = known.setdefault((id(entity.settings), settings.get("ActiveSyncMailboxPolicy")), settings)
        found[entity.key] = entity._replace(settings=shared)
    return found
