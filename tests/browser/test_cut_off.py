"""A round in the browser, once with a network and once without: the record is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Finding, Location, Person, Scan
from tests.browser.conftest import LiveServer, open_scan_page, wait_until
from tests.browser.test_count import answer_of, open_audit
from tests.browser.test_offline import waiting
from tests.scanning.cut_off.labels import fill_office
from tests.support.databases import SqliteTemplate

pytestmark = pytest.mark.browser
SCAN = """([text, symbology]) => document.dispatchEvent(
  new CustomEvent('scan:read', { detail: { text, source: 'camera', symbology } }))"""
# The page's own store, in the browser's own database: what is known of a chain after each step.
CHAINS = """async () => {
  const script = document.querySelector('script[src*="/scan/page.js"]').src;
  const { OutboxStore } = await import(new URL('../offline/outbox_store.js', script).href);
  const store = new OutboxStore('chains');
  const base = { ctx: 'a', state: 'waiting', payload: null, location: 'R-1', place_n: 1, custodian: null,
    person_n: 0, voids: null };
  const add = (n, prev, more = {}) => store.add({ ...base, scan_id: `id-${n}`, code: `C-${n}`, n, prev, ...more });
  const build = (record, said) => said;
  const first = await add(2, null);
  const second = await add(3, 'id-2');
  const third = await add(4, 'id-3', { state: 'attention' });
  await store.settle([{ seq: first.seq, result: { kind: 'location', place: { code: 'R-2', name: '' } } }]);
  const late = await add(5, 'id-2');            // captured before the answer was known to the page
  const fourth = await add(6, 'id-4');
  await store.discard(third.seq);
  const lost = await add(7, 'id-99');
  const link = { ...base, prev: 'id-2' };
  const chain = await store.chain(link);
  const frozen = await store.freeze([second.seq, late.seq, fourth.seq, lost.seq], build);
  const told = frozen.map(({ payload }) => [payload.location, payload.location_read.map((read) => read.code)]);
  return { told, chain: chain.length, link: link.location, left: (await store.all()).length };
}"""
# (label, symbology, what the phone says without a network)
ROUND = (
    ("LIS-107", None, "fine"),
    ("LT-0100", None, "fine"),
    ("0207", None, "fine"),
    ("LT-0101", None, "wrong_place"),
    ("]C14140614141123452", None, "saved"),
    ("LT-0042", None, "saved"),
    ("04A3C6CAE26180", "nfc", "saved"),
    ("LT-00042", None, "saved"),
    ("ROOMCN", "code_39", "saved"),
    ("LT-0100", None, "saved"),
    ("42", None, "saved"),
    ("ROOMG", None, "fine"),
    ("LT-0101", None, "two_rooms"),
    ("04B1C2D3E4F580", "nfc", "saved"),
)
RIGHT = ["LIS-107", "LIS-107", "0207", "0207", "ROOMG", "ROOMG", "ROOMT", "ROOMT", "ROOMC", "ROOMC"]
RIGHT += ["ROOMC", "ROOMG", "ROOMG", "ROOMG"]


def fill(session: Session) -> None:
    fill_office(session, now=datetime.now(UTC) - timedelta(days=30))


@pytest.fixture
def server(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[LiveServer]:
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill)
    rules = {"TAG_PREFIX": "LT-", "TAG_DIGITS": "5", "CODE39_CHECK": "true"}
    live = LiveServer(folder, settings={f"SCANNER_{name}": rules[name] for name in rules})
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


def load_rows(server: LiveServer, audit: int) -> list[tuple]:
    """Return what the log says of an audit's scans, in the order of arrival."""
    with server.session() as session:
        rows = session.execute(
            select(Scan.code, Location.code, Person.number, Scan.outcome, Scan.asset_id)
            .outerjoin(Location, Location.id == Scan.location_id)
            .outerjoin(Person, Person.id == Scan.person_id)
            .where(Scan.audit_id == audit)
            .order_by(Scan.effective_at)
        )
        return [tuple(row) for row in rows]


def load_findings(server: LiveServer, audit: int) -> set[tuple]:
    with server.session() as session:
        rows = session.execute(
            select(Finding.asset_id, Finding.code, Finding.state, Finding.seen_location_id).where(
                Finding.audit_id == audit
            )
        )
        return {tuple(row) for row in rows}


class TestRooms:
    def test_are_the_same_with_and_without_a_network(self, phone, server):
        cookie = server.sign_in("auditor")
        audits = [open_audit(server, cookie), open_audit(server, cookie, name="Again")]
        page = phone.open(cookie=cookie)
        for audit, is_cut in zip(audits, (False, True), strict=True):
            open_scan_page(page, f"/scan?audit={audit}")
            page.wait_for_load_state("networkidle")  # its lists are here
            page.context.set_offline(is_cut)
            before = page.locator("[data-rows] > li").count()
            for number, (text, symbology, answer) in enumerate(ROUND, start=before + 1):
                page.evaluate(SCAN, [text, symbology])
                if not is_cut:
                    wait_until(lambda n=number: answer_of(page, n)[1] == "server", what=text)
                    continue
                wait_until(lambda n=number, a=answer: answer_of(page, n) == (a, "phone"), what=text)
                said = page.inner_text(".scan-result .sentence")
                assert ("not checked yet" in said) == (answer in {"saved", "two_rooms"}), said
                is_open = page.get_attribute("[data-place]", "data-open") is not None
                assert is_open == ("Location not checked yet" in page.inner_text("[data-place]"))
                assert is_open == (answer == "saved"), text
            page.context.set_offline(False)
            wait_until(lambda: waiting(page) == 0, what="all are sent")

        online, cut_off = (load_rows(server, audit) for audit in audits)
        assert [place for _, place, *_ in cut_off] == RIGHT
        assert cut_off == online
        findings = [load_findings(server, audit) for audit in audits]
        assert findings[0] == findings[1]
        assert page.get_attribute("[data-place]", "data-open") is None


class TestStore:
    def test_of_the_browser_keeps_a_chain_through_answers_and_what_is_discarded(
        self, phone, server
    ):
        page = phone.open(cookie=server.sign_in())
        open_scan_page(page)

        found = page.evaluate(CHAINS)

        assert found == {
            # Answered before; read before it; no more that was discarded; nothing that is known.
            "told": [["R-2", []], ["R-2", []], ["R-2", ["C-3"]], [None, []]],
            "chain": 0,
            "link": "R-2",
            "left": 4,
        }
