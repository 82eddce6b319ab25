"""Write docs/licences.md: every package that the service runs with, and its licence."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "licences.md"

HEAD = """# Licences

The service is licensed under Apache-2.0 (`LICENSE`). This table lists what it runs with, as pinned
in `requirements/run.txt`. It is written by `make docs` from the installed packages. psycopg is
LGPL-3.0 and is loaded unchanged at run time; no package is under the GPL. `static/vendor/` holds
more, each with its licence beside it: htmx (0BSD), zxing-wasm (MIT), and the typefaces DejaVu Sans
Condensed (Bitstream Vera), Inter, IBM Plex Mono and Noto Sans for thirteen scripts (SIL OFL 1.1).

With the extra `otel` (`requirements/otel.txt`), which only sends traces: OpenTelemetry and
googleapis-common-protos (Apache-2.0), protobuf (BSD-3-Clause), requests (Apache-2.0), urllib3 and
charset-normalizer (MIT), idna (BSD-3-Clause), certifi (MPL-2.0), typing-extensions (PSF-2.0).

| package | version | licence |
|---|---|---|
"""


def licence_of(name: str) -> tuple[str, str] | None:
    """Return version and licence of an installed package; None if it is not installed."""
    try:
        data = metadata(name)
    except PackageNotFoundError:
        return None
    expression = data.get("License-Expression") or ""
    if not expression:
        classified = [
            text.rpartition("::")[2].strip()
            for text in data.get_all("Classifier") or []
            if text.startswith("License ::")
        ]
        named = (data.get("License") or "").strip().splitlines()
        expression = ", ".join(classified) or (named[0] if named else "see the package")
    return data["Version"], expression


def main() -> None:
    names = re.findall(
        r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE
    )
    lines = []
    for name in sorted(set(names), key=str.lower):
        found = licence_of(name)
        if found is not None:
            lines.append(f"| {name} | {found[0]} | {found[1]} |")
    TARGET.write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
