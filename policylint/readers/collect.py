"""Files of several forms to one snapshot: whatever files they are, the rows become the same.

Nothing is taken for what it may not be: a list that was lost is not empty, a property that no file has was not read,
and a section of which anything is missing is not whole.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.errors import FileError
from policylint.model.snapshot import Header
from policylint.model.state import MAILBOX, ORGANIZATION, RULE
from policylint.phrases import count, listed, show
from policylint.readers.collected import Collected, InputFile
from policylint.readers.device_rows import DeviceRows
from policylint.readers.document import open_document
from policylint.readers.kinds import ORGANIZATION_ID, Kinds
from policylint.readers.objects import Objects
from policylint.readers.organizations import tenant_of
from policylint.readers.owners import Owners
from policylint.readers.problems import FileRead, Problem, Report
from policylint.readers.raw import DEVICES, LEFT_OUT, NOT_GIVEN, RawSnapshot
from policylint.readers.rows import Loss, Unreadable, shape_of
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.readers.kinds import Kind
    from policylint.readers.rows import Document
    from policylint.schema.store import SchemaStore

_ONLINE = regex(r"Microsoft Exchange Hosted Organizations|CN=ConfigurationUnits(?:,|$)", re.IGNORECASE)
_SERVER = regex(r"CN=Microsoft Exchange,CN=Services,CN=Configuration,", re.IGNORECASE)
"""How the directory of Exchange Online and that of Exchange Server are told; see `readers.organizations`."""

_ONLINE_EDITION = "exchange-online"
_PAGE = 1000
"""How many objects the cmdlets that take -ResultSize give without it.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/get-casmailbox
"""
_STATISTICS = frozenset({"LASTSUCCESSSYNC", "LASTSYNCATTEMPTTIME", "DEVICEPOLICYAPPLICATIONSTATUS"})
"""The properties that only Get-MobileDeviceStatistics shows, which has no -ResultSize."""


def collect(
    files: Iterable[InputFile],
    store: SchemaStore,
    *,
    name: str,
    edition: str,
    taken_at: str = "",
    allowed: Collection[str] = (),
    keep_devices: bool = False,
) -> Collected:
    """Return what files hold together. Raises FileError where one cannot be opened.

    `name` is what the snapshot is called. `edition` is empty where nobody says it. `allowed` names sections, and
    properties as `section.property`, that may be lossy: those are left out.
    """
    inputs = tuple(files)
    keep_devices = keep_devices or any(file.once for file in inputs)
    collector = _Collector(store, name, edition, allowed, keep_devices=keep_devices)
    collector.read_all(inputs)
    if not keep_devices and collector.must_keep_devices:
        collector = _Collector(store, name, edition, allowed, keep_devices=True)
        collector.read_all(inputs)
    return collector.result(taken_at)


class _Collector:
    """Reads files one after the other, and puts together what they say."""

    def __init__(
        self, store: SchemaStore, name: str, edition: str, allowed: Collection[str], *, keep_devices: bool
    ) -> None:
        self._store, self._name, self._edition, self._allowed = store, name, edition, frozenset(allowed)
        self._kinds = Kinds(store)
        self._report = Report(self._kinds, allowed)
        described = {section: self._kinds[section].described for section in self._kinds.sections}
        self._objects = {
            section: Objects(self._kinds[section], each, self._report)
            for section, each in described.items()
            if each is not None
        }
        self._devices = DeviceRows(self._kinds[DEVICES], self._report, keep=keep_devices)
        self._keeps_devices = keep_devices
        self._files: list[FileRead] = []
        self._organizations: dict[tuple[str | None, bool | None], FileRead] = {}
        self._seen: set[str] = set()
        self._hashes: list[str] = []
        self._owners_of = 0

    def read_all(self, files: Sequence[InputFile]) -> None:
        """Read files, those that begin with a device after the mailboxes, which are their owners."""
        self._files = [FileRead(file.path, named=file.named) for file in files]
        self._devices.owners = self._owners()
        later = []
        for file, read in zip(files, self._files, strict=True):
            if not self._keeps_devices and self._begins_with_device(file):
                later.append((file, read))
            else:
                self._read(file, read)
        self._owners_of = self._mailboxes if not len(self._devices) else 0
        self._devices.owners = self._owners()
        for file, read in later:
            self._read(file, read)

    def _begins_with_device(self, file: InputFile) -> bool:
        try:
            with file.open() as pieces:
                first = next(open_document(pieces).rows, None)
        except (Unreadable, FileError):
            return False
        kind = self._kind_of(first[2], first[1], file.path) if first is not None else None
        return kind is not None and kind.section == DEVICES

    @property
    def _mailboxes(self) -> int:
        """Return how many mailboxes there are so far."""
        return len(self._objects[self._store.object_type(MAILBOX).section])

    def _owners(self) -> Owners:
        """Return who may own a device; not known where no file is about mailboxes."""
        described = self._store.object_type(MAILBOX)
        is_known = any(described.section in file.counts for file in self._files)
        placed = self._objects[described.section].placed()
        return Owners([each.row for each in placed] if is_known else None, described)

    def _read(self, file: InputFile, read: FileRead) -> None:
        """Read a file to its end, or to where it cannot be read any further."""
        digest = hashlib.sha256()
        try:
            with file.open() as pieces:
                self._rows(read, open_document(_hashed(pieces, digest)))
        except Unreadable as problem:
            self._report.lose(read, problem.loss)
        except FileError as problem:
            if file.named or self._kinds.of_name(file.path) is not None:
                raise
            self._report.lose(read, Loss("unknown-format", problem.reason.partition(": ")[2] or problem.reason))
        self._hashes.append(digest.hexdigest())

    @property
    def must_keep_devices(self) -> bool:
        """Return whether there may be two rows about one device, or a mailbox that was read after a device."""
        several = sum(DEVICES in file.counts for file in self._files) > 1
        return several or self._devices.has_twice or self._mailboxes > self._owners_of

    def result(self, taken_at: str) -> Collected:
        """Return what the files hold together."""
        for objects in self._objects.values():
            objects.check()
        self._devices.check()
        self._check_size()
        self._check_organizations()
        about = {section for file in self._files for section in file.counts}
        sections = tuple(section for section in self._kinds.sections if section in about)
        placed = {section: self._objects[section].placed() for section in sections if section in self._objects}
        rows = {section: [each.row for each in found] for section, found in placed.items()}
        owners = self._owners()
        if self._keeps_devices:
            placed[DEVICES] = self._devices.placed(owners)
        problems = self._report.problems
        raw = RawSnapshot(
            path=self._name,
            sha256=hashlib.sha256("\n".join(sorted(self._hashes)).encode()).hexdigest(),
            header=self._header(rows, taken_at),
            sections=rows,
            devices=self._devices.table(owners),
            incomplete=self._incomplete(about, problems),
            sealed=False,
        )
        return Collected(raw, tuple(self._files), problems, sections, placed)

    def _rows(self, file: FileRead, document: Document) -> None:
        file.format, file.encoding = document.format, document.encoding
        unknown: Counter[str] = Counter()
        typed = True
        doubtful: list[tuple[int | None, str]] = []
        shapes: dict[object, Kind | None] = {}
        try:
            for line, properties, type_name in document.rows:
                shape = (shape_of(properties), type_name)
                if shape not in shapes:
                    shapes[shape] = self._kind_of(type_name, properties, file.path)
                    file.is_paged = file.is_paged and _STATISTICS.isdisjoint(map(fold, properties))
                kind = shapes[shape]
                if kind is None:
                    unknown[type_name or listed(sorted(properties)[:3], None) or "no properties"] += 1
                    typed = typed and type_name is not None
                    continue
                file.counts[kind.section] = file.counts.get(kind.section, 0) + 1
                if kind.section == DEVICES:
                    self._devices.add(file, line, properties)
                    self._note_organization(file, kind, properties)
                    continue
                row = self._objects[kind.section].add(file, line, properties, document.format)
                self._note_organization(file, kind, properties)
                text = str(row.get("QueryString") or "")
                if "\ufffd" in text or "?" in text:
                    doubtful.append((line, text))
        finally:
            for loss in document.losses:
                self._report.lose(file, loss)
        if unknown:
            words = f"{count(unknown.total(), 'object')} of a kind that is not read: {listed(map(show, unknown), 3)}"
            beside = typed and bool(file.counts)
            self._report.add(file, "unknown-objects", words, None, severity=Severity.INFO if beside else None)
        elif document.says_none and not file.counts:
            self._says_none(file)
        for line, text in doubtful:
            if document.is_ascii or "\ufffd" in text:
                words = f"QueryString is {show(text)}: its encoding may have had no character for a part of it"
                self._report.add(file, "text-lost", words, self._rules, line=line, name="QueryString")

    @property
    def _rules(self) -> str:
        return self._store.object_type(RULE).section

    def _kind_of(self, type_name: str | None, properties: Mapping[str, Any], path: str) -> Kind | None:
        kind = self._kinds.of_type(type_name) if type_name is not None else None
        return kind or self._kinds.of_properties(properties, path)

    def _says_none(self, file: FileRead) -> None:
        """Take a list without items for what the name of its file says; some sections are never empty."""
        kind = self._kinds.of_name(file.path)
        if kind is None:
            self._report.add(file, "unknown-objects", "an empty list: neither it nor its name says of what", None)
            return
        file.counts[kind.section] = 0
        if not kind.may_be_none:
            self._report.add(file, "empty-file", f"no {kind.title}: there always are some", kind.section)

    def _check_size(self) -> None:
        """Note sections of as many objects as a page has, whether or not some of them are there twice."""
        for file in self._files:
            for section, number in file.counts.items():
                kind = self._kinds[section]
                alone = sum(section in each.counts for each in self._files) == 1
                if _PAGE in {number, self._size(section) if alone else number} and kind.result_size and file.is_paged:
                    words = f"exactly {_PAGE} {kind.plural}, which is what the cmdlet gives without -ResultSize"
                    self._report.add(file, "rows-cut", words, section)

    def _size(self, section: str) -> int:
        return len(self._devices if section == DEVICES else self._objects[section])

    def _note_organization(self, file: FileRead, kind: Kind, properties: Mapping[str, Any]) -> None:
        """Note in which directory an object is, and of which edition its properties are."""
        described = kind.described
        text = properties.get(ORGANIZATION_ID)
        if isinstance(text, str) and text not in self._seen:
            self._seen.add(text)
            self._organizations.setdefault(_place_of(text), file)
        name = properties.get("DistinguishedName") if described is not None else None
        if isinstance(name, str):
            self._organizations.setdefault(_place_of(name), file)
        if described is None or not self._edition:
            return
        if not described.exists_in(self._edition):
            words = f"{described.plural}, which {self._edition} does not have"
            self._report.add(file, "edition-mismatch", words, kind.section)
        for name in described.tell_edition:
            if properties.get(name) not in (None, "") and not described.settings[name].exists_in(self._edition):
                words = f"{name}, which {self._edition} does not have"
                self._report.add(file, "edition-mismatch", words, kind.section, name=name)

    def _check_organizations(self) -> None:
        tenants: dict[str, tuple[str, FileRead]] = {}
        for (tenant, online), file in self._organizations.items():
            if tenant is not None:
                tenants.setdefault(fold(tenant), (tenant, file))
            if self._edition and online is not None and online != (self._edition == _ONLINE_EDITION):
                words = f"objects of {'Exchange Online' if online else 'Exchange Server'}, not of {self._edition}"
                self._report.add(file, "edition-mismatch", words, file.section)
        if len(tenants) > 1:
            (one, first), (other, file), *_ = tenants.values()
            words = f"objects of {show(other)}, and {first.path} has those of {show(one)}"
            self._report.add(file, "tenant-mismatch", words, None)
        self._tenants = [name for name, _ in tenants.values()]

    def _header(self, rows: Mapping[str, list[dict[str, Any]]], taken_at: str) -> Header:
        settings = rows.get(self._store.object_type(ORGANIZATION).section) or [{}]
        return Header(
            edition=self._edition,
            tenant=None,
            organization=self._tenants[0] if len(self._tenants) == 1 else None,
            organization_guid=settings[0].get("Guid") or None,
            taken_at=taken_at,
            tool="",
            redacted=False,
        )

    def _incomplete(self, about: Collection[str], problems: Iterable[Problem]) -> dict[str, str]:
        """Return why each section, and each property left out by name, is not whole."""
        found = dict.fromkeys(sorted(self._allowed), LEFT_OUT)
        for problem in problems:
            if problem.section is not None and problem.severity is Severity.ERROR:
                found.setdefault(problem.section, f"{problem.place()}: {problem.message}")
        for section in self._kinds.sections:
            described = self._kinds[section].described
            if section not in about and not (described is not None and described.optional):
                found.setdefault(section, NOT_GIVEN)
        return found


def _hashed(pieces: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _place_of(name: str) -> tuple[str | None, bool | None]:
    """Return the organization that a directory name tells, and whether it is of Exchange Online, None if not told."""
    if _ONLINE.search(name) is not None:
        return tenant_of(name), True
    return None, False if _SERVER.search(name) is not None else None
