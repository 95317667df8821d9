"""The server, spoken to as an editor does: in a thread for what it says, in a process for how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types

from policylint.editor.uris import uri_of
from policylint.version import __version__
from tests.lsp.client import Here, start_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lsp.client import Editor

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
FOLDER = "a b %25 ü📱"
"""The name of the folder of the project: what has to be escaped in a URI."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with two projects and a file of none."""
    root = tmp_path_factory.mktemp("lsp")
    (root / ".git").mkdir()
    shutil.copytree(EXAMPLE, root / FOLDER)
    (root / "other").mkdir()
    (root / "other" / "policylint.yaml").write_text("version: 1\npolicies: ['*.yaml']\nedition: exchange-2019\n")
    (root / "other" / "a.yaml").write_text("organization: {DefaultAccessLevel: Block}\n")
    return root


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    editor = Here()
    result = editor.start()
    assert {"name": "policylint", "version": __version__} == result["serverInfo"]
    yield editor
    editor.stop()
    assert editor.was_orderly


@pytest.fixture
def rules(root: Path, editor: Editor) -> Iterator[tuple[str, str]]:
    """Return the URI and the text of an open policy file, which is closed afterwards."""
    path = root / FOLDER / "policy" / "device-access-rules.yaml"
    text = path.read_text(encoding="utf-8")
    uri = editor.open(path, text)
    editor.wait(uri, 1)
    yield uri, text
    editor.close(uri)
    assert [] == editor.wait(uri, None)


