"""URIs of editors, and the paths that they mean."""

from __future__ import annotations

import pytest

from policylint.editor.uris import path_of, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        pytest.param("file:///work/policy/a.yaml", "/work/policy/a.yaml", id="plain"),
        pytest.param("file:///work/a%20b/100%25/%C3%BC.yaml", "/work/a b/100%/ü.yaml", id="escaped"),
        pytest.param("file:///work/a b/ü.yaml", "/work/a b/ü.yaml", id="not-escaped"),
        pytest.param("file:///work/a%23b%3Fc.yaml", "/work/a#b?c.yaml", id="signs-of-uris"),
        pytest.param("FILE:///work/a.yaml", "/work/a.yaml", id="scheme-in-capitals"),
        pytest.param("file://localhost/work/a.yaml", "/work/a.yaml", id="this-host"),
        pytest.param("file:/work/a.yaml", "/work/a.yaml", id="one-slash"),
        pytest.param("file:///c%3A/Users/x/a.yaml", "C:\\Users\\x\\a.yaml", id="drive-as-code-writes-it"),
        pytest.param("file:///C:/Users/x/a.yaml", "C:\\Users\\x\\a.yaml", id="drive-as-others-write-it"),
        pytest.param("file://server/share/a.yaml", "\\\\server\\share\\a.yaml", id="share"),
        pytest.param("untitled:Untitled-1", None, id="not-saved"),
        pytest.param("git:/work/a.yaml?ref", None, id="of-git"),
        pytest.param("file:///work/%00a.yaml", None, id="nul"),
        pytest.param("file:///work/%ff.yaml", None, id="not-utf-8"),
        pytest.param("file:///work/\ud83d.yaml", None, id="half-a-character"),
        pytest.param("file:relative.yaml", None, id="no-slash"),
        pytest.param("http://[", None, id="no-uri"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_uri_names_a_path(uri: str, path: str | None) -> None:
    assert path == path_of(uri)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/work/a b/100%/ü#?.yaml", "file:///work/a%20b/100%25/%C3%BC%23%3F.yaml"),
        ("C:\\Users\\x y\\a.yaml", "file:///c%3A/Users/x%20y/a.yaml"),
        ("\\\\server\\share\\a.yaml", "file://server/share/a.yaml"),
    ],
)
def test_the_uri_of_a_path_names_it(path: str, uri: str) -> None:
    assert uri == uri_of(path)
    assert path == path_of(uri)
