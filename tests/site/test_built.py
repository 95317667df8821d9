"""The documentation site as it is built and published: its links, and what a browser shows of it."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from filelock import FileLock
from lxml import html  # type: ignore[import-untyped]

from tests.browser.test_report import STANDARDS
from tools.site import versions
from tools.site.source import source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

VERSION = "v9.9.9"
PLAIN = {"btsc.webapps.blackberry.com", "help.outlook.com", "unifiedpeople.ru"}
"""The hosts of old sources that were only ever published without encryption."""
PAGES = ("index.html", "how-to/approve-one-phone.html", "rules/quarantine-without-admin-recipients.html")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a published folder with this version and an earlier one, which is built once, whoever runs the tests."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared if worker_id == "master" else shared.parent) / "site"
    with FileLock(f"{folder}.lock"):
        if not (folder / "versions.json").exists():
            earlier = folder / "v0.0.1"
            earlier.mkdir(parents=True, exist_ok=True)
            for name in ("index.html", "import.html"):
                (earlier / name).write_text(f'<!doctype html><html lang="en"><title>{name}</title></html>', "utf-8")
            versions.publish(folder, VERSION)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def address(published: Path) -> Iterator[str]:
    """Serve the published folder, and return where."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=published)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(published: Path) -> None:
    trees = {path: html.parse(path).getroot() for path in published.rglob("*.html")}
    ids = {path: {*tree.xpath("//@id"), ""} for path, tree in trees.items()}
    assert len(trees) > 300
    wrong = []
    for path, tree in trees.items():
        sources = [(each, "srcset", each.get("srcset"), 0) for each in tree.iter("source")]
        for element, attribute, link, _ in (*tree.iterlinks(), *sources):
            parts = urlsplit(link)
            is_link = (element.tag, attribute) == ("a", "href")
            if parts.scheme or parts.netloc:
                wrong += [(path, link)] * (
                    not is_link or (parts.scheme not in {"https", "mailto"} and parts.netloc not in PLAIN)
                )
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            fragment = unquote(parts.fragment)
            if not to.exists() or (fragment and to in ids and fragment not in ids[to]):
                wrong.append((path, link))
    assert [] == wrong
    styles = "".join(path.read_text(encoding="utf-8") for path in published.rglob("*.css"))
    assert [] == re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*", styles)


def test_headings_have_the_anchors_that_they_have_on_the_forge(published: Path) -> None:
    missing = []
    for target, text in source(VERSION).items():
        ids = html.parse(published / VERSION / target.replace(".md", ".html")).getroot().xpath("//@id")
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE):
            anchor = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            missing += [] if anchor in ids else [(target, anchor)]
    assert [] == missing


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_well_on_a_desk_and_a_phone_by_day_and_by_night(
    browser: Browser, address: str, name: str
) -> None:
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{VERSION}/{name}")
    found = []
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, scheme)
        if (width, scheme) in {(1280, "dark"), (390, "light")}:
            continue  # colors do not depend on the width, nor what is shown on the colors
        result = Axe().run(page, options={"runOnly": STANDARDS})
        found += [
            (width, scheme, each["id"], each["nodes"][0]["html"])
            for each in result.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
    assert [] == found
    assert [] == said
    assert {urlsplit(address).netloc} == {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    page.close()


def test_a_search_leads_to_a_page_and_another_version_can_be_chosen(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/latest/import.html#options")
    page.wait_for_url(f"{address}/{VERSION}/import.html#options")
    page.fill("input[name=q]", "quarantine")
    page.press("input[name=q]", "Enter")
    page.click("ul.search a >> nth=0")
    page.wait_for_load_state()
    assert "quarantine" in page.inner_text("main, article").lower()
    page.goto(f"{address}/{VERSION}/import.html")
    page.wait_for_function("document.querySelectorAll('#site-version option').length === 2")
    page.select_option("#site-version", "v0.0.1")
    page.wait_for_url(f"{address}/v0.0.1/import.html")
    page.close()
