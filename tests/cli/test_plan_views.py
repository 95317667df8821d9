"""A plan as Markdown and HTML, and a saved plan shown again."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from policylint.cli.plan_views import ShownPlan
from policylint.cli.view_options import ViewOptions
from tests.plans import rich_plan
from tests.texts import TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW, LATER = "1795165200", "2895165200"
"""2026-11-20T09:00:00Z, and years later."""
HEAD = "16 steps: 8 newly allowed, 5 newly quarantined, 5 newly blocked in 16 mailboxes"


def out(folder: Folder, *arguments: str, code: int = 0, now: str = NOW) -> str:
    done = folder.run(*arguments, SOURCE_DATE_EPOCH=now)
    assert code == done.returncode, done.stderr
    return done.stdout


def test_a_saved_plan_is_shown_as_it_was_made(example: Folder) -> None:
    """Each format says the same of the file as of the plan, but for when that is."""
    made = {form: out(example, "plan", "--out", "plan.json", "--format", form) for form in ("json", "markdown", "html")}
    for form, text in made.items():
        assert text == out(example, "show", "plan", "plan.json", "--format", form)
    text = out(example, "show", "plan", "plan.json")
    assert text + "\n" == out(example, "plan", "--out", "plan.json").rpartition("live state: ")[0]
    assert f"  fingerprint {json.loads(made['json'])['fingerprint']}\n" in text
    piped = example.pipe(
        (example.path / "plan.json").read_text(encoding="utf-8"), "show", "plan", "-", SOURCE_DATE_EPOCH=NOW
    )
    assert text == piped.stdout


@pytest.mark.parametrize(("file", "given", "command"), [
    (None, [], "policylint plan --full"),
    (None, [("env", "test"), ("base", "origin/main")], "policylint plan --full --env test --base origin/main"),
    (None, [("base", "a\"b")], "policylint plan --full --base ..."),
    ("plan.json", [("base", "main")], "policylint show plan plan.json --full"),
    ("<stdin>", [], "policylint show plan FILE --full"),
])  # fmt: skip
def test_the_command_that_shows_all_is_about_the_same_plan(
    file: str | None, given: list[tuple[str, str]], command: str
) -> None:
    assert command == ShownPlan(rich_plan(), STORE, ViewOptions(), TODAY, file, given).command


def test_the_verdict_is_first_and_nobody_is_named(example: Folder) -> None:
    markdown = out(example, "plan", "--format", "markdown")
    html = out(example, "plan", "--format", "html")
    assert markdown.startswith(f"### {HEAD}\n\n**7 devices lose access, 8 gain it, 3 change between other states")
    assert "<h1>7 devices lose access, 8 gain it, 3 change between other states; 152 devices in all</h1>" in html
    assert f'<p class="lead">{HEAD}</p>' in html
    live = (example.path / "live.json").read_text(encoding="utf-8")
    names = {*re.findall(r'"(?:DeviceId|PrimarySmtpAddress|owner|mailbox)": ?"([^"]+)"', live)}
    assert 200 < len(names)
    for text in (markdown, html):
        shown = unescape(text).replace("\u200b", "")
        assert [] == [name for name in names if name in shown]
        assert "@" not in shown.replace("@media", "").replace("@page", "")
    named = out(example, "plan", "--format", "markdown", "--show-people")
    assert "<code>john.doe&#64;contoso.com</code> | <code>SEC0438184C9BE2A</code>" in named
    assert "john.doe@contoso.com</th>" in out(example, "plan", "--format", "html", "--show-people")


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_an_expired_or_refused_plan_is_shown_with_a_word(example: Folder, form: str) -> None:
    config = example.path / "policylint.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("max-newly-denied: 25 ", "max-newly-denied: 5 "), encoding="utf-8")
    out(example, "plan", "--out", "plan.json", code=1)
    shown = out(example, "show", "plan", "plan.json", "--format", form, now=LATER)
    assert "1 refusal, no script" in shown
    assert "7 devices would lose access, the limit is 5" in shown
    assert "expired " in shown
    assert "days ago: export live state and make the plan again" in shown


def test_a_comment_has_a_largest_size(example: Folder) -> None:
    policy = example.path / "policy" / "many.yaml"
    rules = (f"- {{Characteristic: DeviceModel, QueryString: Model {n}, AccessLevel: Allow}}\n" for n in range(600))
    policy.write_text("deviceAccessRules:\n" + "".join(rules), encoding="utf-8")
    small = out(example, "plan", "--out", "plan.json", "--format", "markdown", "--max-size", "32000")
    large = out(example, "show", "plan", "plan.json", "--format", "markdown")
    assert len(small) <= 32_000 < len(large) <= 65_536
    for text in (small, large):
        assert "more steps; <code>policylint show plan plan.json --full</code> shows all." in text


WRONG = (
    (("plan", "--show-people"), "--show-people is for Markdown and HTML"),
    (("plan", "--format", "html", "--max-size", "40000"), "--max-size is for Markdown"),
    (("plan", "--format", "markdown", "--max-size", "100"), "100 is not in the range x>=32000"),
    (("show", "rules", "--format", "markdown"), "`policylint show rules` has no Markdown and no HTML"),
    (("show", "rules", "--show-people"), "`policylint show rules` has no Markdown and no HTML"),
    (("show", "plan"), "name the file of a plan"),
)


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_an_option_that_means_nothing_is_refused(example: Folder, arguments: tuple[str, ...], message: str) -> None:
    done = example.run(*arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert message in done.stderr


def test_what_is_no_plan_is_not_shown(example: Folder) -> None:
    done = example.run("show", "plan", "live.json", "--format", "html")
    assert (4, "") == (done.returncode, done.stdout)
    assert "live.json: not a plan" in done.stderr
