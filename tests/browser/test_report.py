"""The HTML report, alone and in a real browser: with and without JavaScript, without a network, light, dark, narrow."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections import Counter
from contextlib import chdir
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from click.testing import CliRunner
from playwright.sync_api import expect

from policylint.cli.main import main
from policylint.documentation import HOME
from policylint.version import __version__
from tests.thorough import THOROUGH
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Browser, Page

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


NOW = "1795867200"
REPORTS = {
    "simulate": ("simulate",),
    "by-client": ("simulate", "--by", "client"),
    "plan": ("plan", "--show-people"),
    "plan-of-classes": ("plan",),
    "refused": ("plan", "--show-people"),
    "why": ("why", "--mailbox", "john.doe@contoso.com"),
    "why-one": ("why", "--type", "iPhone"),
    "exemptions": ("report", "exemptions"),
    "pack": ("report", "pack", "cis-exchange-2019-l1"),
}
"""Every kind of report, with the command that makes it."""


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    """Return what a command prints in a folder."""
    with chdir(folder):
        done = CliRunner(env={"SOURCE_DATE_EPOCH": NOW}).invoke(main, arguments)
    assert code == done.exit_code, done.output
    return done.stdout


def simulate(folder: Path, *arguments: str) -> str:
    """Return what `policylint simulate` prints in a folder."""
    return run(folder, "simulate", *arguments)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return every kind of report of the shipped example."""
    folder = tmp_path_factory.mktemp("reports")
    strict = folder / "strict"
    shutil.copytree(EXAMPLE, strict)
    config = (strict / "policylint.yaml").read_text(encoding="utf-8")
    limited = config.replace("max-newly-denied: 25 ", "max-newly-denied: 5 ")
    (strict / "policylint.yaml").write_text(limited, encoding="utf-8")
    made = {name: folder / f"{name}.html" for name in REPORTS}
    for name, arguments in REPORTS.items():
        where, code = (strict, 1) if name == "refused" else (EXAMPLE, 0)
        run(where, *arguments, "--format", "html", "-o", str(made[name]), code=code)
    return made


@pytest.fixture(scope="module")
def report(reports: Mapping[str, Path]) -> Path:
    """Return the report of `simulate`."""
    return reports["simulate"]


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


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_one_file_that_asks_for_nothing(reports: Mapping[str, Path], name: str) -> None:
    text = reports[name].read_text(encoding="utf-8")
    outline = Outline(text)
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "unsafe" not in text.partition("<title>")[0]
    assert [] == [each for _, each in outline.elements if each.get("src") or each.get("style")]
    assert ["data:,"] == [each["href"] for each in outline.all("link")]
    outside = [str(each["href"]) for each in outline.all("a") if not str(each["href"]).startswith("#")]
    assert [] == [address for address in outside if not address.startswith(f"{HOME}/")]
    assert [] == [word for word in ("@import", "url(") if word in text]


@pytest.mark.parametrize("name", REPORTS)
def test_its_structure_is_that_of_a_document(reports: Mapping[str, Path], name: str) -> None:
    text = reports[name].read_text(encoding="utf-8")
    outline = Outline(text)
    assert [{"lang": "en"}] == outline.all("html")
    assert {"h1": 1, "header": 1, "main": 1, "footer": 1} == {
        tag: len(outline.all(tag)) for tag in ("h1", "header", "main", "footer")
    }
    assert {"col", "row"} >= {each.get("scope") for each in outline.all("th")}
    ids = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(ids) == len(set(ids))
    inside = {str(each["href"])[1:] for each in outline.all("a") if str(each["href"]).startswith("#")}
    assert inside <= {*ids}
    names = {str(each["aria-labelledby"]) for _, each in outline.elements if "aria-labelledby" in each}
    assert names <= {*ids}


