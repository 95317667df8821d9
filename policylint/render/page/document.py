"""The skeleton of every report: what forbids a network, the head with the answer, the contents, the sections."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from policylint.escape import ascii_html, to_html
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.render.page.script import SCRIPT
from policylint.render.page.styles import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.render.facts import Facts

_CODE = regex("`([^`]+)`")


class Number(NamedTuple):
    """A number of the answer, what it counts, its color (`bad`, `good` or none), and the address of what is counted."""

    number: int
    words: str
    tone: str = ""
    address: str = ""


class Head(NamedTuple):
    """What is at the top: the kind of report, the answer, who and when; texts, `above` and `beside` are HTML.

    `above` is read before the answer, `lead` after it; `notes` are what else must not be overlooked. `beside` is a
    picture, which is beside the rest where the screen is wide. Where there is a `brief`, numbers and facts are folded
    behind these words.
    """

    kind: str
    answer: str
    facts: Facts
    numbers: tuple[Number, ...] = ()
    lead: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    above: str = ""
    beside: str = ""
    title: str = ""
    brief: str = ""


class Section(NamedTuple):
    """A part of a page: its anchor, its heading, its HTML, and the styles and the script that are its own.

    `listed` says whether the contents name it.
    """

    name: str
    title: str
    html: str
    styles: str = ""
    listed: bool = True
    script: str = ""


def plain_section(name: str, title: str, html: str) -> Section:
    """Return a section without a table."""
    return Section(name, title, f'<section id="{name}">\n<h2>{to_html(title)}</h2>\n{html}</section>\n')


def document(head: Head, sections: Sequence[Section]) -> str:
    """Return the page, all ASCII."""
    styles = STYLES + "".join(each.styles for each in sections)
    script = SCRIPT + "".join(each.script for each in sections)
    policy = f"default-src 'none'; style-src '{_hash(styles)}'; script-src '{_hash(script)}'; img-src data:"
    links = [f'<li><a href="#{each.name}">{to_html(each.title)}</a></li>' for each in sections if each.listed]
    contents = f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>\n' if len(links) > 1 else ""
    whose = head.facts.organization or head.facts.tenant
    title = ": ".join(filter(None, (f"{head.kind}, {whose}" if whose else head.kind, head.title or head.answer)))
    return ascii_html(
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{to_html(title)}</title>\n<style>{styles}</style>\n</head>\n<body>\n"
        f"<header>\n{''.join(_head(head))}</header>\n{contents}<main>\n"
        + "".join(each.html for each in sections)
        + f"</main>\n<footer><p>Made by policylint {to_html(head.facts.tool)}. Access is computed from settings, in the"
        f" order that Microsoft documents.</p></footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def with_code(text: str) -> str:
    """Return a text as HTML, what is between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", to_html(text))


def listing(texts: Iterable[str]) -> str:
    """Return texts as HTML, as a list where there are several."""
    found = list(texts)
    return bullets(found) if len(found) > 1 else "".join(map(to_html, found))


def bullets(texts: Iterable[str]) -> str:
    """Return texts as a list."""
    return f"<ul>{''.join(f'<li>{to_html(each)}</li>' for each in texts)}</ul>\n"


def _head(head: Head) -> Iterator[str]:
    whose = "".join(f"<li>{_timed(each, head.facts.taken_at)}</li>" for each in head.facts.brief())
    yield f'<p class="kind">{to_html(head.kind)}</p>\n<ul class="whose">{whose}</ul>\n{head.above}'
    yield f"<h1>{to_html(head.title or head.answer)}</h1>\n"
    lead = (head.answer, *head.lead) if head.title else head.lead
    yield from (f'<p class="lead">{with_code(each)}</p>\n' for each in lead)
    yield '<div class="top">\n<div>\n'
    if head.brief:
        yield f"<details>\n<summary>{to_html(head.brief)}</summary>\n"
    if head.numbers:
        yield f'<ul class="numbers">{"".join(map(_number, head.numbers))}</ul>\n'
    facts = ((name, text, head.facts.taken_at) for name, text in head.facts.rows())
    yield f'<dl class="facts">{"".join(_fact(*each) for each in facts)}</dl>\n'
    if head.brief:
        yield "</details>\n"
    yield from (f'<p class="note">{to_html(each)}</p>\n' for each in head.notes)
    yield f"</div>\n{head.beside}</div>\n"


def _number(number: Number) -> str:
    words = f"<b>{number.number:,}</b> {to_html(number.words)}"
    inner = f'<a href="#{number.address}">{words}</a>' if number.address else f"<span>{words}</span>"
    return f'<li class="{number.tone}">{inner}</li>' if number.tone else f"<li>{inner}</li>"


def _fact(name: str, text: str, taken_at: str) -> str:
    shown = _timed(text, taken_at) if name == "Live state" else to_html(text)
    return f"<div><dt>{to_html(name)}</dt><dd>{shown}</dd></div>\n"


def _timed(text: str, taken_at: str) -> str:
    """Return a text, with when live state was read as a moment that programs know."""
    shown, time = to_html(text), to_html(taken_at)
    return shown.replace(time, f'<time datetime="{time}">{time}</time>', 1) if taken_at else shown


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
