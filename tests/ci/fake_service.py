"""A service with the comments of a pull request: what `gh` and `curl` get where they ask it."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = """#!BASH
exec 3<>"/dev/tcp/127.0.0.1/$FAKE_PORT"
{ printf '%s\\0' NAME "${GH_TOKEN:-}" "$@"; printf '\\n'; } >&3
read -r code <&3
cat "$FAKE_FOLDER/stdout"
cat "$FAKE_FOLDER/stderr" >&2
exit "$code"
"""
"""The program `gh` or `curl`: it hands over its arguments, and prints and exits as it is told."""
FAULTS = {
    "denied": (403, "Resource not accessible by integration"),
    "limit": (403, "API rate limit exceeded for installation"),
    "busy": (429, "Too Many Requests"),
    "down": (502, "Bad Gateway"),
    "gone": (404, "Not Found"),
    "network": (0, "error connecting to api.github.com"),
}
ME = {"login": "github-actions[bot]", "id": 7, "azure": "aaaaaaaa-0000-4000-8000-000000000007"}


class Answer(Exception):  # noqa: N818
    """What the service answers where it does not do what it was asked for."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status, self.message = status, message


def note(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a comment in the shape of all three services."""
    author = {"login": entry["login"], "id": 7 if entry["login"] == ME["login"] else 9}
    return {"id": entry["id"], "body": entry["body"], "user": author, "author": author}


def thread(entry: dict[str, Any]) -> dict[str, Any]:
    author = ME["azure"] if entry["login"] == ME["login"] else "bbbbbbbb-0000-4000-8000-000000000009"
    return {"id": entry["id"], "comments": [{"id": 1, "content": entry["body"], "author": {"id": author}}]}


@dataclass
class Service:
    """What the service has, what it was asked, and what goes wrong, one answer after the other."""

    folder: Path
    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: list[str | None] = field(default_factory=list)
    largest: int = 65_536
    page: int = 2
    pull: dict[str, Any] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    archive: bytes = b""

    @property
    def bodies(self) -> list[str]:
        return [entry["body"] for entry in self.comments]

    def serve(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Return what the service answers. Raises Answer where it does not do it."""
        self.calls.append(f"{method} {path}")
        if self.faults and (fault := self.faults.pop(0)):
            raise Answer(*FAULTS[fault])
        return self._serve(method, path, body)

    def _serve(self, method: str, path: str, body: dict[str, Any]) -> Any:
        route, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
        comments = self.comments
        if route.endswith("/artifacts"):
            return {"artifacts": self.artifacts}
        if re.search(r"/pulls/\d+$", route):
            return self.pull
        if route.endswith("/zip"):
            return self.archive
        if route.endswith("/user"):
            return {"id": ME["id"]}
        if route.endswith("connectionData"):
            return {"authenticatedUser": {"id": ME["azure"]}}
        text = body.get("body") or body.get("content") or (body.get("comments") or [{}])[0].get("content") or ""
        if len(text) > self.largest:
            raise Answer(422, "Validation Failed: body is too long")
        if method == "GET":
            if "threads" in route:
                return {"value": [thread(entry) for entry in comments]}
            size = min(int(query["per_page"][0]), self.page)
            pages = [comments[at : at + size] for at in range(0, max(len(comments), 1), size)]
            if "page" in query:
                chosen = int(query["page"][0]) - 1
                return [note(entry) for entry in pages[chosen]] if chosen < len(pages) else []
            return [[note(entry) for entry in page] for page in pages]
        if method == "POST":
            comments.append(
                {"id": 1 + max((entry["id"] for entry in comments), default=0), "login": ME["login"], "body": text}
            )
            return {}
        found = re.search(r"(?:threads|comments|notes)/(\d+)", route)
        entry = next((entry for entry in comments if found and entry["id"] == int(found[1])), None)
        if entry is None:
            raise Answer(404, "Not Found")
        if method == "DELETE":
            comments.remove(entry)
        else:
            entry["body"] = text
        return {}


def options(arguments: list[str], with_value: set[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the options and the rest of a command line."""
    found: dict[str, list[str]] = {}
    rest = []
    words = iter(arguments)
    for word in words:
        if word.startswith("-"):
            found.setdefault(word, []).append(next(words) if word in with_value else "")
        else:
            rest.append(word)
    return found, rest


def gh(service: Service, token: str, arguments: list[str]) -> tuple[int, bytes, str]:
    """Return the exit code, the output and the errors of gh."""
    given, (command, path) = options(arguments, {"--method", "--input", "-H"})
    assert command == "api"
    assert token == "secret", "gh needs a token"
    body = json.loads(Path(given["--input"][0]).read_text(encoding="utf-8")) if "--input" in given else {}
    try:
        found = service.serve(given.get("--method", ["GET"])[0], path, body)
    except Answer as answer:
        status = f" (HTTP {answer.status})" if answer.status else ""
        return 1, b'{"message": "no"}', f"gh: {answer.message}{status}\n"
    if isinstance(found, bytes):
        return 0, found, ""
    if isinstance(found, list):  # each page is a document of its own, as gh prints them
        pages = found if "--paginate" in given else found[:1]
        return 0, "".join(json.dumps(page) for page in pages).encode(), ""
    return 0, json.dumps(found).encode(), ""


def curl(service: Service, _token: str, arguments: list[str]) -> tuple[int, bytes, str]:
    """Return the exit code, the output and the errors of curl."""
    with_value = {"--max-time", "--request", "--header", "--output", "--write-out", "--data-binary"}
    given, (address,) = options(arguments, with_value)
    assert "secret" not in " ".join(arguments), "other processes see arguments"
    assert "--location" not in given
    headers = [value for value in given["--header"] if value.startswith("@")]
    assert "secret" in Path(headers[0][1:]).read_text(encoding="utf-8")
    body = given.get("--data-binary", [""])[0].removeprefix("@")
    answer: Any
    try:
        answer = service.serve(given["--request"][0], address, json.loads(Path(body).read_bytes()) if body else {})
        status = 200
    except Answer as problem:
        status, answer = problem.status, {"message": problem.message}
    Path(given["--output"][0]).write_text(json.dumps(answer), encoding="utf-8")
    return 0 if status else 7, f"{status:03}".encode(), ""


@contextmanager
def served(service: Service) -> Iterator[int]:
    """Serve while the context lasts, and give the port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            name, token, *arguments = self.rfile.readline().decode()[:-1].split("\0")[:-1]
            try:
                code, out, err = {"gh": gh, "curl": curl}[name](service, token, arguments)
            except Exception as problem:
                code, out, err = 99, b"", f"Traceback of {name}: {problem!r}\n"
            (service.folder / "stdout").write_bytes(out)
            (service.folder / "stderr").write_text(err, encoding="utf-8")
            self.wfile.write(f"{code}\n".encode())

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
