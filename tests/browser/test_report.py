"""The HTML report in a real browser: with and without JavaScript, without a network, and what its picture shows."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *QUIET)
COLORS = {"allowed": (0x1A, 0x7F, 0x37), "quarantined": (0x9A, 0x67, 0x00), "blocked": (0xCF, 0x22, 0x2E)}

needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of the shipped example."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    command = [sys.executable, "-m", "policylint", "simulate", "--format", "html", "-o", str(path)]
    subprocess.run(command, cwd=EXAMPLE, check=True, capture_output=True)
    return path


def browse(page: Path, *switches: str) -> str:
    """Return what the browser prints of a page; it must have nothing to complain of."""
    assert BROWSER is not None
    profile = page.parent / "profile"
    command = [BROWSER, *SWITCHES, f"--user-data-dir={profile}", "--enable-logging=stderr", *switches, page.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    assert [] == [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout


class Outline(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_it_is_one_file_that_asks_for_nothing(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    outline = Outline(text)
    assert "default-src 'none'" in text
    assert [] == [each for _, each in outline.elements if each.get("src")]
    assert {"data:,"} == {each.get("href") for _, each in outline.elements if "href" in each}
    assert [] == re.findall(r"https?:|@import|url\(", text)


def test_its_structure_is_accessible(report: Path) -> None:
    outline = Outline(report.read_text(encoding="utf-8"))
    assert [{"lang": "en"}] == outline.all("html")
    assert 1 == len(outline.all("h1")) == len(outline.all("main"))
    assert len(outline.all("table")) == len(outline.all("caption")) > 2
    assert {"col"} == {each.get("scope") for each in outline.all("th")}
    ids = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(ids) == len(set(ids))
    named = " ".join(str(each["aria-labelledby"]) for _, each in outline.elements if "aria-labelledby" in each)
    assert set(named.split()) <= set(ids)
    assert all(each.get("aria-labelledby") for each in outline.all("svg"))


def test_what_devices_say_cannot_become_markup(tmp_path: Path) -> None:
    (tmp_path / "policylint.yaml").write_text("version: 1\n")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "a.yaml").write_text(
        "organization: {DefaultAccessLevel: Allow}\n"
        "deviceAccessRules:\n"
        "- {Characteristic: DeviceType, QueryString: '<script>alert(1)</script>', AccessLevel: Block}\n"
    )
    command = [sys.executable, "-m", "policylint", "simulate", "--format", "html"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in done.stdout
    assert 1 == done.stdout.count("<script>")


def test_without_javascript_everything_is_there(report: Path) -> None:
    outline = Outline(report.read_text(encoding="utf-8").split("<script>")[0])
    words = "".join(outline.words)
    for text in ("Access changes for 18 of 152 devices", "Allowed 106", "viktor.petrov@contoso.com", "disputed"):
        assert text in words
    assert [] == [*outline.all("button"), *outline.all("input")]


@needs_browser
def test_with_javascript_columns_sort_and_rows_filter(report: Path) -> None:
    script = """<script>
      const table = document.querySelector("section[aria-labelledby=changes] table");
      const column = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
      const head = table.tHead.rows[0].cells[0];
      const result = {before: column()};
      head.querySelector("button").click();
      result.up = column(); result.upSort = head.getAttribute("aria-sort");
      head.querySelector("button").click();
      result.down = column(); result.downSort = head.getAttribute("aria-sort");
      const filter = document.querySelector("section[aria-labelledby=changes] input");
      result.label = filter.getAttribute("aria-label");
      filter.value = "JOHN.DOE"; filter.dispatchEvent(new Event("input"));
      result.left = [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[0].textContent);
      const out = document.createElement("pre"); out.id = "result";
      out.textContent = JSON.stringify(result); document.body.append(out);
    </script></body>"""
    page = report.with_name("driven.html")
    page.write_text(report.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
    shown = browse(page, "--dump-dom")
    found = json.loads(unescape(shown.split('<pre id="result">')[1].split("</pre>")[0]))
    assert sorted(found["before"]) == found["up"]
    assert sorted(found["before"], reverse=True) == found["down"]
    assert ("ascending", "descending") == (found["upSort"], found["downSort"])
    assert {"john.doe@contoso.com"} == set(found["left"])
    assert found["label"].startswith("Filter: ")


def pixels(png: bytes) -> tuple[int, list[bytes]]:
    """Return the bytes a pixel, and the rows of a picture."""
    place, data, width, depth = 8, b"", 0, 0
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        chunk = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, _height, bits, color = struct.unpack(">IIBB", chunk[:10])
            assert (bits, color in (2, 6)) == (8, True)
            depth = 3 if color == 2 else 4
        elif kind == b"IDAT":
            data += chunk
        place += 12 + length
    raw, stride, rows = zlib.decompress(data), width * depth, []
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        rule, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for index in range(stride):
            left = row[index - depth] if index >= depth else 0
            corner = above[index - depth] if index >= depth else 0
            up = above[index]
            guess = left + up - corner
            near = min((left, up, corner), key=lambda value: abs(guess - value))
            row[index] = (row[index] + (0, left, up, (left + up) // 2, near)[rule]) & 255
        rows.append(bytes(row))
        above = row
    return depth, rows


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_the_picture_shows_the_desired_states_in_proportion(report: Path, scripts: bool) -> None:
    text = report.read_text(encoding="utf-8")
    page, picture = (report.with_name(f"scripts-{scripts}.{kind}") for kind in ("html", "png"))
    page.write_text(text if scripts else re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    browse(page, "--window-size=900,520", f"--screenshot={picture}")
    depth, rows = pixels(picture.read_bytes())
    heights = {
        name: sum(bytes((*color, 255)[:depth]) * 10 in row[len(row) // 2 :] for row in rows)
        for name, color in COLORS.items()  # a bar is wider than ten pixels
    }
    assert heights["allowed"] > 2 * heights["blocked"] > 2 * heights["quarantined"] > 0
