"""The text of the comment on a pull request, and what the services say of comments. check.sh runs it.

It needs the standard library only, because the job that comments on pull requests from forks installs nothing.
"""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator, Sequence

MARKERS: Final = re.compile(r"<!-- policylint(?:: ([0-9A-Za-z ._/-]{1,80}))? -->")
"""The first line of a comment, by which the next run of the same job finds it."""
LIMIT: Final = 65_536
"""The most characters of a comment on GitHub, counted in UTF-16. GitLab and Azure allow more."""
LARGEST_ARTIFACT: Final = 1_000_000
"""The most bytes of an artifact that a job with a token reads."""
CLOSED: Final = 4
"""The status of a thread on Azure that asks for nothing: an open one can block the pull request."""
CHECKS: Final = ("lint", "test", "diff", "plan")
PASSED, FAILED = 0, 1
LEFT_OUT: Final = "*Left out, because the comment would be too long: see the log of the job.*"
FOREIGN: Final = (
    "> **This is what a run for a fork has written. Whoever wrote the branch can also have written this text:** "
    "read the change itself before you merge.\n"
)


def marker(name: str = "") -> str:
    """Return the marker of the comments of a job."""
    return f"<!-- policylint: {name} -->" if name else "<!-- policylint -->"


class Wrong(Exception):  # noqa: N818
    """What was read is not what it should be."""


def length(text: str) -> int:
    """Return how many characters the services count."""
    return len(text.encode("utf-16-le")) // 2


# --- what the checks say ----------------------------------------------------------------------------------------------


class Check(NamedTuple):
    """One check: its name, its exit code where it has run, what it says in short, and its Markdown."""

    name: str
    code: int | None
    words: str
    markdown: str

    @property
    def verdict(self) -> str:
        """Return what the table says of it."""
        if self.code is None:
            return "not run"
        state = {PASSED: "passed", FAILED: "**refused**" if self.name == "plan" else "**failed**"}.get(
            self.code, "**could not run**: see the log of the job"
        )
        return f"{state}: {self.words}" if self.words and self.code in {PASSED, FAILED} else state


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _counts(work: Path, name: str) -> dict[str, int]:
    summary = _document(work / f"{name}.json").get("summary")
    known = summary if isinstance(summary, dict) else {}
    return {key: value for key, value in known.items() if isinstance(value, int)}


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _fingerprint(work: Path) -> str:
    found = _document(work / "plan.json").get("fingerprint")
    return found if isinstance(found, str) and re.fullmatch(r"sha256:[0-9a-f]{64}", found) else ""


def _words(work: Path, name: str) -> str:
    counts = _counts(work, name)
    if name == "lint" and counts:
        return f"{_plural(counts.get('error', 0), 'error')}, {_plural(counts.get('warning', 0), 'warning')}"
    if name == "test" and counts:
        return f"{counts.get('passed', 0):,} of {_plural(counts.get('tests', 0), 'test')} passed"
    if name == "diff" and not _is_compared(work):
        return "nothing to compare with"
    if name == "plan" and _fingerprint(work):
        return f"fingerprint `{_fingerprint(work)}`"
    return ""


def _is_compared(work: Path) -> bool:
    return _document(work / "diff.json").get("verdict") != "not-compared"


def _code(path: Path) -> int | None:
    found = _text(path)
    return int(found) if found.isdecimal() else None


def checks(work: Path) -> tuple[Check, ...]:
    """Return the checks that the steps have left in a folder."""
    return tuple(
        Check(name, _code(work / f"{name}.code"), _words(work, name), calm(_text(work / f"{name}.md")))
        for name in CHECKS
    )


def calm(text: str) -> str:
    """Return Markdown that is no command: a line that begins with `/` is one to GitLab, and the marker is only ours."""
    text = MARKERS.sub("", text)
    return re.sub(r"^(\s*(?:[>*+-]\s*)*)/", r"\1&#47;", text, flags=re.MULTILINE)


def head(found: Sequence[Check], commit: str, name: str = "") -> str:
    """Return the marker, the verdict and a line for each check."""
    failed = [check.name for check in found if check.code not in {None, PASSED}]
    verdict = f"failed: {', '.join(failed)}" if failed else "passed"
    rows = "".join(f"| {check.name} | {check.verdict} |\n" for check in found)
    of = f"Commit {commit}\n\n" if re.fullmatch(r"[0-9a-f]{40,64}", commit) else ""
    of_job = f" (<code>{name}</code>)" if name else ""
    return f"{marker(name)}\n### policylint{of_job} {verdict}\n\n{of}| Check | Result |\n|---|---|\n{rows}"