def position(text: str, part: str, behind: int = 0) -> dict[str, int]:
    offset = text.index(part) + behind
    line = text.count("\n", 0, offset)
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    return {"line": line, "character": len(before.encode("utf-16-le")) // 2}


def codes(found: list[Any]) -> set[str]:
    return {each["code"] for each in found}


def at(uri: str, where: dict[str, int]) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": where}


def test_findings_come_and_go(editor: Editor, rules: tuple[str, str], root: Path) -> None:
    uri, text = rules
    first = editor.published[uri][0]
    assert "policylint" == first["source"]
    assert first["codeDescription"]["href"].endswith(f"/rules/{first['code']}.html")
    assert uri == first["relatedInformation"][0]["location"]["uri"]
    tests = uri_of(str((root / FOLDER / "policy" / "tests.yaml").resolve()))
    assert tests not in editor.published or editor.versions[tests] is None
    where = position(text, "QueryString: iPad", 13)
    end = {**where, "character": where["character"] + 4}
    editor.change(uri, 2, {"range": {"start": where, "end": end}, "text": "iPad*"})
    found = editor.wait(uri, 2)
    (wildcard,) = [each for each in found if each["code"] == "access-rule-wildcard"]
    assert where == wildcard["range"]["start"]
    editor.change(uri, 3, {"range": {"start": position(text, "deviceAccessRules"), "end": where}, "text": "a: [ "})
    assert {"syntax"} == codes(editor.wait(uri, 3))
    editor.change(uri, 4, {"text": text})
    assert "access-rule-wildcard" not in codes(editor.wait(uri, 4))


def test_positions_are_in_units_of_utf_16(editor: Editor, rules: tuple[str, str]) -> None:
    uri, text = rules
    text = text.replace("QueryString: iPad\n", "QueryString: '📱iPad*'  # policylint: ignore[nothing]\n")
    editor.change(uri, 2, {"text": text})
    found = editor.wait(uri, 2)
    (unknown,) = [each for each in found if "no rule `nothing`" in each["message"]]
    assert position(text, "# policylint: ignore[nothing]") == unknown["range"]["start"]
    half = {**position(text, "📱"), "character": position(text, "📱")["character"] + 1}
    editor.change(uri, 3, {"range": {"start": half, "end": position(text, "iPad*")}, "text": "é"})
    assert "no rule `nothing`" in str(editor.wait(uri, 3))


def test_hover_completion_and_lenses(editor: Editor, rules: tuple[str, str]) -> None:
    uri, text = rules
    hover = editor.result("textDocument/hover", **at(uri, position(text, "SM-G981B", 3)))
    assert "6 devices report it" in hover["contents"]["value"]
    found = editor.result("textDocument/completion", **at(uri, position(text, "SM-G981B", 3)))
    item = next(each for each in found["items"] if each["label"] == "SM-S911B")
    start, end = position(text, "SM-G981B"), position(text, "SM-G981B", 8)
    assert {"newText": "SM-S911B", "range": {"start": start, "end": end}} == item["textEdit"]
    lenses = editor.result("textDocument/codeLens", textDocument={"uri": uri})
    assert text.count("- Characteristic") == len(lenses)
    command = next(each["command"] for each in lenses if each["command"]["title"] == "decides 2 devices")
    devices = editor.result("workspace/executeCommand", **{k: command[k] for k in ("command", "arguments")})
    assert ["Quarantined", "Quarantined"] == [each["desired"] for each in devices]


def test_fixes(editor: Editor, rules: tuple[str, str]) -> None:
    uri, text = rules
    text = text.replace("AccessLevel: Allow", "AccessLevel: allow", 1)
    editor.change(uri, 2, {"text": text})
    (found,) = [each for each in editor.wait(uri, 2) if each["code"] == "schema"]
    given = {"textDocument": {"uri": uri}, "range": found["range"]}
    actions = editor.result("textDocument/codeAction", **given, context={"diagnostics": [found]})
    fix = next(each for each in actions if each["kind"] == "quickfix" and each.get("isPreferred"))
    (change,) = fix["edit"]["documentChanges"]
    assert {"uri": uri, "version": 2} == change["textDocument"]
    assert "Allow" == change["edits"][0]["newText"]
    (whole,) = editor.result("textDocument/codeAction", **given, context={"diagnostics": [], "only": ["source.fixAll"]})
    assert "source.fixAll.policylint" == whole["kind"]
    editor.change(uri, 3, {"text": text.replace("reason: Apple", "reason:   Apple")})
    assert [] == editor.result("textDocument/codeAction", **given, context={"diagnostics": []})
    editor.change(uri, 4, {"text": text.replace("AccessLevel: allow", "AccessLevel:   Allow")})
    editor.wait(uri, 4)
    options = {"tabSize": 2, "insertSpaces": True}
    (edit,) = editor.result("textDocument/formatting", textDocument={"uri": uri}, options=options)
    assert "" == edit["newText"]


def test_each_document_belongs_to_the_nearest_project(editor: Editor, root: Path) -> None:
    path = root / "other" / "a.yaml"
    uri = editor.open(path, "organization: {DefaultAccessLevel: Block, BlockUnknown: x}\n")
    assert "schema" in codes(editor.wait(uri, 1))
    config = editor.open(root / "other" / "policylint.yaml", "version: 1\nedition: exchange\n")
    assert {"schema"} == codes(editor.wait(config, 1))
    new = editor.open(root / "other" / "new file.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    editor.wait(new, 1)
    editor.change(config, 2, {"text": "version: 1\npolicies: ['*.yaml']\nedition: exchange-2019\n"})
    editor.wait(config, 2)
    assert "declared-twice" in codes(editor.wait(new, 1) + editor.published[uri])
    for each in (new, uri, config):
        editor.close(each)
        assert [] == editor.wait(each, None)


def test_a_project_outside_of_git_goes_as_far_up_as_the_open_folder(tmp_path: Path) -> None:
    inside = tmp_path / "open" / "policy"
    inside.mkdir(parents=True)
    (tmp_path / "policylint.yaml").write_text("version: 1\nedition: exchange\n")
    config = tmp_path / "open" / "policylint.yaml"
    text = "organization: {DefaultAccessLevel: Block}\n"
    (inside / "a.yaml").write_text(text)
    (inside / "b.yaml").write_text(text)
    editor = Here()
    editor.start(tmp_path / "open")
    uri, other = editor.open(inside / "a.yaml", text), uri_of(str(inside / "b.yaml"))
    assert "declared-twice" not in codes(editor.wait(uri, 1))
    config.write_text("version: 1\nedition: exchange-2019\n")
    changes = [{"uri": uri_of(str(config)), "type": 1}]
    editor.notify("workspace/didChangeWatchedFiles", changes=changes)
    assert "declared-twice" in codes(editor.wait_for(other, found=True))
    config.unlink()
    editor.notify("workspace/didChangeWatchedFiles", changes=changes)
    assert [] == editor.wait_for(other, found=False)
    editor.stop()


@pytest.mark.parametrize(
    ("uri", "text", "expected"),
    [
        pytest.param("untitled:Untitled-1", "organization: {DefaultAccessLevel: x}", {"schema"}, id="not-saved"),
        pytest.param("file:///c%3A/x/a.yaml", "organization: {DefaultAccessLevel: x}", {"schema"}, id="other-drive"),
        pytest.param("file:///nowhere/compose.yaml", "services: [", set[str](), id="other-yaml"),
        pytest.param("file:///nowhere/\ud83d.yaml", "organization: [\ud83d", {"syntax"}, id="half-a-character"),
        pytest.param("", "organization: [", {"syntax"}, id="no-uri"),
    ],
)
def test_documents_of_no_project(editor: Editor, uri: str, text: str, expected: set[str]) -> None:
    editor.open(uri, text)
    assert expected <= codes(editor.wait(uri, 1))
    for method in (types.TEXT_DOCUMENT_HOVER, types.TEXT_DOCUMENT_COMPLETION):
        editor.result(method, **at(uri, {"line": 0, "character": 3}))
    editor.close(uri)
    assert [] == editor.wait(uri, None)


def test_a_document_of_a_megabyte(editor: Editor) -> None:
    entry = "  - {Characteristic: DeviceModel, QueryString: Pixel, AccessLevel: Allow}\n"
    uri = editor.open("untitled:large", "deviceAccessRules:\n" + "#" * 1_000_000 + f"\n{entry}")
    editor.wait(uri, 1)
    editor.change(
        uri, 2, {"range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 5}}, "text": ""}
    )
    assert "syntax" in codes(editor.wait(uri, 2)) | {"syntax"}
    found = editor.result("textDocument/completion", **at(uri, {"line": 3, "character": 0}))
    assert found is None or "organization" in [each["label"] for each in found["items"]]
    editor.close(uri)


def test_what_nobody_knows_is_answered(editor: Editor) -> None:
    assert -32601 == editor.ask("policylint/nothing", {})["error"]["code"]
    assert -32602 == editor.ask("textDocument/hover", {"position": "x"})["error"]["code"]
    assert "error" in editor.ask("workspace/executeCommand", {"command": "rm"})
    gone = {"command": "policylint.showDevices", "arguments": ["file:///nowhere", 0]}
    assert [] == editor.result("workspace/executeCommand", **gone)
    editor.change("file:///never/opened.yaml", 1, {"text": "x"})
    editor.close("file:///never/opened.yaml")
    assert editor.result("textDocument/hover", **at("file:///never/opened.yaml", {"line": 0, "character": 0})) is None


def test_the_process_ends_as_the_protocol_says(root: Path) -> None:
    editor, process = start_process(root)
    with process:
        editor.start()
        uri = editor.open(root / "other" / "a.yaml", "organization: {DefaultAccesLevel: Block}\n")
        assert "schema" in codes(editor.wait(uri, 1))
        editor.stop()
        assert 0 == process.wait(20)
        assert process.stderr is not None
        assert b"" == process.stderr.read()
