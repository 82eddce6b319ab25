"""Write docs/configuration.md from the settings; a test compares the two."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from scanner_app.config import PREFIX, Settings

TARGET = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"

HEAD = """# Configuration

Every setting comes from the environment. An unknown or malformed `SCANNER_` variable stops the
start with a sentence that names it. Secrets may also come from a file: set the name with `_FILE`
behind it to the file's path (`SCANNER_SECRET_KEY_FILE`, `SCANNER_DATABASE_URL_FILE`).

This page is written by `python scripts/write_configuration.py` from `scanner_app/config.py`, and a
test holds the two together.

| variable | default | what it does |
|---|---|---|
"""


def render() -> str:
    """Give the page's text."""
    lines = []
    for field in fields(Settings):
        default = field.default
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        lines.append(
            f"| `{PREFIX}{field.name.upper()}` | {f'`{shown}`' if shown else ''} "
            f"| {field.metadata['help']} |"
        )
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
