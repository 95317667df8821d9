"""The URIs by which editors name files, and the paths that they mean."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from policylint.regex import regex

_DRIVE = regex(r"/([A-Za-z])(?::|\|)(?=/|$)")
_WINDOWS = regex(r"[A-Za-z]:[\\/]|\\\\")
_UNRESERVED = "/~"


def path_of(uri: str) -> str | None:
    """Return the path that a `file:` URI names, a Windows path where it has a drive or a host; None of any other URI.

    A drive is a capital letter, whichever way the editor writes it: `file:///c%3A/x` and `file:///C:/x` are one file.
    Source: RFC 8089, appendix E, https://datatracker.ietf.org/doc/html/rfc8089
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme.lower() != "file" or not parts.path:
        return None
    try:
        path = unquote(uri.split("://", 1)[1] if "://" in uri else uri.split(":", 1)[1], errors="strict")
        path.encode()
    except UnicodeError:
        return None
    host, slash, rest = path.partition("/")
    path = f"{slash}{rest}"
    if "\0" in path or not slash:
        return None
    if drive := _DRIVE.match(path):
        return f"{drive[1].upper()}:\\" + path[drive.end() + 1 :].replace("/", "\\")
    if host and host.lower() != "localhost":
        return f"\\\\{host}" + path.replace("/", "\\")
    return path


def uri_of(path: str) -> str:
    """Return the URI of an absolute path, in the form that editors agree on."""
    if path.startswith("\\\\"):
        host, _, rest = path[2:].replace("\\", "/").partition("/")
        return f"file://{quote(host)}/{quote(rest, safe=_UNRESERVED)}"
    if _WINDOWS.match(path):
        rest = path[2:].replace("\\", "/")
        return f"file:///{path[0].lower()}%3A{quote(rest, safe=_UNRESERVED)}"
    return f"file://{quote(path, safe=_UNRESERVED)}"