def comment(found: Sequence[Check], commit: str, name: str = "", limit: int = LIMIT) -> str:
    """Return the comment: the verdict, then the Markdown of each check, folded; the longest go where it is too long."""
    sections = {check.name: check.markdown for check in found if check.markdown}
    while True:
        parts = (
            f"\n<details>\n<summary>{check}</summary>\n\n{markdown}\n\n</details>\n"
            for check, markdown in sections.items()
        )
        text = head(found, commit, name) + "".join(parts)
        if length(text) <= limit or all(markdown == LEFT_OUT for markdown in sections.values()):
            return text
        sections[max(sections, key=lambda check: length(sections[check]))] = LEFT_OUT


def outputs(work: Path, found: Sequence[Check]) -> dict[str, str]:
    """Return the outputs of the action."""
    lint = _counts(work, "lint")
    errors, warnings, notes = (lint.get(name, 0) for name in ("error", "warning", "info"))
    return {
        "exit-code": str(max((check.code for check in found if check.code is not None), default=0)),
        "findings": str(errors + warnings + notes),
        "errors": str(errors),
        "warnings": str(warnings),
        "plan-fingerprint": _fingerprint(work),
    }


def assemble(folder: str, commit: str, name: str = "") -> str:
    """Write the comment and its short form into a folder, and return the outputs, one a line."""
    work = Path(folder)
    found = checks(work)
    (work / "comment" / "comment.md").write_text(comment(found, commit, name), encoding="utf-8")
    (work / "comment" / "short.md").write_text(head(found, commit, name), encoding="utf-8")
    return "".join(f"{key}={value}\n" for key, value in outputs(work, found).items())


# --- what the services say --------------------------------------------------------------------------------------------


