"""Patterns over trees of files: what is on disk and in git, found in one walk, links never followed out."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.adapters.git import Repository
from policylint.adapters.patterns import parse_pattern
from policylint.adapters.tree import Kind, Tree, WorkTree, find
from policylint.errors import FileError, UsageError
from tests.requirements import POSIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

IDENTITY = ("-c", "user.name=Jane Roe", "-c", "user.email=jane.roe@contoso.com")


class Listed:
    """A tree that is only names; what begins with `->` is a link, relative to the root."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.walked: list[str] = []

    def names(self, folder: str) -> dict[str, Kind]:
        self.walked.append(folder)
        head = f"{folder}/" if folder else ""
        found = {}
        for path, text in self.files.items():
            if path.startswith(head):
                name, _, below = path.removeprefix(head).partition("/")
                found[name] = Kind.FOLDER if below else Kind.LINK if text.startswith("->") else Kind.FILE
        return dict(sorted(found.items()))

    def follow(self, path: str) -> tuple[str, Kind]:
        for _ in range(99):
            head = next((each for each in self.files if each == path or path.startswith(f"{each}/")), None)
            if head is None or not self.files[head].startswith("->"):
                break
            path = self.files[head][2:] + path.removeprefix(head)
        if path in self.files and not self.files[path].startswith("->"):
            return path, Kind.FILE
        if any(each.startswith(f"{path}/") for each in self.files) or path == "":
            return path, Kind.FOLDER
        raise FileError("a link to nothing")

    def open(self, path: str) -> object:
        raise NotImplementedError


class Result(NamedTuple):
    files: list[str]
    near: list[str]
    empty: list[str]


def search(tree: Tree | Listed, patterns: Sequence[str], folder: str = "") -> Result:
    found = find(tree, [parse_pattern(pattern, folder) for pattern in patterns])  # type: ignore[arg-type]
    return Result([*found.files], [*found.near], [pattern.text for pattern in found.empty])


FILES = dict.fromkeys(
    ("a.yaml", "policy/a.yaml", "policy/b.yml", "policy/sub/c.yaml", "policy/sub/deep/d.yaml", "other/[x]/e.yaml"), ""
)


@pytest.mark.parametrize(
    ("patterns", "files", "near", "empty"),
    [
        (["policy/**/*.yaml"], ["policy/a.yaml", "policy/sub/c.yaml", "policy/sub/deep/d.yaml"], ["policy/b.yml"], []),
        (["policy/*.yaml"], ["policy/a.yaml"], ["policy/b.yml"], []),
        (["./policy//*.y*ml"], ["policy/a.yaml", "policy/b.yml"], [], []),
        (["policy/*.yaml", "policy/*.yml"], ["policy/a.yaml", "policy/b.yml"], [], []),
        (["policy/*/*.yaml", "gone/*.yaml"], ["policy/sub/c.yaml"], [], ["gone/*.yaml"]),
        (["policy/b.yaml"], [], ["policy/b.yml"], ["policy/b.yaml"]),
        (["policy/sub/../a.yaml"], ["policy/a.yaml"], [], []),
        (["other/[[]x]/*"], ["other/[x]/e.yaml"], [], []),
        (["**/deep/**/*"], ["policy/sub/deep/d.yaml"], [], []),
        (["**/**/**/d.yaml"], ["policy/sub/deep/d.yaml"], [], []),
        (["policy/?.yaml"], ["policy/a.yaml"], ["policy/b.yml"], []),
        (["POLICY/*.yaml"], [], [], ["POLICY/*.yaml"]) if os.sep == "/" else (["gone"], [], [], ["gone"]),
    ],
    ids=str,
)
def test_what_patterns_find(patterns: list[str], files: list[str], near: list[str], empty: list[str]) -> None:
    assert Result(files, near, empty) == search(Listed(FILES), patterns)


def test_patterns_count_from_the_folder_of_the_configuration() -> None:
    assert ["policy/a.yaml"] == search(Listed(FILES), ["../policy/a.yaml"], "other").files
    assert ["other/[x]/e.yaml"] == search(Listed(FILES), ["*.yaml"], "other/[x]").files


