"""An editor, as far as the protocol goes: it speaks with a server in a thread, or in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from policylint.editor.uris import uri_of
from policylint.lsp.server import serve
from tests.texts import shared

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO, BinaryIO

CAPABILITIES = {
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True}},
        "publishDiagnostics": {"relatedInformation": True},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


class Editor:
    """A client that waits for answers, and keeps what is published of each URI."""

    def __init__(self, to_server: IO[bytes], from_server: IO[bytes]) -> None:
        self._to_server, self._from_server = to_server, from_server
        self.published: dict[str, list[Any]] = {}
        self.versions: dict[str, int | None] = {}
        self.messages: list[Any] = []
        self._answers: dict[int, Any] = {}
        self._changed = threading.Condition()
        self._number = 0
        self._is_closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self._from_server
        while head := stream.readline():
            length = int(head.split(b":")[1])
            while stream.readline().strip():
                pass
            message = json.loads(stream.read(length))
            with self._changed:
                if "method" not in message:
                    self._answers[message["id"]] = message
                elif message["method"] == "textDocument/publishDiagnostics":
                    given = message["params"]
                    self.published[given["uri"]] = given["diagnostics"]
                    self.versions[given["uri"]] = given.get("version")
                else:
                    self.messages.append(message)
                self._changed.notify_all()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to_server.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._to_server.flush()

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: dict[str, Any] | None = None) -> Any:
        self._number += 1
        self.send({"id": self._number, "method": method, **({"params": params} if params is not None else {})})
        with self._changed:
            done = self._changed.wait_for(lambda: self._number in self._answers or self._is_closed, 30)
            assert done, (method, self.messages)
            return self._answers.pop(self._number, {"error": "closed"})

    def result(self, method: str, **params: Any) -> Any:
        answer = self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def start(self, *folders: Path, **capabilities: Any) -> Any:
        given: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {**CAPABILITIES, **capabilities}}
        given["workspaceFolders"] = [{"uri": uri_of(str(folder)), "name": folder.name} for folder in folders]
        result = self.result("initialize", **given)
        self.notify("initialized")
        return result

    def wait(self, uri: str, version: int | None) -> list[Any]:
        """Return what is published of a version of a document."""
        with self._changed:
            done = self._changed.wait_for(lambda: uri in self.published and self.versions[uri] == version, 30)
        assert done, (self.versions, self.messages)
        return self.published[uri]

    def wait_for(self, uri: str, *, found: bool) -> list[Any]:
        """Return what is published of a file that is not open, once there is something or nothing more."""
        with self._changed:
            done = self._changed.wait_for(lambda: bool(self.published.get(uri)) == found, 30)
        assert done, (self.published, self.messages)
        return self.published[uri]

    def open(self, path: Path | str, text: str, version: int = 1) -> str:
        uri = path if isinstance(path, str) else uri_of(str(path))
        document = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
        self.notify("textDocument/didOpen", textDocument=document)
        return uri

    def change(self, uri: str, version: int, *changes: dict[str, Any]) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", textDocument=document, contentChanges=list(changes))

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", textDocument={"uri": uri})

    def stop(self) -> None:
        self.ask("shutdown")
        self.send({"method": "exit"})
        self._reader.join(10)


class Here(Editor):
    """An editor whose server is a thread of this process."""

    def __init__(self) -> None:
        (from_editor, to_server), (from_server, to_editor) = os.pipe(), os.pipe()
        self._streams: tuple[BinaryIO, BinaryIO] = (os.fdopen(from_editor, "rb"), os.fdopen(to_editor, "wb"))
        self.was_orderly: bool | None = None
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()
        super().__init__(os.fdopen(to_server, "wb"), os.fdopen(from_server, "rb"))

    def _serve(self) -> None:
        self.was_orderly = serve(shared(), *self._streams)
        for stream in self._streams:
            stream.close()

    def stop(self) -> None:
        super().stop()
        self._server.join(10)
        self._to_server.close()
        self._from_server.close()


def start_process(folder: Path) -> tuple[Editor, subprocess.Popen[bytes]]:
    """Return an editor and its server, which is a process of its own."""
    command = [sys.executable, "-m", "policylint", "lsp"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    return Editor(process.stdin, process.stdout), process
