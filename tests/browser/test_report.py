"""The HTML report, alone and in a real browser: with and without JavaScript, without a network, light, dark, narrow."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

from tests.requirements import CHROMIUM, chromium
from tests.thorough import THOROUGH
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
SWITCHES = [
    *("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--no-first-run",
]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def simulate(folder: Path, *arguments: str) -> str:
    """Return what `policylint simulate` prints in a folder."""
    command = [sys.executable, "-m", "policylint", "simulate", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of the shipped example."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    simulate(EXAMPLE, "--format", "html", "-o", str(path))
    return path


@pytest.fixture(scope="module")
def long_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report of 451 classes, more than are open to the eye."""
    folder = tmp_path_factory.mktemp("long")
    rules = [
        f"- {{Characteristic: DeviceType, QueryString: Kind {number}, AccessLevel: Allow}}\n" for number in range(450)
    ]
    policy(folder, "organization: {DefaultAccessLevel: Block}\ndeviceAccessRules:\n" + "".join(rules))
    simulate(folder, "--format", "html", "-o", "report.html")
    return folder / "report.html"


def policy(folder: Path, text: str) -> None:
    """Write a repository of one policy file."""
    (folder / "policylint.yaml").write_text("version: 1\n", encoding="utf-8")
    (folder / "policy").mkdir()
    (folder / "policy" / "a.yaml").write_text(text, encoding="utf-8")


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
    outside = [each["href"] for _, each in outline.elements if not str(each.get("href", "#")).startswith("#")]
    assert ["data:,"] == outside
    assert [] == [word for word in ("http:", "https:", "@import", "url(") if word in text]


def test_its_structure_is_that_of_a_document(report: Path) -> None:
    outline = Outline(report.read_text(encoding="utf-8"))
    assert [{"lang": "en"}] == outline.all("html")
    assert {"h1": 1, "header": 1, "nav": 1, "main": 1, "footer": 1} == {
        tag: len(outline.all(tag)) for tag in ("h1", "header", "nav", "main", "footer")
    }
    assert len(outline.all("table")) == len(outline.all("caption")) == len(outline.all("section")) == 5
    assert {"col", "row"} == {each.get("scope") for each in outline.all("th")}
    ids = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(ids) == len(set(ids))
    assert {f"#{section['id']}" for section in outline.all("section")} == {link["href"] for link in outline.all("a")}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=alert(1)>', "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("iPhone\u202egnp", "iPhone\\u202egnp"),
        ("iPhone\x1b[2J", "iPhone\\u001b[2J"),
    ],
    ids=["element", "attribute", "direction", "control"],
)
def test_what_devices_call_themselves_stays_text(tmp_path: Path, written: str, shown: str) -> None:
    policy(tmp_path, "organization: {DefaultAccessLevel: Block}\n")
    device = {"mailbox": None, "DeviceId": written, "DeviceModel": written, "ClientType": "EAS"}
    (tmp_path / "live.json").write_bytes(sealed("organization: {DefaultAccessLevel: Allow}\n", [device]))
    text = simulate(tmp_path, "--snapshot", "live.json", "--format", "html", "--title", "<b>Second</b> wave")
    assert f"{shown}, {shown}" in text
    assert "<h1>&lt;b&gt;Second&lt;/b&gt; wave</h1>" in text
    outline = Outline(text)
    assert (1, 0, 0) == tuple(len(outline.all(tag)) for tag in ("script", "img", "b"))


def test_it_does_not_tell_where_files_are_on_this_machine(tmp_path: Path) -> None:
    folder, away = tmp_path / "contoso", tmp_path / "away"
    shutil.copytree(EXAMPLE, folder)
    away.mkdir()
    (folder / "live.json").rename(away / "live.json")
    text = simulate(folder, "--snapshot", str(away / "live.json"), "--format", "html")
    assert "live state live.json of " in text
    assert str(tmp_path) not in text