@pytest.mark.parametrize("pattern", [".", "", "..", "**", "policy/", "policy/**", "./.", "/etc/*.yaml", "C:/x", "\\x"])
@pytest.mark.parametrize("folder", ["", "team"])
def test_what_is_no_pattern_of_files(pattern: str, folder: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_pattern(pattern, folder)
    assert f"`{pattern}` " in raised.value.message
    assert raised.value.help


@pytest.mark.parametrize("pattern", ["../x.yaml", "a/../../x.yaml", "a/../b/../../x.yaml", "../../x.yaml"])
def test_a_pattern_does_not_leave_the_repository(pattern: str) -> None:
    with pytest.raises(UsageError, match="leads out of the repository"):
        parse_pattern(pattern, "")
    with pytest.raises(UsageError, match="leads out of the repository"):
        parse_pattern(f"../{pattern}", "team")


def test_the_folder_above_a_wildcard_is_no_folder() -> None:
    with pytest.raises(UsageError, match="after a wildcard"):
        parse_pattern("*/../x.yaml", "")


FOLDERS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)
PATHS = st.builds(
    lambda folders, name: "/".join([*folders, name]), FOLDERS, st.sampled_from(["a", "b", "a.yaml", "b.yaml"])
)
PARTS = st.sampled_from(["**", "*", "a", "b", "a.yaml", "*.yaml", "?"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=5).filter(lambda parts: parts[-1] != "**").map("/".join)


def reference(pattern: str, path: str) -> bool:
    """Return whether a pattern matches a path, by one regular expression over the whole path."""
    parts = "".join(
        "(?:[^/]+/)*" if part == "**" else re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + "/"
        for part in pattern.split("/")
    )
    return re.fullmatch(parts, f"{path}/") is not None


def plain(paths: Sequence[str]) -> list[str]:
    """Return paths that can be together: none is a folder of another."""
    return [path for path in dict.fromkeys(paths) if not any(each.startswith(f"{path}/") for each in paths)]


@given(st.lists(PATHS, max_size=8).map(plain), st.lists(PATTERNS, min_size=1, max_size=3))
def test_one_walk_finds_what_each_pattern_matches(paths: list[str], patterns: list[str]) -> None:
    tree = Listed(dict.fromkeys(paths, ""))
    found = search(tree, patterns)
    expected = sorted(path for path in paths if any(reference(pattern, path) for pattern in patterns))
    assert expected == found.files
    assert found.empty == [each for each in patterns if not any(reference(each, path) for path in paths)]
    assert len(tree.walked) == len(set(tree.walked)) or len(patterns) > 1 or "**" in patterns[0]


def test_many_stars_walk_a_deep_tree_a_bounded_number_of_times() -> None:
    deep = "/".join("d" * 24)
    tree = Listed({f"{deep}/a.yaml": ""})
    assert [f"{deep}/a.yaml"] == search(tree, ["/".join(["**"] * 9 + ["*.yaml"])]).files
    assert len(tree.walked) <= 25
    tree.walked.clear()
    assert [f"{deep}/a.yaml"] == search(tree, ["/".join(["**", "*"] * 9 + ["*.yaml"])]).files
    assert len(tree.walked) <= 25


def test_links_among_folders_are_walked_once() -> None:
    """Each of 30 folders holds two links to the next: a walk by names would take two to the 30th."""
    links = {f"f{number}/{name}": f"->f{number + 1}" for number in range(30) for name in ("x", "y")}
    tree = Listed({**links, "f30/a.yaml": "", "loop/self": "->loop", "loop/b.yaml": ""})
    assert {"f30/a.yaml", "loop/b.yaml"} == {tree.follow(path)[0] for path in search(tree, ["**/*.yaml"]).files}
    assert len(tree.walked) < 100


@pytest.mark.parametrize("stars", [1, 8, 24, 60])
def test_links_to_the_same_folder_take_no_more_walks_for_longer_patterns(stars: int) -> None:
    tree = Listed({"policy/a": "->policy", "policy/b": "->policy", "policy/x.yaml": ""})
    patterns = ["policy/**/*.yaml", "policy/**/a/" + "*/" * stars + "*.yaml"]
    assert ["policy/x.yaml"] == search(tree, patterns).files
    assert len(tree.walked) <= 3 + 2 * stars


# On disk and in git -----------------------------------------------------------------------------------------------


def make(folder: Path, files: Mapping[str, str]) -> None:
    """Make the files of a repository; what begins with `->` is a link."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            path.symlink_to(text[2:])
        else:
            path.write_text(text, encoding="utf-8")


def commit(folder: Path) -> Tree:
    for words in (["add", "--all", "--force"], ["commit", "--quiet", "--allow-empty", "--message=one"]):
        subprocess.run(["git", *IDENTITY, *words], cwd=folder, check=True, capture_output=True)
    return Repository(folder).at("HEAD")


def outcome(tree: Tree, path: str) -> str | bytes:
    try:
        with tree.open(path) as file:
            return file.read()
    except FileError as problem:
        return problem.reason


CONTENT = {
    "policy/a.yaml": "a",
    "policy/sub/b.yaml": "b",
    "policy/linked.yaml": "->sub/b.yaml",
    "policy/twice.yaml": "->linked.yaml",
    "policy/up.yaml": "->../shared/s.yaml",
    "policy/folder": "->../shared",
    "policy/out.yaml": "->../../secret.yaml",
    "policy/absolute.yaml": "->/etc/hostname",
    "policy/nothing.yaml": "->gone.yaml",
    "policy/self.yaml": "->self.yaml",
    "policy/ring1.yaml": "->ring2.yaml",
    "policy/ring2.yaml": "->ring1.yaml",
    "policy/outer": "->../..",
    "policy/.#a.yaml": "->jane@host.1234",
    "policy/dir.yaml/inside.txt": "",
    "shared/s.yaml": "s",
}
EXPECTED: dict[str, str | bytes] = {
    "policy/a.yaml": b"a",
    "policy/linked.yaml": b"b",
    "policy/up.yaml": b"s",
    "policy/out.yaml": "a link out of the repository",
    "policy/absolute.yaml": "a link out of the repository",
    "policy/nothing.yaml": "a link to nothing",
    "policy/self.yaml": "a link to itself",
    "policy/ring1.yaml": "a link to itself",
    "policy/ring2.yaml": "a link to itself",
    "policy/outer": "a link out of the repository",
    "policy/dir.yaml": "a folder, not a file",
}


@POSIX.needed
def test_disk_and_revision_agree_on_links(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    make(root, CONTENT)
    revision = commit(root)
    work = WorkTree(root)
    for tree in (work, revision):
        assert {path: outcome(tree, path) for path in EXPECTED} == EXPECTED
        found = search(tree, ["policy/**/*.yaml"]).files
        assert set(found) >= EXPECTED.keys() - {"policy/linked.yaml"}, "a file is found once, by its own name"
        assert not any(".#" in path for path in found)
    assert search(work, ["policy/**/*.yaml"]) == search(revision, ["policy/**/*.yaml"])
    assert ["policy/folder/s.yaml"] == list(search(work, ["policy/folder/*.yaml"]).files)


TREES = st.dictionaries(
    PATHS, st.sampled_from(["text", "->a", "->b/a.yaml", "->../a", "->../../a.yaml", "->.", "->.."]), max_size=7
).map(lambda files: {path: files[path] for path in plain([*files])})


@POSIX.needed
@given(files=TREES, patterns=st.lists(PATTERNS, min_size=1, max_size=2))
def test_a_revision_is_read_as_the_disk_it_was_committed_from(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str], patterns: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree") / "repository"
    make(root, files)
    revision, work = commit(root), WorkTree(root)
    assert search(work, patterns) == search(revision, patterns)
    for path in search(work, patterns).files:
        assert outcome(work, path) == outcome(revision, path)


def test_a_submodule_is_said_not_to_be_read(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    make(inner, {"x.yaml": "x"})
    commit(inner)
    make(outer, {"policy/a.yaml": "a"})
    command = ["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "policy/module"]
    subprocess.run(command, cwd=outer, check=True, capture_output=True)
    revision = commit(outer)
    found = search(revision, ["policy/**/*.yaml"])
    assert ["policy/a.yaml", "policy/module"] == found.files
    assert "a submodule, whose files are not in this revision" == outcome(revision, "policy/module")


def test_what_git_would_change_on_the_way_out_is_read_as_it_is(tmp_path: Path) -> None:
    attributes = "hidden.yaml export-ignore\nstamp.yaml export-subst\nlines.yaml text eol=crlf\nid.yaml ident\n"
    files = {"hidden.yaml": "h", "stamp.yaml": "$Format:%H$", "lines.yaml": "a\nb\n", "id.yaml": "$Id$"}
    make(tmp_path / "r", {**files, ".gitattributes": attributes})
    revision = commit(tmp_path / "r")
    assert {name: outcome(revision, name) for name in files} == {name: text.encode() for name, text in files.items()}


def test_names_of_any_bytes_are_read(tmp_path: Path) -> None:
    names = ["a\n::error::.yaml", "ř.yaml", 'q"uote.yaml', " .yaml", os.fsdecode(b"n\xff.yaml")]
    make(tmp_path / "r", dict.fromkeys(names, "x"))
    revision = commit(tmp_path / "r")
    assert sorted(names) == sorted(search(revision, ["*.yaml"]).files)
    assert [b"x"] * len(names) == [outcome(revision, name) for name in names]
