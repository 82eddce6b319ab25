"""Write docs/configuration.md from the settings; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from scanner_app.config import PREFIX, Settings
from scanner_app.domain.settings import SETTINGS

ALSO = " Also on the [settings page](settings.md)."
TARGET = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"

HEAD = """# Configuration

Every setting is an environment variable. An unknown or malformed `SCANNER_` variable stops the
start, and the message names it. A value can also come from a file: add `_FILE` to the name and set
it to the file's path (`SCANNER_SECRET_KEY_FILE`, `SCANNER_DATABASE_URL_FILE`).

An admin sets some of them on the [settings page](settings.md) too, while the service runs. There,
a value from the environment is shown as fixed.

This page is written by `make docs` from `scanner_app/config.py`. A test checks that they agree.

| variable | default | what it does |
|---|---|---|
"""


def render() -> str:
    """Return the text of the page."""
    lines = []
    for field in Settings.variables():
        default = field.default
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        lines.append(
            f"| `{PREFIX}{field.name.upper()}` | {f'`{shown}`' if shown else ''} "
            f"| {field.metadata['help']}{ALSO if field.name in SETTINGS else ''} |"
        )
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
