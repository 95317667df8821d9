"""The server: what an editor asks and is told, in the Language Server Protocol on standard input and output.

Source: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from traceback import format_exc
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from policylint.editor.actions import Action, actions, fix_all, replacement
from policylint.editor.analysis import fixed_rules_of, rules_of
from policylint.editor.completion import complete
from policylint.editor.hover import hover
from policylint.editor.lenses import decided_by, lenses
from policylint.editor.positions import Extent, Place, changed, extent_of, offset_at
from policylint.escape import clean, clean_lines
from policylint.lsp import convert
from policylint.lsp.workspace import Checked, Document, Workspace
from policylint.phrases import count, listed
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from typing import BinaryIO

    from policylint.diagnostic import Diagnostic
    from policylint.editor.project import EditorProject
    from policylint.edits import TextEdit
    from policylint.project.resources import Resources
    from policylint.source import Source

T = TypeVar("T")

SHOW_DEVICES = "policylint.showDevices"
FIX_ALL = "source.fixAll.policylint"
DELAY = 0.15
"""How many seconds nothing is typed before a project is looked at again."""

_TRIGGERS = [" ", ":", "[", ",", "{", "-", '"', "'"]
_MOST_NAMED = 10


class _Protocol(LanguageServerProtocol):
    """The protocol without the documents of pygls: those of the workspace count, whose lines are those of YAML."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message as a value; a request that is not one is answered, so that nobody waits. Raises."""
        try:
            return super().structure_message(data)
        except Exception as problem:
            if "method" in data and isinstance(data.get("id"), int | str):
                answer = JsonRpcInvalidParams.of(problem).to_response_error()
                self._send_response(data["id"], None, answer)
            raise

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        """Pass a document on."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        """Pass changes on."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        """Pass on that a document is closed."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


