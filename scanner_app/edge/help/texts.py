"""The pages of `docs/` as help: written in Markdown, read once, sent as pages with an index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from scanner_app.domain.help import HELP_PAGES, help_href

FOLDER = Path(__file__).parents[3] / "docs"
MAX_EXCERPT = 160
_NOT_WORD = re.compile(r"[^\w\- ]+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class HelpSection:
    """One part of a page, below a heading.

    :param words: all that it says, in lower case, for the search.
    """

    anchor: str
    title: str
    excerpt: str
    words: str


@dataclass(frozen=True, slots=True)
class HelpPage:
    name: str
    title: str
    html: Markup
    sections: tuple[HelpSection, ...]

    def narrow(self, query: str) -> tuple[HelpSection, ...]:
        """Return the sections that have every word of a query; all if it is empty."""
        words = query.lower().split()
        return tuple(one for one in self.sections if all(word in one.words for word in words))


@lru_cache(maxsize=1)
def load_help() -> dict[str, HelpPage]:
    """Return the pages that are installed, by name. A page that is not installed is left out."""
    texts = {name: FOLDER / f"{name}.md" for name in HELP_PAGES}
    return {
        name: _make_page(name, path.read_text(encoding="utf-8"))
        for name, path in texts.items()
        if path.is_file()
    }


def make_anchor(title: str) -> str:
    """Return the id of a heading, as code hosting sites make it."""
    return _NOT_WORD.sub("", title.lower()).strip().replace(" ", "-")


def _make_page(name: str, text: str) -> HelpPage:
    # Pictures and pages that are not shipped would be broken, so their links become plain words.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = markdown.parse(text)
    title, sections = name, list[HelpSection]()
    heading, said = "", list[str]()

    def close() -> None:
        words = _SPACE.sub(" ", " ".join(said)).strip()
        excerpt = (
            words if len(words) <= MAX_EXCERPT else words[:MAX_EXCERPT].rsplit(" ", 1)[0] + " …"
        )
        anchor = make_anchor(heading) if heading != title else ""
        sections.append(HelpSection(anchor, heading, excerpt, f"{title} {heading} {words}".lower()))

    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            new = _plain(tokens[at + 1])
            if heading:
                close()
            heading, said = new, []
            if token.tag == "h1":
                title = new
            token.attrSet("id", make_anchor(new))
        elif token.type == "inline":
            _keep_links(token.children or [])
            if tokens[at - 1].type != "heading_open":
                said.append(_plain(token))
        elif token.type in {"fence", "code_block"}:
            said.append(token.content)
            token.attrSet("tabindex", "0")
    close()
    html = markdown.renderer.render(tokens, markdown.options, {})
    # A wide table scrolls in its own box, which a keyboard reaches.
    html = html.replace("<table>", '<div class="table-box" tabindex="0" role="group"><table>')
    html = html.replace("</table>", "</table></div>")
    html = html.replace("<th></th>", "<td></td>")  # the corner of a table heads nothing
    return HelpPage(name, title, Markup(html), tuple(sections))  # noqa: S704 - our own texts, with HTML off


def _plain(token: Token) -> str:
    return "".join(child.content or " " for child in token.children or [] if child.type != "image")


def _keep_links(children: Sequence[Token]) -> None:
    """Lead links between pages to the pages here, and leave out those that lead nowhere here."""
    is_kept = True
    for child in children:
        if child.type == "link_open":
            href = str(child.attrGet("href") or "")
            target = _find_target(href)
            is_kept = bool(target)
            if is_kept:
                child.attrSet("href", target)
                if target.startswith("http"):
                    child.attrSet("rel", "noreferrer")
            else:
                child.type, child.tag, child.attrs, child.nesting = "text", "", {}, 0
        elif child.type == "link_close" and not is_kept:
            child.type, child.tag, child.nesting = "text", "", 0
            is_kept = True


def _find_target(href: str) -> str:
    if href.startswith(("https://", "http://", "#")):
        return href
    page, _, section = href.partition("#")
    name = page.removesuffix(".md")
    if name not in HELP_PAGES or not page.endswith(".md"):
        return ""
    return help_href(name, section)
