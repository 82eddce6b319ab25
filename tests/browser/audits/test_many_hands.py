"""Two phones in one room, a second counter, an approver and a watching desk: one audit, one truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Act, Asset, Audit, Finding, Location, Scan, Seal
from tests.browser.conftest import Phone, open_scan_page, scan_by_keys, wait_until
from tests.browser.test_count import answer_of, open_audit
from tests.support.register import add_asset, add_location

pytestmark = pytest.mark.browser

# The truth, written before anything is counted. Six things belong in the store room, two in the lab.
STORE, LAB = [f"T-{n}" for n in range(1, 7)], ["U-1", "U-2"]
MARA, BEN = ["T-1", "T-2", "T-3"], ["T-3", "T-4", "T-5", "U-1"]
CLEO = ["T-1", "T-2", "T-3", "T-5", "T-6", "U-1"]
FOUND = {**dict.fromkeys(STORE, "verified"), "U-1": "misplaced", "U-2": "missing"}
DISAGREE = {"T-4", "T-6"}  # seen in one of the two counts alone
# Each count saw six things, five of them both: 5 of 7.
COMPARED = ["6", "6", "5, 71.4 %"]
POLICY = {"places": "all_signed_off", "statements": "typed", "approver": "not_a_counter"}
STEPS = [
    "created", "frozen", "counting_started", "place_signed_off", "recount_asked", "assigned",
    "place_signed_off", "place_signed_off", "commented", "commented", "statement",
    "counting_ended", "decided", "decided", "sent_for_approval", "statement", "closed", "sealed",
]  # fmt: skip


class Hands:
    """One person with a page of their own, whose taps and scans are counted."""

    def __init__(self, name: str, page: Any) -> None:
        self.name, self.page = name, page
        self.taps = self.scans = 0

    def tap(self, selector: str, **options: Any) -> None:
        self.page.click(selector, **options)
        self.taps += 1

    def go(self, path: str) -> None:
        self.page.goto(path)

    def scan(self, code: str, answer: str | None = None) -> None:
        """Scan a label, and wait until the server has answered it."""
        self.scans += 1
        scan_by_keys(self.page, code)
        wanted = self.scans

        def read() -> str | None:
            said, kept = answer_of(self.page, wanted)
            # Stored is not yet judged.
            return said if kept == "server" and said != "saved" else None

        said = wait_until(read, what=f"the server answers {self.name} about {code}")
        if answer is not None:
            assert said == answer, (self.name, code)


@pytest.fixture
def hands(playwright_driver: Any, chromium_path: str, tmp_path: Any, server: Any, browser: Any):
    """Make a person with a phone or a desk of their own."""
    made: list[Phone] = []

    def make(name: str, cookie: str, **options: Any) -> Hands:
        phone = Phone(playwright_driver, chromium_path, tmp_path / name, server, browser)
        made.append(phone)
        return Hands(name, phone.open(cookie=cookie, **options))

    yield make
    for phone in made:
        phone.close()


@pytest.fixture
def rooms(server: Any) -> dict[str, int]:
    now = datetime.now(UTC) - timedelta(days=1)
    with server.session(write=True) as session:
        site = add_location(session, "S", "South", now=now)
        store = add_location(session, "S-1", "Store room", parent=site, now=now)
        lab = add_location(session, "S-2", "Laboratory", parent=site, now=now)
        for room, tags in ((store, STORE), (lab, LAB)):
            for tag in tags:
                add_asset(session, tag, name="Laptop", location=room, now=now)
        found = {"S-1": store.id, "S-2": lab.id}
    return found


def test_an_audit_of_many_hands_ends_in_the_truth(server, hands, rooms):
    cookies = {
        name: server.sign_in(role, name)
        for name, role in (
            ("Lead", "auditor"), ("Mara", "technician"), ("Ben", "technician"),
            ("Cleo", "technician"), ("Ivo", "approver"),
        )
    }  # fmt: skip
    audit = open_audit(server, cookies["Lead"], scope={"locations": ["S"]}, policy=POLICY)
    desk = hands("Lead", cookies["Lead"], viewport={"width": 1280, "height": 800})
    mara, ben, cleo = (
        hands(name, cookies[name], has_touch=True, is_mobile=True)
        for name in ("Mara", "Ben", "Cleo")
    )
    desk.go(f"/audits/{audit}/live")
    live = desk.page.locator("#live")
    store = f"/audits/{audit}/rooms/{rooms['S-1']}"

    count_together(audit, mara, ben)
    wait_until(lambda: live.locator(".progress-line .strong").first.inner_text() == "6 of 8")
    wait_until(lambda: "Ben, Mara" in place(desk, rooms["S-1"]), what="who is there")
    sign_off(mara, store)
    wait_until(lambda: "Signed off" in place(desk, rooms["S-1"]), what="the desk sees it")

    second_count(audit, desk, cleo, store)
    desk.go(f"/audits/{audit}/live")
    wait_until(lambda: "Signed off, count 2" in place(desk, rooms["S-1"]), what="count 2")
    ben.go(f"/audits/{audit}/rooms/{rooms['S-2']}")
    ben.tap("label:has(input[name=is_empty])")
    ben.tap("button:has-text('Sign off')")
    wait_until(lambda: live.locator("#state-signed_off").inner_text().endswith("2"), what="both")

    reconcile(server, audit, desk)
    ivo = hands("Ivo", cookies["Ivo"])
    approve(audit, ivo)
    check_truth(server, audit, rooms)
    people = (desk, mara, ben, cleo, ivo)
    print("".join(f"\n{one.name}: {one.taps} taps, {one.scans} scans" for one in people))
    assert {one.name: one.taps for one in people} == {
        "Lead": 11, "Mara": 1, "Ben": 2, "Cleo": 1, "Ivo": 2,
    }  # fmt: skip


def place(desk: Hands, location_id: int) -> str:
    """Return what the board says of a location: its count, its state, and who is there."""
    return " ".join(desk.page.inner_text(f"#place-{location_id}").split())


def count_together(audit: int, mara: Hands, ben: Hands) -> None:
    """Mara and Ben count the store room at the same time; what both scan is counted once."""
    for one in (mara, ben):
        open_scan_page(one.page, f"/scan?audit={audit}&location=S-1")
    for n in range(len(BEN)):
        if n < len(MARA):
            mara.scan(MARA[n], "fine")
        if n:
            ben.scan(BEN[n], "wrong_place" if BEN[n] == "U-1" else "fine")
    ben.scan(BEN[0], "already_scanned")


def sign_off(one: Hands, path: str) -> None:
    one.go(path)
    one.tap("button:has-text('Sign off')")
    one.page.locator("text=Your statement").wait_for(state="detached")


def second_count(audit: int, desk: Hands, cleo: Hands, store: str) -> None:
    """The desk asks Cleo, who counts blind, to count the store room again."""
    desk.go(store)
    desk.tap("summary:has-text('Have it counted again')")
    desk.page.fill("#f-reason", "It was counted quickly.")
    desk.page.select_option("#f-counter", label="Cleo")
    desk.tap("button:has-text('Ask for a second count')")
    desk.page.locator(".badge", has_text="Second count").first.wait_for()
    open_scan_page(cleo.page, f"/scan?audit={audit}&location=S-1")
    answers = set()
    for tag in CLEO:
        cleo.scan(tag)
        answers.add(answer_of(cleo.page, cleo.scans)[0])
    # Blind: right, wrong and seen before are one answer.
    assert len(answers) == 1, answers
    sign_off(cleo, store)
    desk.go(store)
    figures = desk.page.locator("section[aria-labelledby=compared-title] dd")
    shown = [" ".join(figures.nth(n).inner_text().split()) for n in range(3)]
    assert [one.removesuffix(" of what was seen") for one in shown] == COMPARED


def reconcile(server: Any, audit: int, desk: Hands) -> None:
    """The desk looks at what the counts disagree about, ends the count and decides."""
    with server.session() as session:
        ids = dict(
            session.execute(
                select(Asset.asset_tag, Finding.id)
                .join(Finding, Finding.asset_id == Asset.id)
                .where(Finding.audit_id == audit)
            ).all()
        )
    for tag in sorted(DISAGREE):
        desk.go(f"/audits/{audit}/findings/{ids[tag]}")
        desk.page.fill("#comments textarea", "I looked: it is there.")
        desk.tap("#comments form button")
        desk.page.locator("#comments", has_text="I looked: it is there.").wait_for()
    desk.go(f"/audits/{audit}")
    desk.tap("button[popovertarget=finish-count]")
    desk.tap("#finish-count button.primary")
    desk.page.locator("[data-findings]").wait_for()
    for tag in ("U-1", "U-2"):
        row = f"#finding-{ids[tag]}"
        desk.tap(f"{row} button[data-accept]")
        desk.page.locator(f"{row}[data-decided]").wait_for()
    desk.tap("text=Review and close")
    desk.tap("summary:has-text('Have somebody else close it')")
    desk.page.select_option("#f-approver", label="Ivo, approver")
    desk.tap("button:has-text('Send for approval')")
    desk.page.locator("text=It waits for the approval of").first.wait_for()


def approve(audit: int, ivo: Hands) -> None:
    ivo.go("/")
    ivo.tap(f"a[href='/audits/{audit}/closure']")
    ivo.page.locator("text=It waits for your approval").first.wait_for()
    ivo.tap("button:has-text('Close audit and seal record')")
    ivo.page.locator("text=Sealed").first.wait_for()


def check_truth(server: Any, audit: int, rooms: dict[str, int]) -> None:
    """Compare the rows with what was written beforehand."""
    with server.session() as session:
        rows = session.execute(
            select(Asset.asset_tag, Finding.state, Finding.flags)
            .join(Finding, Finding.asset_id == Asset.id)
            .where(Finding.audit_id == audit)
        ).all()
        assert {tag: state.value for tag, state, _ in rows} == FOUND
        scans = session.execute(
            select(Scan.actor_name, Scan.code).where(Scan.audit_id == audit).order_by(Scan.id)
        ).all()
        by_name = {name: [c for n, c in scans if n == name] for name in ("Mara", "Ben", "Cleo")}
        assert by_name == {"Mara": MARA, "Ben": [*BEN[1:], BEN[0]], "Cleo": CLEO}
        acts = session.scalars(select(Act.kind).where(Act.audit_id == audit).order_by(Act.id))
        assert [kind.value for kind in acts] == STEPS
        moved = session.scalars(select(Asset).where(Asset.asset_tag.in_(LAB))).all()
        assert {(one.asset_tag, one.location_id, one.status) for one in moved} == {
            ("U-1", rooms["S-1"], Stage.IN_STOCK), ("U-2", rooms["S-2"], Stage.MISSING),
        }  # fmt: skip
        closed = session.get_one(Audit, audit)
        assert (closed.state, closed.closed_by) == (AuditState.CLOSED, "Ivo")
        body = session.scalars(select(Seal).where(Seal.audit_id == audit)).one()
        assert body.number == 1
        assert session.get_one(Location, rooms["S-1"]).code == "S-1"