@pytest.mark.parametrize("name", REPORTS)
def test_it_says_whose_it_is_and_when_it_was_made(reports: Mapping[str, Path], name: str) -> None:
    head = reports[name].read_text(encoding="utf-8").partition("</header>")[0]
    for words in (
        "<dt>Organization</dt><dd>contoso.onmicrosoft.com (tenant 510a7fe1-50f4-5852-90b4-23956de2d650)</dd>",
        "<dt>Edition</dt><dd>exchange-online</dd>",
        '<dd>live.json, taken <time datetime="2026-11-20T06:00:00Z">2026-11-20T06:00:00Z</time>, 8 days old</dd>',
        f"<dt>Made</dt><dd>2026-11-28T12:00:00Z by policylint {__version__}</dd>",
    ):
        assert words in head
    assert re.search(r"<dt>Policy</dt><dd>(6 files, )?(commit [0-9a-f]{12}, |git revision not known)", head)
    line = head.index('<ul class="whose">')
    assert line < head.index("<h1>")
    shown = [
        re.sub("<.*?>", "", each) for each in re.findall(r"<li>(.*?)</li>", head[line : head.index("</ul>", line)])
    ]
    revision = shown.pop(2)
    assert revision == "git revision not known" or re.fullmatch(r"commit [0-9a-f]{12}, (clean|modified)", revision)
    assert [
        "contoso.onmicrosoft.com",
        "live state of 2026-11-20T06:00:00Z (8 days old)",
        f"made 2026-11-28T12:00:00Z by policylint {__version__}",
    ] == shown


def test_the_answer_is_first_then_people_then_classes(reports: Mapping[str, Path]) -> None:
    for name, classes in (("simulate", "kinds"), ("plan", "classes")):
        text = reports[name].read_text(encoding="utf-8")
        words = ["<b>7</b> lose access", "<b>8</b> gain access", '<section id="people"', f'<section id="{classes}"']
        assert sorted(map(text.index, words)) == [text.index(each) for each in words]
    refused = reports["refused"].read_text(encoding="utf-8")
    assert refused.index("Refused: no script can be made") < refused.index("<h1>")
    assert "7 devices would lose access, the limit is 5" in refused.partition("<h1>")[0]


def test_it_is_small(reports: Mapping[str, Path]) -> None:
    assert 60_000 > reports["simulate"].stat().st_size
    assert 120_000 > max(path.stat().st_size for path in reports.values())


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
    text = simulate(tmp_path, "--snapshot", "live.json", "--format", "html", "--title", "<i>Second</i> wave")
    assert f'{shown}, <code class="id">{shown}</code>' in text
    assert "<h1>&lt;i&gt;Second&lt;/i&gt; wave</h1>" in text
    outline = Outline(text)
    assert (1, 0, 0) == tuple(len(outline.all(tag)) for tag in ("script", "img", "i"))


def test_it_does_not_tell_where_files_are_on_this_machine(tmp_path: Path) -> None:
    folder, away = tmp_path / "contoso", tmp_path / "away"
    shutil.copytree(EXAMPLE, folder)
    away.mkdir()
    (folder / "live.json").rename(away / "live.json")
    text = simulate(folder, "--snapshot", str(away / "live.json"), "--format", "html")
    assert "<dd>live.json, taken " in text
    assert str(tmp_path) not in text


def test_with_all_devices_each_move_has_its_rows() -> None:
    text = simulate(EXAMPLE, "--full", "--format", "html")
    assert 152 == text.partition('<section id="people"')[2].partition("</section>")[0].count("<tr") - 1
    assert '<a href="#people-stays-allowed">99 devices</a>' in text
    assert "live and desired. A number leads to its devices.</figcaption>" in text


def test_flows_that_stay_lead_nowhere_unless_their_devices_are_listed(reports: Mapping[str, Path]) -> None:
    text = reports["simulate"].read_text(encoding="utf-8")
    assert "The number of a change leads to its devices; <code>--full</code> lists the others.</figcaption>" in text
    assert "<span>99 devices</span>" in text
    links = [str(each["href"]) for each in Outline(text).all("a")]
    assert [] == [link for link in links if "-stays-" in link or link.startswith("#kinds-")]
    assert "#people-allowed-to-blocked" in links


