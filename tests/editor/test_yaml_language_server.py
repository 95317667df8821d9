"""The schemas in the real yaml-language-server: what an editor completes, shows and marks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policylint.cli.schema_command import SCHEMAS, file_name, schema_text
from tests.policies import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.22.0"
"""The last of the versions that run on Node.js 20."""

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="Node.js with npm is not installed"
)


class Server:
    """The server over its standard input and output, with the schemas of a folder."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            ["node", str(program), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self.number = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        capabilities = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities})
        self.tell("initialized", {})
        settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
        self.tell("workspace/didChangeConfiguration", {"settings": settings})

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
            self._send({"id": message["id"], "result": [None] * len(items) or None})
        return message

    def tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def open(self, name: str, text: str) -> str:
        """Show a text to the server under a name; the schema is named in its first line."""
        uri = (self.folder / name).as_uri()
        kind = "config" if name.endswith("policylint.yaml") else "policy"
        text = f"# yaml-language-server: $schema={file_name(kind)}\n{text}"
        self.tell(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        )
        return uri

    def problems(self, name: str, text: str) -> list[tuple[int, str]]:
        """Return the line in the text, from 1, and the message of each diagnostic."""
        uri = self.open(name, text)
        while uri not in self.diagnostics:
            self._receive()
        return [(found["range"]["start"]["line"], found["message"]) for found in self.diagnostics[uri]]

    def at(self, name: str, text: str) -> dict[str, Any]:
        """Open a text and return the place of the `|` in it."""
        before, _, after = text.partition("|")
        uri = self.open(name, before + after)
        line = before.count("\n") + 1
        return {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": len(before.rpartition("\n")[2])},
        }

    def completions(self, name: str, text: str) -> dict[str, str]:
        """Return what is offered at the `|`: by label, what it inserts."""
        found = self.ask("textDocument/completion", self.at(name, text))
        return {item["label"]: item.get("insertText", "") for item in found["items"]}

    def hover(self, name: str, text: str) -> str:
        found = self.ask("textDocument/hover", self.at(name, text))
        return str(found["contents"]["value"]) if found else ""


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server, installed once into the cache of the tests."""
    assert pytestconfig.cache is not None
    home = pytestconfig.cache.mkdir(f"yaml-language-server-{VERSION}")
    program = home / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if not program.is_file():
        npm = [
            "npm",
            "install",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(home),
        ]
        subprocess.run([*npm, f"yaml-language-server@{VERSION}"], check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("editor")
    for name in SCHEMAS:
        (folder / file_name(name)).write_text(schema_text(STORE, name), encoding="utf-8")
    found = Server(program, folder)
    yield found
    found.process.kill()
    found.process.communicate()


RULES = "deviceAccessRules:\n  - Characteristic: DeviceOS\n    QueryString: {}\n    AccessLevel: Allow\n"


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("**/*.yaml")), ids=lambda path: path.name)
def test_the_shipped_example_is_right(server: Server, path: Path) -> None:
    name = path.name if path.name == "policylint.yaml" else f"example-{path.name}"
    assert [] == server.problems(name, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["16.10", "NO", "0123", "1E5", "true", "2027-03-31", "iOS 18.5 22F76", "'null'"])
def test_any_text_is_a_text(server: Server, text: str) -> None:
    assert [] == server.problems(f"text-{abs(hash(text))}.yaml", RULES.format(text))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("organization:\n  DefaultAccessLevel: Deny\n", 2, "Allow"),
        ("organization:\n  DefaultAcessLevel: Allow\n", 2, "DefaultAcessLevel"),
        ("mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncEnabled: yes please\n", 3, "boolean"),
        ("mobileDeviceMailboxPolicies:\n  - Name: Default\n    MinPasswordLength: 99\n", 3, "maximum"),
        ("mobileDeviceMailboxPolicies:\n  - Name: Default\n    MaxInactivityTimeLock: 15:00\n", 3, "hh:mm:ss"),
        ("mobileDeviceMailboxPolicies:\n  - Name: x\n    IsDefaultPolicy: true\n", 3, "is called `IsDefault` here"),
        ("deviceAccessRules:\n  - Characteristic: DeviceOS\n    AccessLevel: Allow\n", 2, "QueryString"),
    ],
)
def test_what_is_wrong_is_marked(server: Server, text: str, line: int, words: str) -> None:
    found = server.problems(f"wrong-{line}-{words[:6]}.yaml", text)
    assert any(place == line and words in message for place, message in found), found


def test_keys_are_completed(server: Server) -> None:
    found = server.completions("keys.yaml", "organization:\n  |\n")
    assert {"DefaultAccessLevel", "AdminMailRecipients", "UserMailInsert"} <= found.keys()
    found = server.completions("legacy.yaml", "mobileDeviceMailboxPolicies:\n  - Name: Default\n    |\n")
    assert "IsDefault" in found
    assert "IsDefaultPolicy" not in found


def test_values_are_completed(server: Server) -> None:
    found = server.completions("values.yaml", "organization:\n  DefaultAccessLevel: |\n")
    assert {"Allow", "Block", "Quarantine"} <= found.keys()


def test_a_new_rule_is_offered_whole(server: Server) -> None:
    found = server.completions("snippet.yaml", "deviceAccessRules:\n  - |\n")
    snippet = next(text for label, text in found.items() if label == "new device access rule")
    assert {"Characteristic", "QueryString", "AccessLevel"} <= {
        line.partition(":")[0].strip() for line in snippet.split("\n")
    }


def test_hover_says_what_a_setting_is(server: Server) -> None:
    text = server.hover("hover.yaml", "mobileDeviceMailboxPolicies:\n  - Name: Default\n    AllowBlue|tooth: Allow\n")
    assert "Whether Bluetooth may be used" in text
    assert "Default: Allow" in text
    assert "learn.microsoft.com" in text


def test_the_configuration_too(server: Server) -> None:
    assert {"exchange-online", "exchange-se"} <= server.completions(
        "other-policylint.yaml", "version: 1\nedition: |\n"
    ).keys()
