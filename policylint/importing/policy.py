"""Live state as policy files: what is special, with comments on devices, on what is left out and on what lint finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.diagnostic import Severity
from policylint.edit.comments import comment, device_comment, todo
from policylint.edit.editor import file_name
from policylint.edit.layout import About, Layout, Line, Lines, Remarks, lines_about, text_of_lines
from policylint.edit.order import LEVELS
from policylint.importing.selection import Selection, select
from policylint.model.config import EDITIONS
from policylint.model.state import MAILBOX, ORGANIZATION, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.schema.store import SchemaStore

STALE = "stale-device-id"
"""The rule that finds a listed device that there is not."""

_MOST_UNSAID = 20
_REFERENCE = "ActiveSyncMailboxPolicy"


class PolicyDraft(NamedTuple):
    """A policy file of live state before lint has seen it. `about` says what its lines are about, by their number."""

    selection: Selection
    text: str
    about: Mapping[int, About]


class LivePolicy:
    """The policy files that say what is live, by their names.

    `sources` are the paths that live state was read from, as the first comment names them. With `defaults`, settings
    that are as they come are written too.
    """

    def __init__(
        self, snapshot: Snapshot, store: SchemaStore, edition: str, sources: Sequence[str], *, defaults: bool = False
    ) -> None:
        self._snapshot = snapshot
        self.state = snapshot.state
        self._edition = edition
        self._sources = sources
        self._defaults = defaults
        self.selections = select(snapshot.state, store, edition, defaults=defaults)
        self.drafts = {file_name(each.described.section): self._draft(each) for each in self.selections}

    def _draft(self, selection: Selection) -> PolicyDraft:
        lines = Layout(selection.described, Remarks(), expanded=True).section(selection.objects)
        return PolicyDraft(selection, text_of_lines(lines), lines_about(lines))

    def texts(self, findings: Iterable[Diagnostic], names: Mapping[str, str]) -> dict[str, str]:
        """Return the text of each file by its name, with a comment for each finding but notes over its line.

        `names` are the names of the files by the path under which lint has seen their drafts.
        """
        remarks = {name: self.remarks(draft.selection) for name, draft in self.drafts.items()}
        for finding in findings:
            name = names.get(finding.span.path)
            if name is not None and finding.severity is not Severity.INFO:
                about = self.drafts[name].about.get(finding.span.begin.line, About())
                _add(remarks[name], about, finding)
        return {name: text_of_lines(self._file(draft.selection, remarks[name])) for name, draft in self.drafts.items()}

    def text(self, selection: Selection) -> str:
        """Return the text of the file of some objects, with the comments that need no lint."""
        return text_of_lines(self._file(selection, self.remarks(selection)))

    def remarks(self, selection: Selection, *, groups: bool = True) -> Remarks:
        """Return the comments that need no lint: on devices, and with `groups` over the first rule of each level."""
        remarks = Remarks()
        if selection.described.name == RULE and groups:
            for rule in {rule.text("AccessLevel"): rule for rule in reversed(selection.objects)}.values():
                remarks.above[About(rule.key)].append(LEVELS[rule.text("AccessLevel")])
        if selection.described.name == MAILBOX:
            self._remark_mailboxes(selection.objects, remarks)
        return remarks

    def _remark_mailboxes(self, mailboxes: Sequence[Entity], remarks: Remarks) -> None:
        devices = _listed_devices(mailboxes, self._snapshot)
        default = self._snapshot.state.default_policy
        for mailbox in mailboxes:
            own = mailbox.text(_REFERENCE)
            if default is not None and fold(own) == fold(default.identity):
                pinned = "pinned: does not follow when another policy becomes the default"
                remarks.beside[About(mailbox.key, _REFERENCE)].append(pinned)
            for name in (ALLOWED, BLOCKED):
                for item in mailbox.items(name):
                    device = devices.get((mailbox.key, fold(item)))
                    if device is not None and (words := device_comment(device)):
                        remarks.beside[About(mailbox.key, name, item)].append(words)

    def _file(self, selection: Selection, remarks: Remarks) -> Lines:
        head = [Line(f"# {words}") for words in self._head(selection)]
        return head + Layout(selection.described, remarks).section(selection.objects)

    def _head(self, selection: Selection) -> Iterator[str]:
        """Yield the comments at the head of a file: where it comes from, and what is left out."""
        if selection.described.name == ORGANIZATION:
            yield " ".join(self._origin())
        yield from (f"{words}." for words in left_out(selection))
        for unsaid in selection.unsaid[:_MOST_UNSAID]:
            what = f"{unsaid.setting} of {unsaid.identity}" if unsaid.setting is not None else unsaid.identity
            yield comment(f"Not written: {what}: {unsaid.why}")
        if len(selection.unsaid) > _MOST_UNSAID:
            yield f"Not written: {len(selection.unsaid) - _MOST_UNSAID:,} more."

    def _origin(self) -> Iterator[str]:
        where = comment(listed(self._sources))
        yield f"Imported from {where} ({EDITIONS[self._edition]})."
        if not self._defaults:
            yield "Settings at Exchange's default are not written and so not managed."


def left_out(selection: Selection) -> Iterator[str]:
    """Yield how many objects of a section are not written, and why."""
    if selection.plain:
        title, plural = selection.described.title, selection.described.plural
        verb = "has nothing special and is" if selection.plain == 1 else "have nothing special and are"
        yield f"{count(selection.plain, title, plural)} of {selection.total:,} {verb} left out"
    if selection.system:
        verb = "is" if len(selection.system) == 1 else "are"
        yield f"{count(len(selection.system), 'system mailbox')} {verb} left out"


def _add(remarks: Remarks, about: About, finding: Diagnostic) -> None:
    if finding.rule == STALE and about.item is not None:
        remarks.beside[about].append(todo(STALE, "no such device in the snapshot"))
        return
    words = todo(finding.rule, finding.message)
    if words not in remarks.above[about]:
        remarks.above[about].append(words)


def _listed_devices(mailboxes: Iterable[Entity], snapshot: Snapshot) -> Mapping[tuple[str, str], Device]:
    """Return the devices that are on a list of their own mailbox, by its key and their folded ID; the last to sync."""
    wanted = {fold(item) for mailbox in mailboxes for name in (ALLOWED, BLOCKED) for item in mailbox.items(name)}
    found: dict[tuple[str, str], Device] = {}
    for device in snapshot.devices.select(lambda device_id, _guid: fold(device_id) in wanted) if wanted else ():
        place = (device.mailbox or "", fold(device.device_id))
        if place not in found or found[place].last_sync < device.last_sync:
            found[place] = device
    return found
