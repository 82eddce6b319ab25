"""Figures of Lighthouse, mobile profile, for the pages of the sample office that people open daily.

Run with `python -m benchmarks.lighthouse`. Needs Chromium and npx, which fetches Lighthouse once.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scanner_app.services.sample_office import load_sample_office
from tests.browser.conftest import LiveServer, find_chromium
from tests.support.databases import SqliteTemplate

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
AIM = 95
PAGES = (
    ("technician", "/scan?audit=1"),
    ("technician", "/"),
    ("stockroom", "/assets"),
    ("auditor", "/audits/1"),
)


def judge(address: str, cookie: str, folder: Path) -> tuple[list[int], str]:
    """Return the scores of a page, 0 to 100, and when its largest part was drawn."""
    out = folder / "report.json"
    subprocess.run(
        [
            *("npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"),
            f"--output-path={out}",
            f"--extra-headers={json.dumps({'Cookie': f'scanner={cookie}'})}",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox",
        ],
        env={**os.environ, "CHROME_PATH": find_chromium() or ""},
        check=True,
    )
    report = json.loads(out.read_text())
    if report["finalDisplayedUrl"] != address:
        raise RuntimeError(f"{address} led to {report['finalDisplayedUrl']}")
    scores = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
    return scores, report["audits"]["largest-contentful-paint"]["displayValue"]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        instance = folder / "instance"
        SqliteTemplate(folder).make(
            instance, lambda session: load_sample_office(session, now=datetime.now(UTC))
        )
        server = LiveServer(instance)
        server.start()
        try:
            cookies = {role: server.sign_in(role) for role in sorted({role for role, _ in PAGES})}
            print(
                f"{'page':16}{''.join(f'{name:>16}' for name in CATEGORIES)}{'largest paint':>16}"
            )
            for role, path in PAGES:
                scores, paint = judge(server.url + path, cookies[role], folder)
                mark = "" if min(scores) >= AIM else f"  under {AIM}"
                print(f"{path:16}{''.join(f'{score:16}' for score in scores)}{paint:>16}{mark}")
        finally:
            server.stop()
            server.forget()


if __name__ == "__main__":
    main()
