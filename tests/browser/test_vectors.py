"""The vectors in a real browser: the scripts' readings, and a whole count before and after the server answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from scanner_app.pages.scanning.phone_facts import phone_facts
from tests.browser.conftest import LiveServer, open_scan_page, wait_until
from tests.browser.test_count import answer_of, count_here, open_audit
from tests.browser.test_offline import FaultyProxy, make_ready, open_through, waiting
from tests.support.databases import SqliteTemplate
from tests.vectors import load_vectors
from tests.vectors.office import add_vector_office

pytestmark = pytest.mark.browser
CODES = load_vectors("codes.json")
VERDICTS = load_vectors("verdicts.json")
KINDS = {"tag": "a", "location_code": "l", "person_number": "p", "task": "t"}
# What the page's own modules make of a list of vectors.
READ = """async (vectors) => {
  const script = document.querySelector('script[src*="/scan/page.js"]').src;
  const codes = await import(new URL('../shared/codes.js', script).href);
  return {
    raw: vectors.raw.map(({ text }) => codes.readRaw(text)),
    keys: vectors.keys.map(({ text, rules }) => codes.codeKey(text, rules)),
    meanings: vectors.meanings.map((v) => codes.localKeys(v.text, v.rules, v.symbology)),
    own: vectors.own_links.map(({ text, rules }) => codes.readOwnLink(text, rules)),
    plain: vectors.plain.map(({ text }) => codes.isPlain(text)),
    secrets: vectors.secrets.map(({ text }) => codes.isSecret(text)),
    shown: vectors.shown.map(({ text }) => codes.showCode(text)),
  };
}"""
SCAN = """(text) => document.dispatchEvent(
  new CustomEvent('scan:read', { detail: { text, source: 'wedge', symbology: null } }))"""
ROWS = "[data-rows] > li"
ANSWERS = "rows => rows.map(row => [row.dataset.scanId, row.dataset.answer])"


def fill_vectors(session: Session) -> None:
    add_vector_office(session, VERDICTS["office"], now=datetime.now(UTC) - timedelta(days=30))


@pytest.fixture
def server(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[LiveServer]:
    """A server with the small office of the vectors."""
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill_vectors)
    live = LiveServer(folder)
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


@pytest.fixture
def proxy(server) -> Iterator[FaultyProxy]:
    made = FaultyProxy(server.port)
    yield made
    made.stop()


class TestCodes:
    def test_a_browser_reads_every_code_as_the_vectors_say(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        found = page.evaluate(READ, CODES)

        assert found == {
            "raw": [{"code": row["code"], "symbology": row["symbology"]} for row in CODES["raw"]],
            "keys": [row["key"] for row in CODES["keys"]],
            "meanings": [row["keys"] for row in CODES["meanings"]],
            "own": [
                row["means"] and {"kind": KINDS[row["means"][0]], "key": row["means"][1]}
                for row in CODES["own_links"]
            ],
            "plain": [row["is_plain"] for row in CODES["plain"]],
            "secrets": [row["is_secret"] for row in CODES["secrets"]],
            "shown": [row["shown"] for row in CODES["shown"]],
        }


class TestVerdicts:
    def test_a_count_without_a_network_has_the_verdicts_that_the_server_then_confirms(
        self, phone, server, proxy
    ):
        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = open_through(phone, proxy, cookie, f"/scan?audit={audit}")
        make_ready(page, f"/scan?audit={audit}")
        phone.close()
        proxy.is_down = True
        page = open_through(phone, proxy, cookie, f"/scan?audit={audit}")
        sentences = phone_facts()["sentences"]

        for number, row in enumerate(VERDICTS["scans"], start=1):
            origin = f"http://localhost:{proxy.port}"
            page.evaluate(SCAN, row["code"].replace("https://scan.example.org", origin))
            answer = row.get("phone_answer", row["answer"])
            wait_until(
                lambda n=number, a=answer: answer_of(page, n) == (a, "phone"),
                what=f"{row['code']} is {answer}",
            )
            message = row.get("phone_message") or sentences[row["sentence"]].format(**row["fill"])
            assert page.inner_text(".scan-result .sentence") == message
            if "here" in row:
                seen, expected = row["here"]
                assert count_here(page) == f"{seen} of {expected}", row
        told = page.eval_on_selector_all(ROWS, ANSWERS)
        for row, line in zip(reversed(VERDICTS["scans"]), told, strict=True):
            line[1] = row["answer"]  # the server says what the phone left to it
        proxy.is_down = False
        page.evaluate("dispatchEvent(new Event('online'))")

        wait_until(lambda: waiting(page) == 0, what="all are sent")
        wait_until(lambda: page.locator(f"{ROWS}[data-kept=phone]").count() == 0, what="answered")
        assert page.eval_on_selector_all(ROWS, ANSWERS) == told