def documents(text: str) -> Iterator[Any]:
    """Yield the JSON documents of a text: each page of a list is one."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        found, at = decoder.raw_decode(text, at)
        yield found


def _is_ours(text: object, name: str) -> bool:
    return isinstance(text, str) and text.startswith(marker(name))


def _of_github(pages: Sequence[Any], me: str, name: str) -> Iterator[str]:
    for note in (note for page in pages for note in page):
        if _is_ours(note["body"], name) and (note["user"] or {}).get("login") == me:
            yield str(int(note["id"]))


def _of_gitlab(pages: Sequence[Any], me: str, name: str) -> Iterator[str]:
    for note in (note for page in pages for note in page):
        if _is_ours(note["body"], name) and str((note["author"] or {}).get("id")) == me:
            yield str(int(note["id"]))


def _of_azure(pages: Sequence[Any], me: str, name: str) -> Iterator[str]:
    for thread in (thread for page in pages for thread in page["value"]):
        for note in thread.get("comments") or ():
            gone = thread.get("isDeleted") or note.get("isDeleted")
            if _is_ours(note.get("content"), name) and not gone and (note.get("author") or {}).get("id") == me:
                yield f"{int(thread['id'])}/{int(note['id'])}"


OURS: Final = {"github": _of_github, "gitlab": _of_gitlab, "azure": _of_azure}


def choose(place: str, me: str, listed: str, name: str = "") -> str:
    """Return the IDs of the comments that this identity wrote and that bear the marker, oldest first."""
    return " ".join(OURS[place]([*documents(listed)], me, name))


def prepare(place: str, me: str, folder: str, name: str = "") -> str:
    """Write the requests that set and make the comment, whole and short, and return the IDs of those there are."""
    work = Path(folder)
    for form in ("comment", "short"):
        content = (work / "comment" / f"{form}.md").read_text(encoding="utf-8")
        update: dict[str, Any] = {"content" if place == "azure" else "body": content}
        thread = {"comments": [{"parentCommentId": 0, "commentType": 1, **update}], "status": CLOSED}
        for use, request in (("update", update), ("create", thread if place == "azure" else update)):
            (work / f"{use}-{form}.json").write_text(json.dumps(request), encoding="utf-8")
    return choose(place, me, _text(work / "list.json"), name)


def me(place: str, file: str) -> str:
    """Return the ID of who the token is."""
    answer = _document(Path(file))
    found = str((answer.get("authenticatedUser") or {}).get("id") if place == "azure" else answer.get("id"))
    if not re.fullmatch(r"[0-9a-fA-F-]{1,40}", found):
        raise Wrong("the answer names nobody")
    return found


# --- what a run for a fork has left -----------------------------------------------------------------------------------


def artifact(file: str, name: str = "policylint-comment") -> str:
    """Return the ID of the artifact with the comment. Raises Wrong where there is none, or it is too large."""
    for each in _document(Path(file)).get("artifacts") or ():
        if each["name"] == name and not each["expired"] and int(each["size_in_bytes"]) <= LARGEST_ARTIFACT:
            return str(int(each["id"]))
    raise Wrong("there is no such artifact")


def _entry(archive: zipfile.ZipFile, name: str, limit: int) -> str:
    with archive.open(name) as entry:
        found = entry.read(limit + 1)
    if len(found) > limit:
        raise Wrong(f"{name} is too long")
    return found.decode("utf-8")


def unpack(file: str, folder: str) -> str:
    """Write the comment of an artifact into a folder, made harmless, and return its pull request and its job."""
    import zipfile

    with zipfile.ZipFile(file) as archive:
        number = _entry(archive, "number", 20).strip()
        text = _entry(archive, "comment.md", 4 * LIMIT)
    if not re.fullmatch(r"[1-9][0-9]{0,9}", number, re.ASCII):
        raise Wrong("the number is not one")
    found = MARKERS.match(text)
    if found is None:
        raise Wrong("the text does not begin with the marker")
    text = f"{found[0]}\n{FOREIGN}\n{harmless(text.removeprefix(found[0]).lstrip())}"
    short = f"{found[0]}\n{FOREIGN}\nIts text is too long for a comment: see the summary of its run.\n"
    (Path(folder) / "comment.md").write_text(text if length(text) <= LIMIT else short, encoding="utf-8")
    (Path(folder) / "short.md").write_text(short, encoding="utf-8")
    return f"{number}={found[1] or ''}\n"


_UNSEEN: Final = re.compile(
    r"[^\S\n ]|[\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]|[\x00-\x09\x0b-\x1f\x7f-\x9f]"
)
_TICKED: Final = re.compile(r"`([^`\n]*)`")
_TAG: Final = re.compile(r"(<code>[^<\n]*</code>|</?(?:details|summary|code|br|b)>)")
_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CALL: Final = re.compile(
    r"@(?!\s)|#(?![\s#])|!(?=[0-9])|:(?![0-9\s|-])|www|GH(?=-)|[0-9a-f]{6}(?=[0-9a-f])", re.IGNORECASE
)
"""What begins a mention, a reference, an emoji, a link or the hash of a commit in the text that is shown."""
_MARKUP: Final = frozenset("&<@[]\\`~")
_SEAM: Final = "&#8203;"
"""A character that nobody sees, behind which GitHub does not go on reading a mention or a link."""


def harmless(text: str) -> str:
    """Return Markdown that mentions nobody, links nowhere, shows no picture, and has only the tags of policylint.

    GitHub looks for mentions and links in the text that is shown, so references are read first, and written again.
    """
    parts = _TAG.split(_TICKED.sub(r"<code>\1</code>", _UNSEEN.sub(" ", text)))
    return calm("".join(_tag(part) if number % 2 else _shown(part) for number, part in enumerate(parts)))


def _tag(part: str) -> str:
    """Return a tag; code is one with its text, in which nothing is looked for."""
    if not part.startswith("<code>") or part == "<code>":
        return part
    return f"<code>{_shown(part[6:-7], seams=False).replace('|', '&#124;')}</code>"


def _shown(part: str, *, seams: bool = True) -> str:
    """Return a text between tags as Markdown that shows the same, with a seam in whatever calls."""
    chars: list[tuple[str, bool]] = []
    at = 0
    for found in _REFERENCE.finditer(part):
        chars += ((char, False) for char in part[at : found.start()])
        meant = html.unescape(found[0])
        chars += (
            (char, meant != found[0]) for char in _UNSEEN.sub(" ", meant.replace("\n", " ").replace("\u200b", ""))
        )
        at = found.end()
    chars += ((char, False) for char in part[at:])
    calls = {found.end() for found in _CALL.finditer("".join(char for char, _ in chars))} if seams else set[int]()
    return "".join(
        (f"&#{ord(char)};" if is_reference or char in _MARKUP else char) + (_SEAM if number in calls else "")
        for number, (char, is_reference) in enumerate(chars, start=1)
    )


def pull(file: str, commit: str, repository: str, head_repository: str) -> str:
    """Return nothing where a pull request is open, from a fork into this repository, and of this commit.

    Raises Wrong elsewhere: the comment of a pull request of this repository itself is never written over.
    """
    found = _document(Path(file))
    origin, into = found["head"], found["base"]
    of = (origin["sha"], (origin["repo"] or {}).get("full_name"), into["repo"]["full_name"])
    if found["state"] != "open" or of != (commit, head_repository, repository) or head_repository == repository:
        raise Wrong("it is another one")
    return ""


COMMANDS: Final[dict[str, Callable[..., str]]] = {
    "assemble": assemble,
    "prepare": prepare,
    "me": me,
    "artifact": artifact,
    "unpack": unpack,
    "pull": pull,
}


def main(arguments: Sequence[str]) -> int:
    """Run a command, write what it returns, and return the exit code: 1 where what it reads is wrong."""
    try:
        sys.stdout.write(COMMANDS[arguments[0]](*arguments[1:]))
    except Exception as problem:  # what is read is somebody else's: whatever is wrong with it, nothing is written
        sys.stderr.write(f"policylint: {type(problem).__name__} in what was read\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
