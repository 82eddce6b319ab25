"""The docs are written in plain English: words that docs/words.md and CONTRIBUTING.md retired stay out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each with what to write instead.
RETIRED = {
    r"\banew\b": "again",
    r"\bwhoever\b": "anyone who",
    r"\bwhosoever\b": "anyone who",
    r"(?<!there )\bis no (?!longer\b)\w+": "is not a",
    r"(?<!there )\bare no (?!longer\b)\w+": "are not",
    r"\b(?:is|are|was|were) told\b": "is returned, is shown",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bby so many\b": "by a number",
    r"\bgive[sn]? up one by one\b": "discard",
    r"\bof (?:its|their|one's) own\b": "separate",
}
# These show the old words beside the new ones.
QUOTES = {"docs/words.md", "CONTRIBUTING.md"}
PAGES = [
    path
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if path.relative_to(ROOT).as_posix() not in QUOTES
]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_uses_no_retired_word(page):
    text = " ".join(page.read_text().split())

    found = [
        f"{match.group()!r}: write {better!r}, in: …{text[max(match.start() - 40, 0) : match.end() + 30]}…"
        for pattern, better in RETIRED.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]

    assert found == []


# Words of the code, with those that people read instead (docs/words.md).
OF_THE_CODE = {
    r"\bheartbeats?\b": "last contact",
    r"\bwedges?\b": "keyboard scanner",
    r"\bagents?\b": "reader program",
    r"\brevis(?:es|ed|ion)\b": "corrects, corrected by, correction",
    r"\bplaces? (?:found|recorded|inside)\b": "location",
}
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def find_shown(text: str) -> list[str]:
    """Return the texts of a template that a person reads: between tags, and in quotes with a blank."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    return re.findall(r">([^<>{}]+)<", text) + re.findall(r'"([^"<>{}=]* [^"<>{}=]*)"', text)


def test_templates_use_the_words_that_people_read():
    found = [
        f"{path.name}: {match.group()!r}: write {better!r}, in: {shown.strip()[:80]}"
        for path in TEMPLATES
        for shown in find_shown(path.read_text())
        for pattern, better in OF_THE_CODE.items()
        for match in re.finditer(pattern, shown, re.IGNORECASE)
    ]

    assert found == []


def test_no_button_ends_with_an_ellipsis():
    found = [
        (path.name, words)
        for path in TEMPLATES
        for words in re.findall(r"([^<>]*…)\s*</(?:button|a)>", path.read_text())
    ]

    assert found == []