def test_groups_stand_in_it_where_they_are_asked_for(report: Path) -> None:
    record = json.loads(simulate(EXAMPLE, "--by", "client", "--format", "json"))
    text = simulate(EXAMPLE, "--by", "client", "--format", "html")
    section = text.split('<section id="groups">')[1].split("</section>")[0]
    assert len(record["groups"]) == section.count("<tr>") - 1
    assert '<section id="groups">' not in report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    CHROMIUM.require()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield browser
        browser.close()


class Visit:
    """A page in the browser, and what it complained of and asked for."""

    def __init__(self, browser: Browser, path: Path, **context: Any) -> None:
        self.page: Page = browser.new_context(offline=True, **context).new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def column(self, section: str, index: int) -> list[str]:
        """Return the cells of a column, of every table of a section, in the order shown."""
        return self.page.locator(f"#{section} tbody tr > :nth-child({index + 1})").all_inner_texts()

    def sort(self, section: str, column: str) -> str | None:
        """Click on the head of a column, and return how it is sorted."""
        button = self.page.locator(f"#{section} thead").first.get_by_role("button", name=column, exact=True)
        button.click()
        return button.locator("..").get_attribute("aria-sort")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_it_is_readable_and_quiet(browser: Browser, report: Path, scripts: bool) -> None:
    visit = Visit(browser, report, java_script_enabled=scripts)
    words = visit.page.locator("body").inner_text()
    for text in ("Access changes for 18 of 152 devices", "viktor.petrov@contoso.com", "disputed", "Not decided here"):
        assert text in words
    assert 18 == len([cell for cell in visit.column("changes", 0) if "@contoso.com" in cell])
    assert scripts == (visit.page.locator("button, input").count() > 0)
    assert ([], [report.as_uri()]) == (visit.complaints, [url for url in visit.requests if url != "data:,"])