class Server(LanguageServer):
    """The server of one editor."""

    def __init__(self, resources: Resources) -> None:
        super().__init__(
            "policylint",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=_Protocol,
        )
        self.documents = Workspace(resources)
        self.documents.folders = self._folders
        self.is_shut_down = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._worker = ThreadPoolExecutor(1, "policylint")
        """Everything that reads files or takes long is done here, one thing after the other."""

    @property
    def encoding(self) -> str:
        """Return what positions are counted in."""
        return str(getattr(self.server_capabilities.position_encoding, "value", None) or "utf-16")

    def _folders(self) -> list[str]:
        """Return the URIs of the folders that the editor has open."""
        return [*filter(None, (*self.workspace.folders, self.workspace.root_uri))]

    def document(self, uri: str) -> Document | None:
        """Return an open document that policylint has something to say about."""
        document = self.documents.documents.get(uri)
        return document if document is not None and self.documents.concerns(document) else None

    def offset(self, document: Document, position: types.Position) -> int:
        """Return the offset of a position of a document."""
        return offset_at(document.source, Place(position.line, position.character), self.encoding)

    async def in_worker(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a function returns, while other messages are answered."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, function, *arguments)

    def schedule(self, key: str, delay: float = DELAY) -> None:
        """Look at a project once nothing happened for some time."""
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(delay, self._start, key)

    def schedule_all(self) -> None:
        """Look at every project again."""
        keys = {self.documents.key_of(uri) for uri in self.documents.documents}
        for key in keys | self.documents.checked.keys():
            self.schedule(key, 0)

    def _start(self, key: str) -> None:
        self._timers.pop(key, None)
        task = asyncio.get_running_loop().create_task(self.refresh(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def refresh(self, key: str) -> None:
        """Look at a project, and tell the editor what is wrong with its files; nothing of those that are gone."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            members, texts = self.documents.members(key), self.documents.texts()
            if not members:
                for uri in self.documents.drop(key):
                    self._publish(uri, [], None)
                return
            try:
                checked = await self.in_worker(self.documents.check, key, members, texts)
            except Exception:  # whatever a document holds, the editor keeps its server
                message = f"this is a bug of policylint; please report it\n{clean_lines(format_exc())}"
                self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))
                return
            before = self.documents.checked.get(key)
            self.documents.checked[key] = checked
            for uri in before.found if before is not None else ():
                if uri not in checked.found:
                    self._publish(uri, [], None)
            for uri, found in checked.found.items():
                if found or before is None or before.found.get(uri) or uri in checked.versions:
                    self._publish(uri, self._converted(found, checked), checked.versions.get(uri))
            if self._can("workspace.code_lens.refresh_support"):
                self.workspace_code_lens_refresh(None)

    def _publish(self, uri: str, found: Sequence[types.Diagnostic], version: int | None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _converted(self, found: Iterable[Diagnostic], checked: Checked) -> list[types.Diagnostic]:
        related = self._can("text_document.publish_diagnostics.related_information")
        return [convert.diagnostic(each, checked.uris, self.encoding, related=related) for each in found]

    def _can(self, path: str) -> bool:
        """Return whether the editor says that it can do something."""
        found: Any = self.client_capabilities
        for name in path.split("."):
            found = getattr(found, name, None)
        return bool(found)

    async def asked(
        self, question: Callable[[EditorProject, str, str, int], T | None], uri: str, position: types.Position
    ) -> tuple[Source, T] | None:
        """Return a document and what a question about a place of it has for an answer, None where there is none."""
        document = self.document(uri)
        if document is None:
            return None
        source, project = document.source, self.documents.project_of(document)
        schema, offset = self.documents.schema_of(document), self.offset(document, position)
        found = await self.in_worker(question, project, schema, source.text, offset)
        return (source, found) if found is not None else None

    def current(self, uri: str) -> tuple[Document, Checked, EditorProject] | None:
        """Return a document, what was found and in which project, where that was found in the text that it has now."""
        document = self.document(uri)
        checked = self.documents.checked.get(self.documents.key_of(uri))
        if document is None or checked is None or checked.versions.get(uri) != document.version:
            return None
        return (document, checked, checked.analysis.project) if checked.analysis is not None else None

    def edit(self, edits: Iterable[TextEdit], checked: Checked) -> types.WorkspaceEdit | None:
        """Return edits for the editor, None where one is of a text that has changed meanwhile."""
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            uri = checked.uris.get(edit.span.path)
            document = self.documents.documents.get(uri or "")
            if uri is None or (document is not None and document.readable != edit.span.source.text):
                return None
            changes.setdefault(uri, []).append(convert.edit(edit, self.encoding))
        if not self._can("workspace.workspace_edit.document_changes"):
            return types.WorkspaceEdit(changes=dict(changes))
        versions = {uri: document.version for uri, document in self.documents.documents.items()}
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, versions.get(uri)), each)
                for uri, each in changes.items()
            ]
        )


def serve(resources: Resources, stdin: BinaryIO, stdout: BinaryIO) -> bool:
    """Serve an editor until it says that it is done; return whether it said so in the order of the protocol."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False
    server = Server(resources)
    _declare(server)
    server.start_io(stdin, stdout)
    return server.is_shut_down


def _declare(server: Server) -> None:
    """Tell a server how to answer."""
    _declare_documents(server)
    _declare_questions(server)
    _declare_changes(server)

    @server.feature(types.SHUTDOWN)
    def shut_down(*_given: Any) -> None:
        server.is_shut_down = True

    @server.feature(types.INITIALIZED)
    def initialized(_params: types.InitializedParams) -> None:
        if not server._can("workspace.did_change_watched_files.dynamic_registration"):
            return
        watchers = [types.FileSystemWatcher(glob_pattern="**/*.{yaml,yml,json,lock,md}")]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        registration = types.Registration(id="policylint-files", method=method, register_options=options)
        server.client_register_capability(types.RegistrationParams([registration]))


def _declare_documents(server: Server) -> None:
    documents = server.documents

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        documents.put(document.uri, document.text, document.version)
        server.schedule(documents.key_of(document.uri), 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def edited(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = documents.documents.get(uri)
        if document is None:
            return
        text = document.text
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                extent = Extent(Place(start.line, start.character), Place(end.line, end.character))
                text = changed(text, extent, change.text, server.encoding)
            else:
                text = change.text
        documents.put(uri, text, params.text_document.version)
        server.schedule(documents.key_of(uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        key = documents.key_of(uri)
        documents.forget(uri)
        if key == uri:
            server._publish(uri, [], None)
        server.schedule(key, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        documents.saved()
        server.schedule(documents.key_of(params.text_document.uri), 0)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def written(_params: types.DidChangeWatchedFilesParams) -> None:
        documents.saved()
        server.schedule_all()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(_params: types.DidChangeConfigurationParams) -> None:
        """Do nothing: the settings are those of policylint.yaml."""


def _declare_questions(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        answer = await server.asked(hover, params.text_document.uri, params.position)
        if answer is None:
            return None
        source, found = answer
        words = types.MarkupContent(types.MarkupKind.Markdown, found.words)
        return types.Hover(words, convert.extent(extent_of(source, found.start, found.end, server.encoding)))

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS))
    async def completed(params: types.CompletionParams) -> types.CompletionList | None:
        answer = await server.asked(complete, params.text_document.uri, params.position)
        if answer is None:
            return None
        source, found = answer
        where = convert.extent(extent_of(source, found.start, found.end, server.encoding))
        snippets = server._can("text_document.completion.completion_item.snippet_support")
        return types.CompletionList(
            is_incomplete=found.more,
            items=[
                convert.completion(each, where, number)
                for number, each in enumerate(found.items)
                if snippets or each.kind != "entry"
            ],
        )

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lensed(params: types.CodeLensParams) -> list[types.CodeLens]:
        known = server.current(params.text_document.uri)
        if known is None:
            return []
        document, checked, project = known
        found = await server.in_worker(lenses, project)
        return [
            convert.lens(each, document.uri, server.encoding, SHOW_DEVICES)
            for each in found
            if checked.uris.get(each.span.path) == document.uri and each.span.source.text == document.readable
        ]

    @server.command(SHOW_DEVICES)
    async def show_devices(uri: str, offset: int) -> list[dict[str, str]]:
        known = server.current(uri)
        if known is None:
            return []
        _, checked, project = known
        name = next((name for name, each in checked.uris.items() if each == uri), "")
        found = await server.in_worker(decided_by, project, name, offset)
        words = [clean(f"{each.device_id} of {each.mailbox}") for each in found]
        message = f"{count(len(found), 'device')}: {listed(words, _MOST_NAMED)}" if found else "no devices"
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
        return [{key: clean(value) for key, value in each._asdict().items()} for each in found]


def _declare_changes(server: Server) -> None:
    documents = server.documents
    kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        known = server.current(params.text_document.uri)
        if known is None:
            return []
        document, checked, project = known
        only = params.context.only
        found: list[types.CodeAction] = []
        if only is None or any("quickfix".startswith(str(_text(each))) for each in only):
            start, end = (server.offset(document, each) for each in (params.range.start, params.range.end))
            offers = await server.in_worker(_actions, checked.found.get(document.uri, ()), start, end, project)
            found += [each for each in (_action(server, offer, checked) for offer in offers) if each is not None]
        if only is not None and any(f"{FIX_ALL}.".startswith(f"{_text(each)}.") for each in only):
            name = next((name for name, uri in checked.uris.items() if uri == document.uri), None)
            edits = await server.in_worker(fix_all, project, {name})
            edit = server.edit(edits.values(), checked) if edits else None
            if edit is not None:
                title = "Fix everything that can be fixed without changing any device's access"
                found.append(types.CodeAction(title, kind=FIX_ALL, edit=edit))
        return found

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatted_text(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        document = server.document(params.text_document.uri)
        if document is None:
            return None
        text = await server.in_worker(_formatted, documents, document)
        if text is None or text == document.readable:
            return None
        return [convert.edit(replacement(document.source, text), server.encoding)]


def _actions(found: Sequence[Diagnostic], start: int, end: int, project: Any) -> list[Action]:
    return list(actions(found, start, end, rules_of(project), fixed_rules_of(project)))


def _action(server: Server, offer: Action, checked: Checked) -> types.CodeAction | None:
    edit = server.edit(offer.edits, checked)
    if edit is None:
        return None
    return types.CodeAction(
        clean(offer.title),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=server._converted([offer.finding], checked),
        is_preferred=True if offer.safe and offer.is_fix else None,
        edit=edit,
    )


def _formatted(documents: Workspace, document: Document) -> str | None:
    """Return the canonical form of a document, None where it has none."""
    from policylint.edit.format import formatted

    return formatted(document.source, documents.resources.store, documents.schema_of(document))[0]


def _text(kind: Any) -> str:
    return str(getattr(kind, "value", kind))
