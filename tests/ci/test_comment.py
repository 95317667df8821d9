"""The comment: one for each pull request, whatever the service answers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.ci.jobs import BOT, FORK_ACTION, MARKER, Job
from tools.ci import comment as text

PULL = {"pull_request": {"number": 5, "head": {"sha": "d" * 40}}}
GITLAB = {
    "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
    "CI_MERGE_REQUEST_IID": "5",
    "CI_MERGE_REQUEST_PROJECT_ID": "12",
    "POLICYLINT_TOKEN": "secret",
}
AZURE = {
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/contoso/",
    "SYSTEM_TEAMPROJECTID": "p",
    "BUILD_REPOSITORY_ID": "r",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
    "SYSTEM_ACCESSTOKEN": "secret",
}


def on_github(job: Job, **more: str) -> None:
    place = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "contoso/policy", "CHECK_NUMBER": "5", "GH_TOKEN": "secret"}
    _comment(job, place | more)


def on_gitlab(job: Job) -> None:
    _comment(job, {"GITLAB_CI": "true", **GITLAB})


def on_azure(job: Job) -> None:
    _comment(job, {"TF_BUILD": "True", **AZURE})


def _comment(job: Job, place: dict[str, str]) -> None:
    """Run the step `comment` after checks that have left a text."""
    work = job.folder / "work"
    (work / "comment").mkdir(parents=True, exist_ok=True)
    (work / "settings").write_text("CHECK_COMMENT=true\n" + "".join(f"CHECK_{name}=\n" for name in (
        "CONFIG", "ENV", "SNAPSHOT")), encoding="utf-8")  # fmt: skip
    (work / "comment" / "comment.md").write_text(f"{MARKER}\nnew, and long\n", encoding="utf-8")
    (work / "comment" / "short.md").write_text(f"{MARKER}\nshort\n", encoding="utf-8")
    script = f'bash "{Path(text.__file__).parent}/check.sh" comment'
    assert 0 == job.bash(script, {"CHECK_WORK": str(work), **place})
    assert "secret" not in job.printed
    assert not (work / "header").exists()


PLACES = pytest.mark.parametrize("post", [on_github, on_gitlab, on_azure])
Post = Callable[[Job], None]
NEW, SHORT = f"{MARKER}\nnew, and long\n", f"{MARKER}\nshort\n"


def entries(*bodies: str, login: str = BOT, first: int = 1) -> list[dict[str, Any]]:
    return [{"id": first + number, "login": login, "body": body} for number, body in enumerate(bodies)]


@PLACES
def test_there_is_one_comment_and_old_ones_go(job: Job, post: Post) -> None:
    """One by somebody else stays: whoever could have theirs written over could change it afterwards."""
    old, theirs = f"{MARKER}\nold", f"{MARKER}\nall is well"
    comments = entries("hello", theirs, old, f"quoted: {MARKER}", old, "x", old)
    comments[1]["login"] = "mallory"
    job.service(comments=comments)
    post(job)
    assert ["hello", theirs, NEW, f"quoted: {MARKER}", "x"] == job.server.bodies


@pytest.mark.parametrize(
    ("post", "fault"),
    [(on_github, "limit"), (on_github, "network"), (on_gitlab, "busy")],
)
def test_what_passes_is_tried_again(job: Job, post: Post, fault: str) -> None:
    job.service(comments=entries(f"{MARKER}\nold"), faults=[fault, None, fault])
    post(job)
    assert [NEW] == job.server.bodies
    assert "warning" not in job.printed


def test_a_service_that_stays_away_fails_nothing(job: Job) -> None:
    job.service(faults=["network"] * 9)
    on_github(job)
    assert 3 == len(job.server.calls)
    assert "no comment: the service did not answer" in job.printed


@pytest.mark.parametrize(("post", "at"), [(on_github, 1), (on_gitlab, 0), (on_azure, 2)])
def test_a_token_that_may_not_write_fails_nothing(job: Job, post: Post, at: int) -> None:
    job.service(faults=[None] * at + ["denied"])
    post(job)
    assert [] == job.server.bodies
    assert "no comment: the token may not write one" in job.printed
    assert "::error" not in job.printed


@PLACES
def test_a_text_that_is_refused_is_shortened(job: Job, post: Post) -> None:
    job.service(largest=len(NEW) - 1)
    post(job)
    assert [SHORT] == job.server.bodies


def test_a_text_that_is_refused_in_short_too_fails_nothing(job: Job) -> None:
    job.service(largest=3)
    on_github(job)
    assert [] == job.server.bodies
    assert "no comment: its text was refused" in job.printed


@PLACES
def test_a_comment_that_has_gone_meanwhile_is_written_anew(job: Job, post: Post) -> None:
    reads = 2 if post is on_azure else 1 if post is on_github else 3
    job.service(comments=entries(f"{MARKER}\nold"), faults=[None] * reads + ["gone"])
    post(job)
    assert NEW == job.server.bodies[-1]


def test_all_pages_are_read(job: Job) -> None:
    many = entries(*[f"comment {number}" for number in range(250)], f"{MARKER}\nold")
    job.service(comments=many, page=100)
    on_gitlab(job)
    assert [f"comment {number}" for number in range(250)] + [NEW] == job.server.bodies
    assert 4 == sum("page=" in call for call in job.server.calls)


@pytest.mark.parametrize("number", ["", "5; touch pwned", "5\n6"])
def test_without_a_pull_request_there_is_no_comment(job: Job, number: str) -> None:
    on_github(job, CHECK_NUMBER=number)
    assert [] == job.server.calls
    assert "not of a pull request" in job.printed


def test_a_comment_is_written_only_where_it_is_asked_for(job: Job) -> None:
    assert 0 == job.github(event=PULL)
    assert [] == job.server.calls


def test_the_action_writes_what_the_checks_say(job: Job) -> None:
    job.stub("lint", 1, markdown="**3 findings**", json='{"summary": {"error": 1, "warning": 2, "info": 0}}')
    assert 1 == job.github(event=PULL, comment="true", base="main", snapshot="live.json")
    (body,) = job.server.bodies
    assert body.startswith(f"{MARKER}\n### policylint failed: lint\n\nCommit {'d' * 40}\n")
    assert "| lint | **failed**: 1 error, 2 warnings |\n| test | passed: 2 of 2 tests passed |\n" in body
    assert "<details>\n<summary>lint</summary>\n\n**3 findings**\n\n</details>\n" in body
    assert body == job.files["summary"]


def test_without_its_token_gitlab_has_no_note(job: Job) -> None:
    _comment(job, {"GITLAB_CI": "true", **GITLAB, "POLICYLINT_TOKEN": ""})
    assert [] == job.server.calls
    assert "no variable POLICYLINT_TOKEN" in job.printed


# --- the text ---------------------------------------------------------------------------------------------------------


def checks(**markdown: str) -> tuple[text.Check, ...]:
    return tuple(text.Check(name, 0, "", text.calm(markdown.get(name, ""))) for name in text.CHECKS)


@pytest.mark.parametrize("unit", ["x", "ř", "📱"])
def test_a_comment_is_never_too_long(unit: str) -> None:
    for size in (9_000, 16_000, 33_000, 70_000):
        made = text.comment(checks(lint=unit * size, test=unit * 8_000, diff=unit * 12_000, plan=unit * 32_000), "")
        assert text.length(made) <= text.LIMIT
        assert made.count("<details>") == made.count("</details>") == 4


def test_the_longest_is_left_out() -> None:
    made = text.comment(checks(lint="lint's", plan="x" * 70_000), "")
    assert "lint's" in made
    assert f"<summary>plan</summary>\n\n{text.LEFT_OUT}" in made


def test_what_fits_is_whole() -> None:
    made = text.comment(checks(lint="x" * 10_000, test="x" * 8_000, diff="x" * 12_000, plan="x" * 32_000), "c" * 40)
    assert text.LEFT_OUT not in made


@pytest.mark.parametrize(
    "line", ["/approve", "  /merge", "> /close", "- /assign @everyone", "> - /label ~bug", "\n/title x"], ids=repr
)
def test_no_line_is_a_command_to_gitlab(line: str) -> None:
    made = text.comment(checks(lint=f"text\n{line}\ntext"), "")
    assert [] == [each for each in made.splitlines() if each.lstrip("> -").startswith("/")]
    assert "&#47;" in made


def test_the_marker_is_only_at_the_top() -> None:
    made = text.comment(checks(lint=f"a {MARKER} b", plan=MARKER), "")
    assert 1 == made.count(MARKER)
    assert made.startswith(f"{MARKER}\n")


@pytest.mark.parametrize("commit", ["", "x", "c" * 39, f"{'c' * 40}\n@everyone"])
def test_what_is_no_commit_is_not_named(commit: str) -> None:
    assert "Commit" not in text.head(checks(), commit)


# --- forks ------------------------------------------------------------------------------------------------------------

HEAD = "e" * 40
FROM = {"sha": HEAD, "repo": {"full_name": "mallory/policy"}}
GOOD = f"{MARKER}\n### policylint passed\n\n<details>\n<summary>lint</summary>\n\n&#64;all `x`\n\n</details>\n"


def zipped(files: dict[str, str | bytes]) -> bytes:
    left = io.BytesIO()
    with zipfile.ZipFile(left, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return left.getvalue()


def fork(
    job: Job,
    files: dict[str, str | bytes] | None = None,
    pull: dict[str, Any] | None = None,
    artifact: dict[str, Any] | None = None,
    **inputs: str,
) -> int:
    """Run the action that posts the comment of a run for a fork."""
    known = {"state": "open", "head": FROM, "base": {"repo": {"full_name": "contoso/policy"}}, **(pull or {})}
    left = {"id": 3, "name": "policylint-comment", "expired": False, "size_in_bytes": 900, **(artifact or {})}
    job.service(
        comments=entries("hello"),
        pull=known,
        artifacts=[left],
        archive=zipped(files or {"comment.md": GOOD, "number": "5\n"}),
    )
    known_inputs: dict[str, Any] = {"run_id": "77", "head_sha": HEAD, "head_repository": "mallory/policy", **inputs}
    return job.github(FORK_ACTION, **known_inputs)


def test_the_comment_of_a_fork_is_posted(job: Job) -> None:
    assert 0 == fork(job), job.printed
    assert [
        "hello",
        f"{MARKER}\n{text.FOREIGN}\n{text.harmless(GOOD.removeprefix(MARKER).lstrip())}",
    ] == job.server.bodies
    assert "GET repos/contoso/policy/pulls/5" in job.server.calls


@pytest.mark.parametrize(
    "arguments",
    [
        {"pull": {"head": {**FROM, "sha": "f" * 40}}},
        {"pull": {"head": {**FROM, "repo": {"full_name": "contoso/policy"}}}},
        {"pull": {"head": {**FROM, "repo": {"full_name": "other/policy"}}}},
        {"pull": {"head": {**FROM, "repo": None}}},
        {"pull": {"head": {**FROM, "repo": {"full_name": "contoso/policy"}}}, "head_repository": "contoso/policy"},
        {"head_repository": "mallory/policy/../.."},
        {"head_repository": ""},
        {"artifact": {"name": "policylint-comment-2"}},
        {"files": {"comment.md": GOOD, "number": "5/../../6"}},
        {"artifact": {"size_in_bytes": 1_000_001}},
        {"run_id": "77; touch pwned"},
        {"head_sha": "main"},
    ],
    ids=str,
)
def test_what_is_not_a_comment_of_this_run_is_refused(job: Job, arguments: dict[str, Any]) -> None:
    assert fork(job, **arguments) in {3, 4}
    assert ["hello"] == job.server.bodies
    assert "::error title=policylint::" in job.printed
    assert "Traceback" not in job.printed
    assert [] == [*job.tree.iterdir()]


@pytest.mark.parametrize(
    "files",
    [
        {"comment.md": GOOD, "number": "\u0665"},
        {"comment.md": GOOD, "number": "0"},
        {"comment.md": GOOD, "number": "5\n::error::x"},
        {"comment.md": GOOD, "number": "5" * 21},
        {"comment.md": GOOD},
        {"number": "5"},
        {"comment.md": "no marker", "number": "5"},
        {"comment.md": MARKER + "x" * 1_000_000, "number": "5"},
        {"comment.md": MARKER.encode() + b"\xff", "number": "5"},
        {"../comment.md": GOOD, "number": "5"},
    ],
    ids=lambda files: str(files)[:60],
)
def test_an_archive_that_is_no_comment_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str | bytes]
) -> None:
    (tmp_path / "left.zip").write_bytes(zipped(files))
    assert 1 == text.main(["unpack", str(tmp_path / "left.zip"), str(tmp_path)])
    assert "" == capsys.readouterr().out
    assert ["left.zip"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "pull",
    [
        {"state": "closed", "head": FROM, "base": {"repo": {"full_name": "contoso/policy"}}},
        {"state": "open", "head": FROM, "base": {"repo": {"full_name": "contoso/other"}}},
        {"state": "open", "head": FROM, "base": {"repo": {"full_name": "mallory/policy"}}},
        {"state": "open", "head": None, "base": None},
        [],
    ],
    ids=str,
)
def test_another_pull_request_is_refused(tmp_path: Path, pull: Any) -> None:
    (tmp_path / "pull.json").write_text(json.dumps(pull), encoding="utf-8")
    assert 1 == text.main(["pull", str(tmp_path / "pull.json"), HEAD, "contoso/policy", "mallory/policy"])


def test_the_pull_request_of_the_fork_is_taken(tmp_path: Path) -> None:
    pull = {"state": "open", "head": FROM, "base": {"repo": {"full_name": "contoso/policy"}}}
    (tmp_path / "pull.json").write_text(json.dumps(pull), encoding="utf-8")
    assert 0 == text.main(["pull", str(tmp_path / "pull.json"), HEAD, "contoso/policy", "mallory/policy"])
    assert 1 == text.main(["pull", str(tmp_path / "pull.json"), HEAD, "mallory/policy", "mallory/policy"])


@pytest.mark.parametrize("more", [{"expired": True}, {"name": "policylint-comment-2"}, {"id": "3/zip?x="}], ids=str)
def test_another_artifact_is_not_read(tmp_path: Path, more: dict[str, Any]) -> None:
    entry = {"id": 3, "name": "policylint-comment", "expired": False, "size_in_bytes": 900, **more}
    (tmp_path / "list.json").write_text(json.dumps({"artifacts": [entry]}), encoding="utf-8")
    assert 1 == text.main(["artifact", str(tmp_path / "list.json")])


def shown(markdown: str) -> list[str]:
    """Return the texts that a reader of Markdown with HTML sees, where GitHub looks for what calls somebody."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__(convert_charrefs=True)
            self.texts: list[str] = []
            self.code = 0
            self.tags: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.add(tag)
            assert attrs == [], (tag, attrs)
            self.code += tag in {"code", "pre"}

        def handle_endtag(self, tag: str) -> None:
            self.code -= tag in {"code", "pre"}

        def handle_data(self, data: str) -> None:
            if self.code <= 0:
                self.texts.append(data)

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

    reader = Reader()
    reader.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    reader.close()
    assert reader.tags <= {"details", "summary", "code", "br", "b", "pre"} | {
        *("p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "blockquote", "hr"),
        *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    }
    return reader.texts


CALLS = re.compile(r"@[A-Za-z]|#[0-9]|![0-9]|GH-[0-9]|www\.|:/|(?<![0-9a-f])[0-9a-f]{7,40}|[\u202e\x1b]", re.IGNORECASE)
HOSTILE = (
    "@everyone",
    "&#64;octocat",
    "&commat;octocat",
    "&#x40;octocat",
    "&amp;#64;octocat",
    "&#64octocat",
    "\\\\@octocat",
    "\\\\&#64;octocat",
    "&#64;contoso/&#97;dmins",
    "[all is well](https://evil.example)",
    "![x](http://evil.example/x.png)",
    "https://evil.example",
    "https&colon;//evil.example",
    "https:&#47;/evil.example",
    "www.evil.example WWW.evil.example",
    "&#119;ww.evil.example",
    "w&#119;w&period;evil.example",
    "#12",
    "&#35;12",
    "&num;12 !3 &excl;3",
    "GH-12 &#71;H-12 contoso/policy#12",
    "deadbeefcafe " + "d" * 40,
    "&#100;eadbeef",
    "<img src=x> <script>alert(1)</script> <a href=x>y</a>",
    "<!-- policylint -->",
    "<!-- <code> --> @octocat</code>",
    "\\\\<code>@octocat</code>",
    "<code>\n\n@octocat</code>",
    "<code>x</code>@octocat",
    "| a | b |\n|---|---|\n| <code>x|@octocat</code> | y |",
    "`x` @octocat `y",
    "``@octocat`` ` #12",
    "~~~\n@octocat\n~~~\n@octocat",
    "    @octocat #12",
    "\u202e\u200b\x1b[31m\r::set-output name=x::y",
    "&#8238;&#x202e;&#27;",
    "&#10;@octocat",
    "/approve\n[ref]: https://evil.example\n[ref]",
    "<https://evil.example> <mallory@evil.example>",
    "<details>\n@octocat &#64;octocat #12\n</details>",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_the_comment_of_a_fork_is_harmless(hostile: str) -> None:
    hostile = hostile.replace("\\\\", "\\")
    for written in (hostile, f"### x\n\n| a |\n|---|\n| {hostile} |\n", f"<b>{hostile}</b>"):
        made = text.harmless(written)
        found = [each for each in shown(made) if CALLS.search(each)]
        assert [] == found, made
        assert [] == [line for line in made.splitlines() if line.startswith("/")]


def test_the_comment_of_a_fork_would_not_be_harmless_as_it_is() -> None:
    assert [] != [each for each in shown("&#64;octocat") if CALLS.search(each)]


def test_what_policylint_writes_is_shown_as_it_is() -> None:
    """But for what nobody sees: a comment with a table, code and hostile names."""
    from policylint.escape import markdown_code, to_markdown

    names = [*HOSTILE, "sha256:" + "a" * 64, "a|b `c` *d*", "policy/x.yaml:12:30"]
    rows = "".join(f"| {to_markdown(name)} | {markdown_code(name)} |\n" for name in names)
    written = f"### policylint failed: lint\n\nCommit {'d' * 40}\n\n| a | b |\n|---|---|\n{rows}\n{GOOD[len(MARKER) :]}"
    seam = "\u200b"
    before, after = ("".join(shown(each)).replace(seam, "") for each in (written, text.harmless(written)))
    assert before == after
    assert f"sha256:{'a' * 64}" in text.harmless("`sha256:" + "a" * 64 + "`")


def test_a_text_that_grows_too_long_is_shortened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("comment.md", MARKER + "@" * 60_000)
        archive.writestr("number", "5")
    assert "5=\n" == text.unpack(str(tmp_path / "a.zip"), str(tmp_path))
    assert text.length((tmp_path / "comment.md").read_text(encoding="utf-8")) < 1_000


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", "x", '{"id": "7/../8"}', '{"id": null}', '{"authenticatedUser": 3}']
)
@pytest.mark.parametrize("place", ["gitlab", "azure"])
def test_who_the_token_is_must_be_an_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, place: str
) -> None:
    (tmp_path / "answer").write_text(answer, encoding="utf-8")
    assert 1 == text.main(["me", place, str(tmp_path / "answer")])
    assert "" == capsys.readouterr().out


def test_pages_one_after_the_other_are_read() -> None:
    assert [[1], [2], {"a": 3}] == [*text.documents('[1] [2]\n{"a": 3}\n')]
    assert [] == [*text.documents(" \n")]
    with pytest.raises(json.JSONDecodeError):
        [*text.documents("[1] x")]


def test_gh_asks_the_server_of_the_run(job: Job) -> None:
    gh = job.folder / "bin" / "gh"
    job.program(
        "gh",
        gh.read_text(encoding="utf-8").replace(
            "\n", '\necho "$GH_HOST ${#GH_ENTERPRISE_TOKEN}" >>"$FAKE_FOLDER/hosts"\n', 1
        ),
    )
    on_github(job, GITHUB_SERVER_URL="https://git.contoso.com")
    on_github(job)
    hosts = (job.folder / "hosts").read_text(encoding="utf-8").splitlines()
    assert {"git.contoso.com 6", "github.com 6"} == {*hosts}
