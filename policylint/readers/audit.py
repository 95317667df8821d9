"""Exported audit logs to the cmdlets that somebody ran: who, when, on which object.

Two cmdlets show the log. `Search-UnifiedAuditLog` puts each record into `AuditData`, JSON in a text, whose `Operation`
is the cmdlet and whose times are UTC. `Search-AdminAuditLog` has a property for each part; its `RunDate` is UTC, too.
Source: https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema,
"Exchange Admin schema"; https://learn.microsoft.com/exchange/administrator-audit-log-structure-exchange-2013-help
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from policylint.named_tuple import NamedTuple
from policylint.readers import shown
from policylint.readers.document import open_document
from policylint.readers.json_values import MalformedError, decode, plain
from policylint.readers.kinds import Kinds
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.model.entity import ObjectKind
    from policylint.schema.store import ObjectType, SchemaStore

Verb: TypeAlias = Literal["new", "set", "remove"]
VERBS: tuple[Verb, ...] = ("new", "set", "remove")

_OLD_NOUNS = {"ActiveSyncMailboxPolicy": "MobileDeviceMailboxPolicy"}
"""What cmdlets were called, and are still on servers.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-activesyncmailboxpolicy
"""
_SUCCESS = frozenset({"TRUE", "SUCCEEDED", "SUCCESS"})
_NAME = regex(r"[A-Za-z]+")
_BETWEEN = regex(r"[\s;,{}]+")


class AuditRecord(NamedTuple):
    """A cmdlet that somebody ran, and that changed an object.

    `time` is UTC as `2026-11-20T06:00:00Z`, empty where the file has it in the form of some machine. `names` may name
    the object, as the log does. `properties` are the settings that it was given or that changed, None where the file
    does not say which.
    """

    kind: ObjectKind
    verb: Verb
    cmdlet: str
    time: str
    caller: str
    names: tuple[str, ...]
    properties: frozenset[str] | None


class AuditLog(NamedTuple):
    """The records of a log that are about objects of a policy, in the order of the file.

    `total` is how many records the file has, `others` are of other commands, `failed` did not succeed, `unknown` are
    of a form that nobody knows, and `missing` is how many more the search found than the file has.
    """

    records: tuple[AuditRecord, ...]
    total: int = 0
    others: int = 0
    failed: int = 0
    unknown: int = 0
    missing: int = 0


def read_audit(pieces: Iterable[bytes], store: SchemaStore) -> AuditLog:
    """Return what a file of an audit log says. Raises Unreadable where it is damaged, cut, or none."""
    reader = _Reader(store)
    document = open_document(pieces)
    for line, row, _type in document.rows:
        reader.take(line, row)
    wrong = next((loss for loss in document.losses if loss.code != "empty-file" or reader.total), None)
    if wrong is not None:
        raise Unreadable(wrong)
    log = reader.log()
    if log.unknown == log.total > 0:
        raise Unreadable(Loss("unknown-objects", "it has no record of an audit log"))
    return log


class _Reader:
    """Takes the rows of a file, and keeps those that are about objects of a policy."""

    def __init__(self, store: SchemaStore) -> None:
        self._kinds = Kinds(store)
        self._cmdlets: dict[str, tuple[ObjectType, Verb]] = {}
        old = {fold(noun): name for name, noun in _OLD_NOUNS.items()}
        for described in store.object_types.values():
            for verb in VERBS:
                cmdlet = described.cmdlets.get(verb)
                if cmdlet is not None:
                    start, _, noun = cmdlet.partition("-")
                    names = (noun, old[fold(noun)]) if fold(noun) in old else (noun,)
                    self._cmdlets.update((fold(f"{start}-{name}"), (described, verb)) for name in names)
        self._records: list[AuditRecord] = []
        self.total = self._others = self._failed = self._unknown = 0
        self._found = self._counted = 0

    def log(self) -> AuditLog:
        """Return what was taken."""
        missing = max(0, self._found - self._counted)
        return AuditLog(tuple(self._records), self.total, self._others, self._failed, self._unknown, missing)

    def take(self, line: int | None, row: Mapping[str, Any]) -> None:
        """Take a row, whichever of the cmdlets shows it."""
        self.total += 1
        fields = {fold(name): value for name, value in row.items()}
        self._count(fields.get("RESULTCOUNT"))
        if "AUDITDATA" in fields:
            beside = fields.get("OPERATIONS", fields.get("OPERATION"))
            if isinstance(beside, str) and beside and fold(beside) not in self._cmdlets:
                self._others += 1
                return
            fields = self._audit_data(line, fields["AUDITDATA"])
        if isinstance(operation := fields.get("OPERATION"), str) and "CREATIONTIME" in fields:
            status, when, who = fields.get("RESULTSTATUS", ""), fields["CREATIONTIME"], fields.get("USERID")
            named = [fields.get("OBJECTID"), fields.get("MODIFIEDOBJECTRESOLVEDNAME")]
            given = fields.get("PARAMETERS")
        elif isinstance(operation := fields.get("CMDLETNAME"), str):
            status, when, who = fields.get("SUCCEEDED", ""), fields.get("RUNDATE"), fields.get("CALLER")
            named, given = [fields.get("OBJECTMODIFIED")], fields.get("CMDLETPARAMETERS")
        else:
            self._unknown += 1
            return
        known = self._cmdlets.get(fold(operation))
        if known is None:
            self._others += 1
        elif fold(str(status)) not in _SUCCESS:
            self._failed += 1
        else:
            described, verb = known
            parameters, modified = _named_values(given), _named_values(fields.get("MODIFIEDPROPERTIES"))
            self._records.append(
                AuditRecord(
                    kind=described.name,
                    verb=verb,
                    cmdlet=operation,
                    time=_time(when),
                    caller=who if isinstance(who, str) else "",
                    names=_names(named, parameters or {}, described),
                    properties=self._properties(described, parameters, modified),
                )
            )

    def _count(self, found: Any) -> None:
        """Note how many records the search found of which this is one."""
        if str(found).isdecimal():
            self._found, self._counted = max(self._found, int(str(found))), self._counted + 1

    def _audit_data(self, line: int | None, value: Any) -> dict[str, Any]:
        """Return the members of AuditData, which is JSON in a text. Raises Unreadable where it is cut or damaged."""
        if isinstance(value, str):
            try:
                value = plain(decode(value))
            except MalformedError as problem:
                why = "ends in the middle" if problem.is_cut else f"is no JSON: {problem}"
                raise Unreadable(Loss("damaged", f"AuditData {why}", line)) from problem
        if not isinstance(value, dict):
            raise Unreadable(Loss("damaged", "AuditData is no object", line))
        return {fold(name): member for name, member in value.items()}

    def _properties(
        self, described: ObjectType, parameters: Mapping[str, Any] | None, modified: Mapping[str, Any] | None
    ) -> frozenset[str] | None:
        """Return the settings among what was given and what changed, by their names; None where neither is known."""
        if parameters is None and not modified:
            return None
        kept = self._kinds[described.section].names
        names = (kept.get(fold(name)) for name in (*(parameters or ()), *(modified or ())))
        return frozenset(name for name in names if name is not None and name in described.settings)


def _time(value: Any) -> str:
    """Return a time as UTC, empty where it is in the form of some machine.

    Windows PowerShell writes an object where a time has more than its value: `{"value": "/Date(0)/", "DateTime": ""}`.
    """
    if isinstance(value, dict):
        value = next((each for name, each in value.items() if fold(name) == "VALUE"), None)
    return (shown.moment(value) or "") if isinstance(value, str) else ""


def _named_values(value: Any) -> dict[str, Any] | None:
    """Return values by their names, None where the file does not say them: it may show the type of the list alone.

    A list has an object for each, with its name and value; what Windows PowerShell cuts has their names alone.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                return _named_values(decode(text))
            except MalformedError:
                return None
        words = [word for word in _BETWEEN.split(text) if word]
        return dict.fromkeys(words) if words and all(map(_NAME.fullmatch, words)) else None
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return None
    found: dict[str, Any] = {}
    for item in value:
        members = {fold(name): each for name, each in item.items()} if isinstance(item, dict) else {"NAME": item}
        name = members.get("NAME")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return None
        found[name] = members.get("VALUE", members.get("NEWVALUE"))
    return found


def _names(named: Iterable[Any], parameters: Mapping[str, Any], described: ObjectType) -> tuple[str, ...]:
    """Return what may name the object: what the log says, what the cmdlet was given, and the key of a new object."""
    given = {fold(name): value for name, value in parameters.items() if isinstance(value, str)}
    key = {name: given.get(fold(name)) for name in described.key}
    made = described.identify(key) if key and all(key.values()) and "IDENTITY" not in given else None
    every = (*named, given.get("IDENTITY"), made[0] if made is not None else None)
    return tuple(dict.fromkeys(name for name in every if isinstance(name, str) and name))
