"""Write facts.json: what the server delivers with the scan page, as the scripts' tests read it."""

from __future__ import annotations

import json

from scanner_app.pages.scanning.phone_facts import phone_facts
from tests.vectors import FOLDER

if __name__ == "__main__":
    text = json.dumps(phone_facts(), indent=1, ensure_ascii=False)
    (FOLDER / "facts.json").write_text(text + "\n", encoding="utf-8")
