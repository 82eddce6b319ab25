"""Someone at the page that binds tags to assets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TAG = "E28011700000020D1F2A4C55"
OTHER = "E28011700000020D1F2A4C66"


class Page:
    """Somebody at the page without script: what stands in its form goes with the next step."""

    def __init__(self, client, reader: int | None = None, *, ago: float = 60) -> None:
        self.client = client
        since = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()
        self.text = ""
        self.show(f"/enrol?reader={reader or ''}&since={since.replace('+', '%2B')}")

    def show(self, path: str) -> None:
        self.answer = self.client.get(path)
        self._read()

    def scan(self, code: str, **fields) -> None:
        self.submit("/enrol", code=code, **fields)

    def choose(self, choice: str, **fields) -> None:
        assert f'value="{choice}"' in self.text, self.text
        self.submit("/enrol", choice=choice, **fields)

    def undo(self) -> None:
        [change, *_] = re.findall(r'name="change" value="(\d+)"', self.text)
        self.submit("/enrol/undo", change=change)

    def submit(self, path: str, **fields) -> None:
        hidden = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', self.text)
        self.answer = self.client.post(path, data={**dict(hidden), **fields}, follow_redirects=True)
        self._read()

    def _read(self) -> None:
        self.text = unescape(self.answer.get_data(as_text=True))

    @property
    def words(self) -> str:
        main = self.text[self.text.index("<main") : self.text.index("</main>")]
        return " ".join(re.sub(r"<[^>]+>", " ", main).split())
