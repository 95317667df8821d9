"""The help-desk page in a real browser: it finds who is asked for, and shows what `why` says, without a network."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from click.testing import CliRunner

from policylint.cli.main import main
from tests.browser.test_report import EXAMPLE, STANDARDS, Visit
from tests.help_desk import cards

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


MADE = 1795240800
TAKEN = "2026-11-20T06:00:00Z"
JOHN, PHONE = "john.doe@contoso.com", "SEC0438184C9BE2A"
EVERY = """async (names) => {
  const found = [];
  for (const name of names) {
    location.hash = "#" + encodeURIComponent(name);
    await new Promise((done) => addEventListener("hashchange", done, {once: true}));
    found.push([document.querySelector("#results h2").textContent, [...document.querySelectorAll("#results > p")]
      .map((line) => line.textContent), [...document.querySelectorAll(".device")].map((card) => ({
        head: card.querySelector("h3").textContent,
        sentence: card.querySelector(".because").textContent,
        small: card.querySelector(".small").textContent,
        blocks: [...card.querySelectorAll("h4, summary")].slice(1).map((head) => [head.textContent,
          [...(head.nextElementSibling?.matches("ol, ul") ? head.nextElementSibling.children : [])].map((item) =>
            [item.firstChild.textContent, [...item.querySelectorAll("li")].map((line) => line.textContent)])]),
      }))]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def help_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the shipped example."""
    folder = tmp_path_factory.mktemp("desk")
    with mock.patch.dict("os.environ", {"SOURCE_DATE_EPOCH": str(MADE)}), pytest.MonkeyPatch.context() as patch:
        patch.chdir(EXAMPLE)
        done = CliRunner().invoke(main, ["report", "helpdesk", "-o", str(folder)])
    assert 0 == done.exit_code, done.output
    return folder / "index.html"


class Desk(Visit):
    """The page, ready to be asked."""

    def __init__(self, browser: Browser, path: Path, asked: str = "", **context: Any) -> None:
        super().__init__(browser, path, **context)
        if asked:
            self.page.goto(f"{path.as_uri()}#{asked}")
        self.page.wait_for_selector("body[data-ready]")

    def ask(self, text: str) -> str:
        """Type a text, and return what is shown."""
        self.page.get_by_label("Name, address or device ID").fill(text)
        return self.page.locator("#search").inner_text()


def test_every_mailbox_shows_the_data_of_the_page(browser: Browser, help_desk: Path) -> None:
    expected = cards(help_desk.read_text(encoding="ascii"))
    desk = Desk(browser, help_desk)
    shown = desk.page.evaluate(EVERY, list(expected))
    for (name, devices), (title, lines, found) in zip(expected.items(), shown, strict=True):
        assert name == title
        if "none" in devices[0]:
            assert f"No device of this mailbox is known: {devices[0]['none']}." in lines
            continue
        for device, card in zip(devices, found, strict=True):
            state = device["state"] or "Not decided here"
            assert f"{state} {device['kind'][0]}, {device['id'] or 'no ID'}" == card["head"]
            assert f"{device['sentence']}." == card["sentence"]
            last = f"last synced {device['last']}" if device["last"] else "last sync not read"
            reported = [f"Exchange reports {device['kind'][2]}"] if device["kind"][2] else []
            assert "; ".join([last, *reported, device["kind"][1]]) == card["small"]
            blocks = [[head, [[text, lines] for text, lines in items]] for head, items in device["blocks"].items()]
            assert blocks == card["blocks"]
    assert [] == desk.complaints
    assert {help_desk.as_uri(), "data:,"} >= {url.partition("#")[0] for url in desk.requests}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("john.doe", "iPhone14C5"),
        ("DOE@CONTOSO", "SM-G981B"),
        (JOHN, "The device is on the blocked list of the mailbox"),
        (PHONE, "1 of 4 devices: show all"),
        ("john doe", "iPhone14C5"),
        ("Doe, John", "iPhone14C5"),
        ("lars_eriksen", "lars.eriksen@contoso.com"),
        ("Lars Eriksen", "1 mailbox found by name"),
        ("tomas novak", "tomas.novak@contoso.com"),
        ("NOVA\u0301K TOM\u00c1\u0160", "1 mailbox found by name"),
        ("john nobody", "Nothing found"),
        ("...", "Nothing found"),
        ("sec0438 184c-9be2a", "1 of 4 devices: show all"),
        (f"john.doe\\ExchangeActiveSyncDevices\\EAS\u00a7Android\u00a7{PHONE}", "1 of 4 devices: show all"),
        ("0438184c", "1 device found by ID"),
        ("nobody.here", "Nothing found"),
    ],
)
def test_it_finds_names_and_devices(browser: Browser, help_desk: Path, asked: str, shown: str) -> None:
    desk = Desk(browser, help_desk)
    assert shown in desk.ask(asked)


def test_several_mailboxes_are_a_list_that_keys_open(browser: Browser, help_desk: Path) -> None:
    desk = Desk(browser, help_desk)
    assert "3 mailboxes found by name" in desk.ask("jo")
    assert 0 == desk.page.locator(".device").count()
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".device")
    assert JOHN == desk.page.locator("#results h2").inner_text()
    desk.page.go_back()
    desk.ask("jo")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".device")
    assert JOHN == desk.page.locator("#results h2").inner_text()


@pytest.mark.parametrize(
    ("taken", "hours", "warning"),
    [
        (TAKEN, 24, ""),
        (TAKEN, 36, "Live state is 36 hours old. "),
        (TAKEN, 24 * 9, "Live state is 9 days old. "),
        ("", 24, ""),
        ("", 24 * 4, "Nobody knows how old live state is; this page is 3 days old. "),
    ],
)
def test_old_live_state_says_so(
    browser: Browser, help_desk: Path, tmp_path: Path, taken: str, hours: int, warning: str
) -> None:
    """The page is made a day after live state was taken; `hours` are since then."""
    path = tmp_path / "index.html"
    text = help_desk.read_text(encoding="ascii")
    assert f'"taken": "{TAKEN}"' in text
    path.write_text(text.replace(f'"taken": "{TAKEN}"', f'"taken": "{taken}"'), encoding="ascii")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.clock.set_fixed_time(datetime.fromisoformat(TAKEN) + timedelta(hours=hours))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-ready]")
    shown = page.get_by_role("alert")
    assert bool(warning) == shown.is_visible()
    assert not warning or shown.inner_text().startswith(f"{warning}Access may have changed: ")


def test_without_scripts_it_says_what_it_needs(browser: Browser, help_desk: Path) -> None:
    visit = Visit(browser, help_desk, java_script_enabled=False)
    words = visit.page.locator("body").inner_text()
    assert "This page needs JavaScript" in words
    assert "62 mailboxes with 152 devices" in words
    assert 0 == visit.page.locator("input:visible").count()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_an_answer_is_accessible_and_fits(browser: Browser, help_desk: Path, width: int, scheme: str) -> None:
    desk = Desk(browser, help_desk, JOHN, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = Axe().run(desk.page, options={"runOnly": STANDARDS}).response
    assert [] == [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
    assert width == desk.page.evaluate("document.documentElement.scrollWidth")
    assert re.match(r"Why does", desk.page.locator("h1").inner_text())