def test_what_rules_give_is_by_kind_of_device(reports: Mapping[str, Path]) -> None:
    text = reports["simulate"].read_text(encoding="utf-8")
    section = text.partition('<section id="kinds"')[2].partition("</section>")[0]
    assert ">Rules and default</h2>" in section
    assert ">What rules and the default give, by kind of device; 9 of 20 kinds change</p>" in section
    assert "<summary>11 kinds without a change</summary>" in section
    assert "class" not in re.sub("<.*?>", "", section).lower()


def test_terms_are_those_of_the_report(reports: Mapping[str, Path]) -> None:
    expected = {
        "simulate": ["desired", "class", "disputed", "open"],
        "plan": ["desired", "class", "drift"],
        "why": ["desired", "disputed"],
    }
    for name, terms in expected.items():
        assert terms == re.findall(r'<dt id="word-([a-z]+)"', reports[name].read_text(encoding="utf-8"))


def test_a_plan_says_who_is_left_out_and_how_its_steps_are_counted(reports: Mapping[str, Path]) -> None:
    without, named = (reports[name].read_text(encoding="utf-8") for name in ("plan-of-classes", "plan"))
    line = '<p class="lead">Mailboxes are left out; <code>--show-people</code> names them.</p>'
    assert (True, False) == (line in without, line in named)
    assert '<section id="steps" data-rows="rows"' in without
    assert ">16 steps in 13 rows, in the order they are taken</p>" in without
    assert '<section id="steps" data-rows="steps"' in named
    assert ">16 steps, in the order they are taken</p>" in named
    assert "A number leads to its classes.</figcaption>" in without


def test_groups_are_in_it_where_they_are_asked_for(reports: Mapping[str, Path]) -> None:
    record = json.loads(simulate(EXAMPLE, "--by", "client", "--format", "json"))
    section = reports["by-client"].read_text(encoding="utf-8").split('<section id="groups"')[1].split("</section>")[0]
    assert len(record["groups"]) == section.count("<tr>") - 1
    assert '<section id="groups"' not in reports["simulate"].read_text(encoding="utf-8")


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


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_quiet_and_fits_the_screen_and_the_paper(
    browser: Browser, reports: Mapping[str, Path], name: str
) -> None:
    address = reports[name].as_uri()
    bare = Visit(browser, reports[name], java_script_enabled=False)
    assert 0 == bare.page.locator("button, input, select").count()
    words = {*bare.page.locator("body").inner_text().split()}
    bare.page.context.close()
    visit = Visit(browser, reports[name])
    assert set() == {word for word in visit.page.locator("body").inner_text().split() if "@" in word} - words
    for width in (1600, 1280, 1024, 800, 600, 390, 320) if name == "simulate" else (1280, 800, 390, 320):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert width == visit.page.evaluate("document.documentElement.scrollWidth")
    visit.page.emulate_media(media="print")
    visit.page.set_viewport_size({"width": 690, "height": 900})  # A4 without its margins
    assert 0 == visit.page.locator(".filters:visible, .shown:visible, nav:visible").count()
    assert 690 == visit.page.evaluate("document.documentElement.scrollWidth")
    assert 0 < visit.page.pdf(format="A4").count(b"/Type /Page\n") <= 6
    assert ([], [address]) == (visit.complaints, [url for url in visit.requests if url != "data:,"])
    visit.page.context.close()


def test_all_is_there_without_scripts(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report, java_script_enabled=False)
    words = visit.page.locator("body").inner_text()
    for text in (
        "for 18 of 152 devices",
        "7\nlose access",
        "viktor.petrov@contoso.com",
        "disputed",
        "Not decided here",
    ):
        assert text in words
    assert 18 == len([cell for cell in visit.column("people", 0) if "@contoso.com" in cell])


