"""A phone in node, with the scan page's own modules, whose requests a Flask client answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from scanner_app.pages.scanning.phone_facts import phone_facts

SCRIPT = Path(__file__).resolve().parents[2] / "js" / "phone.mjs"
_KEPT_HEADERS = {"content-type", "etag", "retry-after"}


class NodePhone:
    """One process for many sessions; each begins with an empty phone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._facts = phone_facts()

    def run(self, client: FlaskClient, steps: list[dict[str, Any]], **session: Any) -> Any:
        """Go through the steps of a session and return what the phone holds and showed at the end.

        :param session: `audit`, `start` (ms since 1970), `user` and `hasLists`.
        """
        self._write({"facts": self._facts, "steps": steps, **session})
        while True:
            said = self._read()
            if "path" not in said:
                return said
            answer = client.open(
                said["path"], method=said["method"], headers=said["headers"], data=said["body"]
            )
            headers = {k: v for k, v in answer.headers if k.lower() in _KEPT_HEADERS}
            self._write({"status": answer.status_code, "headers": headers, "body": answer.text})

    def close(self) -> None:
        with self._process:  # closes its pipes, and waits
            self._process.terminate()

    def _write(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the phone's process ended: its error is above"
        return json.loads(line)