def test_columns_sort_by_their_heads(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    before = visit.column("changes", 0)
    assert "descending" == (visit.sort("changes", "Mailbox"), visit.sort("changes", "Mailbox"))[1]
    assert sorted(before, reverse=True) == visit.column("changes", 0)
    assert "ascending" == visit.sort("classes", "Devices")
    numbers = [int(cell) for cell in visit.column("classes", 1)]
    assert sorted(numbers) == numbers != sorted(numbers, key=str)
    assert 2 == visit.page.locator("[aria-sort]").count()
    visit.page.locator("#classes thead button").first.focus()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    assert sorted(numbers, reverse=True) == [int(cell) for cell in visit.column("classes", 1)]
    assert [] == visit.complaints


def test_rows_can_be_filtered(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    visit.page.get_by_role("searchbox", name="Filter: 18 devices").fill("JOHN.DOE")
    shown = visit.page.locator("#changes tbody tr:visible th").all_inner_texts()
    assert ["john.doe@contoso.com"] * 2 == shown
    assert "2 of 18 rows" == visit.page.locator("#changes [role=status]").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_long_table_is_folded(browser: Browser, long_report: Path, scripts: bool) -> None:
    visit = Visit(browser, long_report, java_script_enabled=scripts)
    assert (200, 451) == tuple(
        visit.page.locator(f"#classes tbody {each}").count() for each in ("tr:visible", "tr:not(#none)")
    )
    visit.page.get_by_text("251 more rows").click()
    assert 451 == visit.page.locator("#classes tbody tr:visible").count()


def test_a_folded_table_sorts_and_filters_as_one(browser: Browser, long_report: Path) -> None:
    visit = Visit(browser, long_report)
    assert "ascending" == visit.sort("classes", "Class")
    names = ["any other device", *(f"DeviceType Kind {number}" for number in range(450))]
    assert names == visit.page.locator("#classes tbody th").all_text_contents()
    assert "descending" == visit.sort("classes", "Class")
    assert names[::-1] == visit.page.locator("#classes tbody th").all_text_contents()
    assert [200, 251] == [table.locator("tbody tr").count() for table in visit.page.locator("#classes table").all()]
    visit.page.locator("#classes input").fill("Kind 1")
    assert 111 == visit.page.locator("#classes tbody tr:visible").count()
    assert "111 of 451 rows" == visit.page.locator("#classes [role=status]").inner_text()


@pytest.mark.parametrize(
    ("width", "scheme"),
    itertools.product((1280, 400), ("light", "dark")) if THOROUGH else [(1280, "light"), (400, "dark")],
)
def test_it_is_accessible(browser: Browser, report: Path, scheme: str, width: int) -> None:
    visit = Visit(browser, report, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = Axe().run(visit.page, options={"runOnly": STANDARDS}).response
    assert [] == [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
    assert {"color-contrast", "target-size", "td-headers-attr", "region"} <= {each["id"] for each in found["passes"]}
    assert all(visit.page.locator("caption").nth(number).is_visible() for number in range(5))


@pytest.mark.parametrize("width", [1600, 1280, 1024, 800, 600, 400, 320])
def test_it_fits_the_screen(browser: Browser, report: Path, width: int) -> None:
    visit = Visit(browser, report, viewport={"width": width, "height": 900})
    assert width == visit.page.evaluate("document.documentElement.scrollWidth")


BANDS = """() => [...document.querySelectorAll("svg .band")].map((band) => {
  const path = band.getAttribute("d");
  const [, x, top] = path.match(/^M([\\d.]+),([\\d.]+)/);
  const [, bottom] = path.match(/,([\\d.]+) Z$/);
  const point = new DOMPoint(Number(x) + 2, (Number(top) + Number(bottom)) / 2).matrixTransform(band.getScreenCTM());
  const hit = document.elementFromPoint(point.x, point.y) === band;
  return {point: [point.x, point.y], words: band.textContent, hit, height: bottom - top};
})"""
BARS = """() => [...document.querySelectorAll("svg rect")].map((bar) => {
  const box = bar.getBoundingClientRect();
  const fill = getComputedStyle(bar).fill.match(/\\d+/g).map(Number);
  return {point: [box.x + box.width / 2, box.y + box.height / 2], fill, kind: bar.getAttribute("class")};
})"""
PIXELS = """async ([png, points]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return points.map(([x, y]) => [...context.getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3));
}"""


def pixels(browser: Browser, png: bytes, points: list[list[float]]) -> list[tuple[int, ...]]:
    """Return the colours of a picture at some points."""
    page = browser.new_page()
    found = page.evaluate(PIXELS, [base64.b64encode(png).decode(), points])
    page.close()
    return [tuple(color) for color in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_shows_each_move_as_wide_as_it_has_devices(browser: Browser, report: Path, scheme: str) -> None:
    devices = json.loads(simulate(EXAMPLE, "--format", "json"))["devices"]
    names = [tuple(each[side]["state"] or "Not decided here" for side in ("live", "desired")) for each in devices]
    moves = {
        f"{number} stay {before}" if before == after else f"{number} {before} to {after}": number
        for (before, after), number in Counter(names).items()
    }
    visit = Visit(browser, report, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    bands, bars = visit.page.evaluate(BANDS), visit.page.evaluate(BARS)
    assert moves.keys() == {band["words"] for band in bands}
    assert all(band["hit"] for band in bands)
    share = {band["words"]: band["height"] / moves[band["words"]] for band in bands}
    assert dict.fromkeys(share, pytest.approx(250 / 152, rel=0.1)) == share
    png = visit.page.screenshot()
    paper, *shown = pixels(browser, png, [[2, 2], *(each["point"] for each in (*bars, *bands))])
    assert [tuple(bar["fill"]) for bar in bars] == shown[: len(bars)]
    assert {bar["kind"] for bar in bars} == {"allowed", "quarantined", "blocked", "other"}
    assert 4 == len(set(shown[: len(bars)]))
    assert paper not in shown
