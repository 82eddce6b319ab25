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
