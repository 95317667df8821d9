"""The navigation, the links and the versions of the documentation site, without building it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policylint.documentation import HOME
from tools.site import versions
from tools.site.links import Links, prose, rewritten, without_markers
from tools.site.llms import llms_full, llms_index
from tools.site.pages import Page, navigation, sections
from tools.site.source import source, trees

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "README.md": "# Contoso\n\nWhat it is.\n",
    "docs/how-to/b.md": "# Unblock 2 phones\n\n> quoted\n\nThe `first` sentence: all of it. The second.\n",
    "docs/how-to/a.md": "# Unblock 10 phones\n",
    "docs/plan.md": "# Plans\n",
}
LISTED = [
    {"title": "Start", "pages": ["README.md"]},
    {"title": "How-to", "pages": ["docs/plan.md", "docs/how-to/*.md"]},
]


def page(target: str, source: str = "") -> Page:
    return Page(source or f"docs/{target}", target, "")


def test_every_page_is_in_the_navigation() -> None:
    assert [section.title for section in sections()] == ["Start", "How-to", "Understand", "Reference", "Project"]


def test_a_new_page_of_a_folder_appears_by_its_title_after_those_that_are_listed() -> None:
    start, how_to = navigation(LISTED, FILES)
    assert ["index.md"] == [each.target for each in start.pages]
    assert ["plan.md", "how-to/b.md", "how-to/a.md"] == [each.target for each in how_to.pages]


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (LISTED[:1], "in no section of navigation.yaml: docs/how-to/b.md"),
        ([*LISTED, {"title": "More", "pages": ["docs/gone.md"]}], "no page, or there twice: docs/gone.md"),
        ([*LISTED, {"title": "More", "pages": ["README.md"]}], "no page, or there twice: README.md"),
    ],
    ids=["nowhere", "gone", "twice"],
)
def test_a_page_that_is_nowhere_gone_or_twice_is_an_error(listed: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        navigation(listed, FILES)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("[a](plan.md#order)", "[a](../plan.md#order)"),
        ("[a](../README.md)", "[a](../index.md)"),
        ("[a](#here)", "[a](#here)"),
        ("[a](rules.md#some-rule)", "[a](../rules/some-rule.md)"),
        ("[a](rules.md#overview)", "[a](../rules.md#overview)"),
        ("![a](images/plan.svg)", "![a](../images/plan.svg)"),
        ('<source srcset="images/plan.svg"> `src="a"`', '<source srcset="../images/plan.svg"> `src="a"`'),
        ("[a](../schemas/data/x.json)", "[a](https://forge/blob/v1/schemas/data/x.json)"),
        ("[a](examples/ci)", "[a](https://forge/blob/v1/docs/examples/ci)"),
        ("[a](https://example.com/plan.md)", "[a](https://example.com/plan.md)"),
        ("`[a](plan.md)` and [b](plan.md)", "`[a](plan.md)` and [b](../plan.md)"),
        ("```yaml\n[a](plan.md)\n```\n[b](plan.md)", "```yaml\n[a](plan.md)\n```\n[b](../plan.md)"),
        ("| [a](plan.md) | [b](plan.md) |", "| [a](../plan.md) | [b](../plan.md) |"),
    ],
)
def test_links_lead_to_pages_of_the_site_or_to_files_of_the_repository(written: str, wanted: str) -> None:
    pages = {f"docs/{name}.md": f"{name}.md" for name in ("plan", "rules")} | {"docs/here.md": "folder/here.md"}
    links = Links(
        {**pages, "README.md": "index.md", "docs/images/plan.svg": "images/plan.svg"},
        {"docs/rules.md": {"some-rule": "rules/some-rule.md"}},
        "https://forge/blob/v1/",
    )
    assert wanted == rewritten(written, page("folder/here.md", "docs/here.md"), links)


def test_comments_about_outputs_are_left_out_of_prose_only() -> None:
    marker = "<!-- output: policylint plan -->\n"
    assert f"a\n```text\n{marker}```\n" == without_markers(f"{marker}a\n```text\n{marker}```\n")


def test_no_page_of_the_site_holds_a_marker() -> None:
    held: list[str] = []

    def found(line: str) -> str:
        if line.startswith("<!--"):
            held.append(line)
        return line

    for text in source("main").values():
        prose(text, found)
    assert [] == held


def test_each_rule_has_a_page_and_every_page_is_in_a_tree_or_alone() -> None:
    texts = source("v0.2.0")
    assert texts["rules/file.md"].startswith("# file\n")
    assert "](rules/file.md)" in texts["rules.md"]
    assert "](https://github.com/contoso/policylint/blob/v0.2.0/LICENSE)" in texts["index.md"]
    assert "<!-- output" not in "".join(texts.values())
    held = trees(sections(), texts)
    listed = "\n".join(text for text in held.values() if "{toctree}" in text)
    alone = {target for target, text in held.items() if "orphan: true" in text}
    assert set(texts) == {each for each in texts if f"\n/{each}\n" in listed} | alone | {"index.md"}


def test_language_models_get_an_index_and_the_whole_text() -> None:
    made = navigation([*LISTED, {"title": "Project", "pages": []}], FILES)
    text = llms_index(made, lambda page: page.target)
    assert text.startswith("# policylint\n\n> ")
    assert "- [Unblock 2 phones](how-to/b.md): The first sentence: all of it.\n" in text
    assert "- [Unblock 10 phones](how-to/a.md)\n" in text
    assert "## Optional" in text
    assert "# Plans\n" in llms_full(made, {page.target: page.text for section in made for page in section.pages})


def laid(folder: Path, *names: str) -> None:
    """Lay versions into a published folder, each with two pages, as a build does."""
    for name in names:
        (folder / name / "how-to").mkdir(parents=True)
        for file in ("index.html", "how-to/a.html", "llms.txt", "llms-full.txt"):
            text = "[A](how-to/a.html) [B](https://example.com)" if file.endswith(".txt") else name
            (folder / name / file).write_text(text, encoding="utf-8")
    versions.index(folder)


def test_the_newest_release_is_the_latest_whatever_is_laid_last(tmp_path: Path) -> None:
    laid(tmp_path, "main")
    assert '"0; url=main/index.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")
    laid(tmp_path, "v0.9.0", "v0.10.0", "v0.11.0rc1", "v0.8.1")
    record = json.loads((tmp_path / "versions.json").read_text(encoding="utf-8"))
    assert ["v0.11.0rc1", "v0.10.0", "v0.9.0", "v0.8.1", "main"] == [each["version"] for each in record]
    assert ["v0.10.0"] == [each["version"] for each in record if each["latest"]]
    assert "../../v0.10.0/how-to/a.html" in (tmp_path / "latest/how-to/a.html").read_text(encoding="utf-8")
    assert "[A](v0.10.0/how-to/a.html) [B](https://example.com)" == (tmp_path / "llms.txt").read_text(encoding="utf-8")
    assert f"{HOME}/latest/index.html" in (tmp_path / "404.html").read_text(encoding="utf-8")
    assert 5 == (tmp_path / "versions.html").read_text(encoding="utf-8").count("<li>")


@pytest.mark.parametrize("name", ["latest", "0.2.0", "../v0.2.0", "vnext"])
def test_a_version_is_a_tag_or_main(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="neither `main` nor the tag"):
        versions.publish(tmp_path, name)
    assert [] == list(tmp_path.iterdir())
