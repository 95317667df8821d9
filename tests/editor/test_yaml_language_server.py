"""The schemas in the real yaml-language-server: what an editor completes, shows and marks.

The server is the one of package-lock.json beside this file, version 1.22.0: the last that runs on Node.js 20.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from policylint.adapters.resources import scaffold
from policylint.project.editor_schemas import SCHEMAS, file_name, schema_text
from tests import npm
from tests.requirements import NODE
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "docs" / "examples" / "contoso"

pytestmark = NODE.needed


class Problem(NamedTuple):
    """Something the server marks: the line in the text, from 1, and what it says."""

    line: int
    message: str


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
        self.opened = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        capabilities = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": capabilities})
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
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, f"the server has gone, exit code {self.process.poll()}"
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

    def open(self, path: Path, text: str) -> str:
        """Show a text to the server under a path and return its address."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return path.as_uri()

    def marked(self, path: Path, text: str) -> list[Problem]:
        """Return what the server has against a text under a path, lines counted from 1."""
        uri = self.open(path, text)
        while uri not in self.diagnostics:
            self._receive()
        return [Problem(found["range"]["start"]["line"] + 1, found["message"]) for found in self.diagnostics[uri]]

    def _new(self, text: str, kind: str) -> tuple[Path, str]:
        """Return a path of its own for a text, and the text with its schema named in a line before it."""
        self.opened += 1
        return self.folder / f"{self.opened}.yaml", f"# yaml-language-server: $schema={file_name(kind)}\n{text}"

    def problems(self, text: str, kind: str = "policy") -> list[Problem]:
        """Return what the server has against a text."""
        return [Problem(line - 1, message) for line, message in self.marked(*self._new(text, kind))]

    def _at(self, text: str, kind: str) -> dict[str, Any]:
        """Open a text and return the place of the `|` in it."""
        before, _, after = text.partition("|")
        uri = self.open(*self._new(before + after, kind))
        place = {"line": before.count("\n") + 1, "character": len(before.rpartition("\n")[2])}
        return {"textDocument": {"uri": uri}, "position": place}

    def completions(self, text: str, kind: str = "policy") -> dict[str, str]:
        """Return what is offered at the `|`: by label, what it inserts."""
        found = self.ask("textDocument/completion", self._at(text, kind))
        return {item["label"]: item.get("insertText", "") for item in found["items"]}

    def hover(self, text: str, kind: str = "policy") -> str:
        """Return what is shown at the `|`."""
        found = self.ask("textDocument/hover", self._at(text, kind))
        return str(found["contents"]["value"]) if found else ""


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server with the schemas of every edition."""
    assert pytestconfig.cache is not None
    folder = tmp_path_factory.mktemp("editor")
    for name in SCHEMAS:
        (folder / file_name(name)).write_text(schema_text(STORE, name), encoding="utf-8")
    modules = npm.installed(HERE, pytestconfig.cache.mkdir("yaml-language-server"))
    found = Server(modules / "yaml-language-server" / "bin" / "yaml-language-server", folder)
    yield found
    found.process.kill()
    found.process.communicate()


RULE = "deviceAccessRules:\n  - Characteristic: DeviceOS\n    QueryString: {}\n    AccessLevel: Allow\n"
POLICY = "mobileDeviceMailboxPolicies:\n  - Name: Default\n    {}\n"
ORGANIZATION = "organization:\n  {}\n"
MAILBOX = "mailboxes:\n  - Identity: john.doe@contoso.com\n    {}\n"


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("**/*.yaml")), ids=lambda path: path.name)
def test_the_shipped_example_is_right(server: Server, path: Path) -> None:
    kind = "config" if path.name == "policylint.yaml" else "policy"
    assert [] == server.problems(path.read_text(encoding="utf-8"), kind)


@pytest.fixture(scope="module")
def repository(server: Server) -> Path:
    """Return a repository that `policylint init` has just made."""
    path = server.folder / "repository"
    command = [sys.executable, "-m", "policylint", "init", str(path), "--edition", "exchange-2019"]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.parametrize("name", [name for name in scaffold() if name.endswith(".yaml")])
def test_a_new_repository_is_right(server: Server, repository: Path, name: str) -> None:
    path = repository / name
    assert [] == server.marked(path, path.read_text(encoding="utf-8"))


def test_a_new_repository_finds_its_schema_and_its_edition(server: Server, repository: Path) -> None:
    head = (repository / "policy" / "tests.yaml").read_text(encoding="utf-8").splitlines()[0]
    text = f"{head}\n{POLICY.format('AllowApplePushNotifications: true')}"
    assert [Problem(4, "Property AllowApplePushNotifications is not allowed.")] == server.marked(
        repository / "policy" / "more.yaml", text
    )


@pytest.mark.parametrize(
    "text", ["16.10", "NO", "0123", "1E5", "true", "2027-03-31", "iOS 18.5 22F76", "'null'", "10:15:00", "0x1F"]
)
def test_any_text_is_a_text(server: Server, text: str) -> None:
    assert [] == server.problems(RULE.format(text))


@pytest.mark.parametrize(
    "line",
    [
        *("MaxAttachmentSize: 5 MB", "MaxAttachmentSize: 5242880", "MaxAttachmentSize: Unlimited"),
        *("MaxInactivityTimeLock: 00:15:00", "MaxInactivityTimeLock: Unlimited", "PasswordExpiration: 90.00:00:00"),
        *("MaxPasswordFailedAttempts: 8", "MaxPasswordFailedAttempts: Unlimited", "MinPasswordLength: null"),
        *("ApprovedApplicationList: [a, 7]", "ApprovedApplicationList: null", "AllowBluetooth: HandsfreeOnly"),
    ],
)
def test_every_way_to_write_a_value_is_right(server: Server, line: str) -> None:
    assert [] == server.problems(POLICY.format(line))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (ORGANIZATION.format("DefaultAccessLevel: Deny"), 2, 'Valid values: "Allow", "Block", "Quarantine"'),
        (ORGANIZATION.format("DefaultAcessLevel: Allow"), 2, "Property DefaultAcessLevel is not allowed"),
        (ORGANIZATION.format("AdminMailRecipients: a@contoso.com"), 2, "Expected one of array, null"),
        (ORGANIZATION.format("UserMailInsert: [a]"), 2, "Expected one of string, null"),
        (MAILBOX.format("ActiveSyncEnabled: yes please"), 3, 'Expected "boolean"'),
        (MAILBOX.format("ActiveSyncEnabled: yes"), 3, 'Expected "boolean"'),
        (MAILBOX.format("expires: 31.3.2027"), 3, "Write a date (YYYY-MM-DD)."),
        (POLICY.format("MinPasswordLength: 99"), 3, "above the maximum of 16"),
        (POLICY.format("MaxPasswordFailedAttempts: few"), 3, "Write a whole number from 4 to 16, or Unlimited."),
        (POLICY.format("MaxInactivityTimeLock: 15:00"), 3, "Write a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00"),
        (POLICY.format("MaxAttachmentSize: five"), 3, "Write a number of bytes from 0 to 2147482624, or Unlimited."),
        (POLICY.format("IsDefaultPolicy: true"), 3, "`IsDefaultPolicy` is called `IsDefault` here"),
        (POLICY.format("IsDefaultPolicy: true"), 3, "Write `IsDefault`."),
        (RULE.format("[a]"), 3, 'Expected "string"'),
        ("deviceAccessRules:\n  - Characteristic: DeviceOS\n    AccessLevel: Allow\n", 2, 'Missing property "QueryStr'),
        ("tests:\n  - name: a\n    device: {}\n    expect: Allow\n", 4, 'Valid values: "Allowed", "Blocked"'),
        (
            "tests:\n  - name: a\n    device: {}\n    expect: [Allowed, Allow]\n",
            4,
            'Valid values: "Allowed", "Blocked"',
        ),
    ],
    ids=lambda value: value.splitlines()[-1].strip() if isinstance(value, str) else "",
)
def test_what_is_wrong_is_marked_where_it_is(server: Server, text: str, line: int, words: str) -> None:
    found = server.problems(text)
    assert any(problem.line == line and words in problem.message for problem in found), found
    assert {line} == {problem.line for problem in found}


def test_keys_are_completed(server: Server) -> None:
    found = server.completions("organization:\n  |\n")
    assert {"DefaultAccessLevel", "AdminMailRecipients", "UserMailInsert"} <= found.keys()
    found = server.completions(POLICY.format("|"))
    assert "IsDefault" in found
    assert "IsDefaultPolicy" not in found


def test_a_key_comes_with_its_colon(server: Server) -> None:
    found = server.completions("deviceAccessRules:\n  - |\n")
    for key in ("Characteristic", "QueryString", "AccessLevel", "reason", "expires"):
        assert f"{key}: " == found[key]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (ORGANIZATION.format("DefaultAccessLevel: |"), {"Allow", "Block", "Quarantine"}),
        (POLICY.format("PasswordEnabled: |"), {"true", "false"}),
        (POLICY.format("MaxPasswordFailedAttempts: |"), {"Unlimited"}),
        (POLICY.format("MaxInactivityTimeLock: |"), {"Unlimited"}),
        ("tests:\n  - name: a\n    expect: |\n", {"Allowed", "Blocked", "Quarantined"}),
        ("tests:\n  - name: a\n    expect: [|]\n", {"Allowed", "Blocked", "Quarantined"}),
        (RULE.format("|"), set()),
        (POLICY.format("reason: |"), set()),
    ],
    ids=lambda value: value.splitlines()[-1].strip() if isinstance(value, str) else "",
)
def test_values_are_completed_and_texts_are_not(server: Server, text: str, values: set[str]) -> None:
    assert values == server.completions(text).keys()


def test_a_section_does_not_fill_itself_with_defaults(server: Server) -> None:
    """What is written is managed: a key that nobody asked for would be planned."""
    found = server.completions("|")
    assert "mailboxes:\n  - " == found["mailboxes"]  # Identity or matches
    assert "mobileDeviceMailboxPolicies:\n  - Name: " == found["mobileDeviceMailboxPolicies"]
    assert "organization:\n  " == found["organization"]
    keys = [line.split(":")[0].strip(" -") for line in found["deviceAccessRules"].splitlines()]
    assert ["deviceAccessRules", "Characteristic", "AccessLevel"] == keys  # and QueryString or matches
    assert "guards:\n  " == server.completions("version: 1\n|", "config")["guards"]


@pytest.mark.parametrize(("section", "label", "keys"), [
    ("deviceAccessRules", "new device access rule", ["Characteristic", "QueryString", "AccessLevel", "reason"]),
    ("mobileDeviceMailboxPolicies", "new mobile device mailbox policy", ["Name", "PasswordEnabled", "reason"]),
    ("mailboxes", "new mailbox", ["Identity", "ActiveSyncAllowedDeviceIDs", "- $2", "reason"]),
    ("tests", "new test", ["name", "device", "DeviceType", "DeviceModel", "DeviceOS", "expect"]),
    ("assertions", "new assertion", ["name", "never", "DeviceType", "reason"]),
])  # fmt: skip
def test_a_new_entry_is_offered_whole(server: Server, section: str, label: str, keys: list[str]) -> None:
    snippet = server.completions(f"{section}:\n  - |\n")[label]
    assert keys == [line.partition(":")[0].strip() for line in snippet.splitlines()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            POLICY.format("AllowBlue|tooth: Allow"),
            ("Whether Bluetooth may be used", "Default: Allow.", "Needs: Enterprise CAL", "(https://learn.microsoft.c"),
        ),
        (POLICY.format("MaxInactivity|TimeLock: 00:15:00"), ("from 00:01:00 to 01:00:00", "(https://learn.microsoft")),
        (
            POLICY.format("MinPassword|Length: 6"),
            ("a whole number from 1 to 16, or null", "Default: null.", "(https://"),
        ),
        (
            "mailbox|Plans: []\n",
            ("newly licensed mailbox", "Only in: exchange-online.", "(https://learn.microsoft.com"),
        ),
        (RULE.format("16|.10"), ("The whole value to compare with", "Write a text.", "(https://learn.microsoft.com/")),
        ("tests:\n  - name: a\n    exp|ect: Allowed\n", ("The state that the device must get", "`Quarantined`")),
    ],
    ids=lambda value: value.splitlines()[-1].strip() if isinstance(value, str) else "",
)
def test_hover_says_what_a_setting_is(server: Server, text: str, parts: tuple[str, ...]) -> None:
    shown = server.hover(text)
    for part in parts:
        assert part in shown
    assert "||" not in shown


def test_the_configuration_too(server: Server) -> None:
    text = "version: 1\nedition: exchange-online\nseverity: {default-level-allow: off}\nsnapshot: null\n"
    assert [] == server.problems(text, "config")
    assert [2] == [problem.line for problem in server.problems("version: 1\nedition: online\n", "config")]
    assert {"exchange-online", "exchange-se"} <= server.completions("version: 1\nedition: |\n", "config").keys()
    assert "Devices that may lose access." in server.hover("guards:\n  max-newly|-denied: 1\n", "config")