def test_columns_sort_by_their_heads(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    before = visit.column("people", 0)
    assert "descending" == (visit.sort("people", "Mailbox"), visit.sort("people", "Mailbox"))[1]
    assert sorted(before, reverse=True) == visit.column("people", 0)
    assert "ascending" == visit.sort("kinds", "Devices")
    first = "#kinds .wide >> nth=0 >> tbody tr > :nth-child(2)"
    numbers = [int(cell) for cell in visit.page.locator(first).all_inner_texts()]
    assert sorted(numbers) == numbers
    assert 1 < len(set(numbers))
    visit.page.locator("#kinds thead button").first.focus()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    assert sorted(numbers, reverse=True) == [int(cell) for cell in visit.page.locator(first).all_inner_texts()]
    assert [] == visit.complaints


WIDTHS = """() => [...document.querySelectorAll("#people th[scope=col]")].map((head) => head.offsetWidth)"""


def test_rows_can_be_filtered_and_columns_stay(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    people = visit.page.locator("#people")
    widths = visit.page.evaluate(WIDTHS)
    people.get_by_label("Mailbox or device").fill("JOHN.DOE")
    assert ["john.doe@contoso.com"] * 2 == people.locator("tbody tr:visible th").all_inner_texts()
    assert "2 of 18 devices" == people.get_by_role("status").inner_text()
    people.get_by_label("State").select_option("Loses access")
    assert "1 of 18 devices" == people.get_by_role("status").inner_text()
    people.get_by_label("Mailbox or device").fill("nobody")
    assert "0 of 18 devices" == people.get_by_role("status").inner_text()
    assert widths == visit.page.evaluate(WIDTHS)
    people.get_by_role("button", name="Show all").click()
    assert "18 of 18 devices" == people.get_by_role("status").inner_text()
    labels = people.get_by_label("State").locator("option").all_inner_texts()
    assert ["Any (18)", "Changes between other states (3)", "Gains access (8)", "Loses access (7)"] == labels[:4]
    assert people.get_by_label("Class").locator("option").count() > 4
    top = [visit.page.locator(f"#people > {each}").first.bounding_box() for each in ("h2", ".caption", ".filters")]
    assert sorted(box["y"] for box in top if box) == [box["y"] for box in top if box]


@pytest.mark.parametrize(
    ("name", "scripts"), [("simulate", True), ("simulate", False), ("plan", False)], ids=["scripts", "bare", "plan"]
)
def test_each_flow_and_number_leads_to_its_devices(
    browser: Browser, reports: Mapping[str, Path], name: str, scripts: bool
) -> None:
    visit = Visit(browser, reports[name], java_script_enabled=scripts)
    links = visit.page.locator(".moves a, .numbers a, svg a")
    numbers = visit.page.locator(".moves a, .numbers a").evaluate_all(
        "links => links.map((link) => [link.getAttribute('href'), parseInt(link.textContent)])"
    )
    assert links.count() > len(numbers) > 6
    for address, number in numbers:
        if not address.startswith("#people-"):
            continue
        visit.page.locator(f".moves a[href='{address}'], .numbers a[href='{address}']").first.click()
        expect(visit.page.locator("#people tbody tr:visible"), address).to_have_count(number)
    assert {address for address, _ in numbers} >= {
        f"#people-{each}" for each in ("loses-access", "gains-access", "allowed-to-blocked", "quarantined-to-allowed")
    }
    visit.page.get_by_text("Show all").locator("visible=true").click()
    expect(visit.page.locator("#people tbody tr:visible")).to_have_count(18)


def test_a_flow_is_followed_by_keyboard(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    visit.page.locator(".moves a[href='#people-allowed-to-blocked']").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#people h2")).to_be_focused()
    expect(visit.page.locator("#people").get_by_label("State")).to_have_value("Allowed to Blocked")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator("#people").get_by_label("State")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_long_table_is_folded(browser: Browser, long_report: Path, scripts: bool) -> None:
    visit = Visit(browser, long_report, java_script_enabled=scripts)
    assert (200, 451) == tuple(
        visit.page.locator(f"#kinds tbody {each}").count() for each in ("tr:visible", "tr:not(#none)")
    )
    visit.page.get_by_text("251 more rows").click()
    assert 451 == visit.page.locator("#kinds tbody tr:visible").count()


def test_a_folded_table_sorts_and_filters_as_one(browser: Browser, long_report: Path) -> None:
    visit = Visit(browser, long_report)
    assert "ascending" == visit.sort("kinds", "Kind of device")
    names = ["any other device", *(f"DeviceType Kind {number}" for number in range(450))]
    assert names == visit.page.locator("#kinds tbody th").all_text_contents()
    assert "descending" == visit.sort("kinds", "Kind of device")
    assert names[::-1] == visit.page.locator("#kinds tbody th").all_text_contents()
    assert [200, 251] == [table.locator("tbody tr").count() for table in visit.page.locator("#kinds table").all()]
    visit.page.get_by_label("Kind of device", exact=True).fill("Kind 1")
    assert 111 == visit.page.locator("#kinds tbody tr:visible").count()
    assert "111 of 451 kinds" == visit.page.locator("#kinds [role=status]").inner_text()


Look: TypeAlias = "tuple[int, Literal['light', 'dark']]"
WIDE: Look = (1280, "light")
NARROW: Look = (390, "dark")
EVERY_LOOK: Sequence[Look] = (WIDE, (1280, "dark"), (390, "light"), NARROW)
LOOKS: Mapping[str, Sequence[Look]] = (
    dict.fromkeys(REPORTS, EVERY_LOOK)
    if THOROUGH
    else {"simulate": (WIDE, NARROW), "refused": (NARROW,), "why": (WIDE,), "exemptions": (NARROW,), "pack": (WIDE,)}
)
FEW_ROWS = """() => {
  for (const body of document.querySelectorAll("tbody")) for (const row of [...body.rows].slice(5)) row.remove();
  for (const section of [...document.querySelectorAll("section[id^=device-]")].slice(2)) section.remove();
}"""
"""Leaves of each table what its other rows are like: the time that a check takes goes with their number."""


@pytest.mark.parametrize("name", LOOKS)
def test_it_is_accessible(browser: Browser, reports: Mapping[str, Path], name: str) -> None:
    visit = Visit(browser, reports[name])
    if not THOROUGH:
        visit.page.evaluate(FEW_ROWS)
    for width, scheme in LOOKS[name]:
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(visit.page, options={"runOnly": STANDARDS}).response
        assert [] == [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
        assert {"color-contrast", "region", "heading-order"} <= {each["id"] for each in found["passes"]}
    visit.page.context.close()


LABELS = """() => {
  const inside = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const boxes = (name) => [...document.querySelectorAll(name)].map((each) => each.getBoundingClientRect());
  const labels = boxes("svg text");
  return {labels: labels.length, outside: labels.filter((each) => each.left < 0 || each.right > innerWidth).length,
    over: labels.filter((each) => boxes("svg .band, svg rect").some((band) => inside(each, band))).length,
    together: labels.filter((each, place) => labels.some((other, at) => at > place && inside(each, other))).length};
}"""


@pytest.mark.parametrize("name", ["simulate", "plan"])
def test_no_label_of_the_picture_is_over_another_thing(
    browser: Browser, reports: Mapping[str, Path], name: str
) -> None:
    visit = Visit(browser, reports[name])
    for width in (1280, 390, 320):
        visit.page.set_viewport_size({"width": width, "height": 900})
        found = visit.page.evaluate(LABELS)
        assert found.pop("labels") > 5
        assert {"outside": 0, "over": 0, "together": 0} == found


ARROWS = """() => [...document.querySelectorAll(".to")].filter((each) => each.offsetParent !== null
  && each.getClientRects().length > 1).length"""


def test_an_arrow_stays_with_its_state(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report)
    for width in (1280, 800, 390, 320):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert 0 == visit.page.evaluate(ARROWS)
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    left = "cells => [...new Set(cells.map((cell) => cell.getBoundingClientRect().left))].length"
    assert 1 == visit.page.locator("#kinds .to .state").locator("visible=true").evaluate_all(left)


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
