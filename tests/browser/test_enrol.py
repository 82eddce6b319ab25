"""Enrolling tags at walking speed: labels by a wedge scanner, tags by a reader that posts."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Role
from scanner_app.models import Asset, Identifier
from scanner_app.services.access import tokens
from tests.browser.conftest import (
    LiveServer,
    Phone,
    fill_office,
    press_keys,
    scan_by_keys,
    wait_until,
)
from tests.browser.walk import walk
from tests.support.databases import SqliteTemplate
from tests.support.register import add_asset

pytestmark = pytest.mark.browser

STOCK = "E280117000000000000000"


class Agent:
    """A reader's agent: posts what it reads, with a token of its own."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        with server.session(write=True) as session:
            self.token = tokens.add_token(
                session, name="desk", role=Role.READER, created_by="test", now=datetime.now(UTC)
            ).secret
        self.post("/readers/desk/heartbeat", {"state": "up"})

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self.server.url}/api/v1{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def see(self, *tags: tuple[str, float]) -> None:
        moment = datetime.now(UTC).isoformat()
        reads = [
            {"read_id": str(uuid.uuid4()), "epc": epc, "rssi": rssi, "last_seen_at": moment}
            for epc, rssi in tags
        ]
        answer = self.post("/reads", {"reader": "desk", "reads": reads})
        assert all(one["status"] == "recorded" for one in answer["results"])


@pytest.fixture(scope="module")
def server(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """One server for all tests here: each has assets of its own."""
    folder: Path = tmp_path_factory.mktemp("enrol") / "instance"
    sqlite_template.make(folder)
    live = LiveServer(folder)
    with live.session(write=True) as session:
        fill_office(session)
        for number in range(60):
            add_asset(session, f"EN-{number:02}", now=datetime.now(UTC))
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


@pytest.fixture(scope="module")
def agent(server: LiveServer) -> Agent:
    return Agent(server)


@pytest.fixture(scope="module")
def cookie(server: LiveServer) -> str:
    return server.sign_in("stockroom")


@pytest.fixture
def page(phone: Phone, server: LiveServer, agent: Agent, cookie: str) -> Any:
    page = phone.open(cookie=cookie)
    page.goto("/enrol")
    page.select_option("#f-reader", label="desk")
    page.wait_for_url("**/enrol?reader=*")
    wait_until(
        lambda: page.evaluate("document.querySelector('[data-enrol]')?.dataset.ready === ''")
    )
    return page


def tags_of(server: LiveServer, prefix: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with server.session() as session:
        for tag, value in session.execute(
            select(Asset.asset_tag, Identifier.value)
            .join(Asset, Asset.id == Identifier.asset_id)
            .where(Identifier.scheme == "epc", Identifier.ended_at.is_(None))
            .where(Asset.asset_tag.startswith(prefix, autoescape=True))
        ):
            found.setdefault(tag, set()).add(value)
    return found


def says(page: Any, text: str) -> None:
    wait_until(lambda: text in page.inner_text("#enrol-work"), what=text)


class TestEnrolPage:
    def test_labels_and_tags_are_bound_in_either_order_and_undone(
        self, page: Any, agent: Agent, server: LiveServer
    ):
        # The label first, typed: the one unknown tag that comes after it is bound by itself.
        page.fill("#code", "LT-001")
        page.press("#code", "Enter")
        says(page, "Now present its tag")
        agent.see((STOCK + "01", -41.0))
        says(page, f"{STOCK}01 is now the tag of LT-001, Laptop.")

        # The tag first: it waits for the label.
        agent.see((STOCK + "02", -41.0))
        says(page, "Scan the label it goes on")
        scan_by_keys(page, "LT-002")
        says(page, f"{STOCK}02 is now the tag of LT-002, Laptop.")

        # Several at once: asked, the loudest first.
        scan_by_keys(page, "LT-003")
        says(page, "Now present its tag")
        agent.see((STOCK + "03", -70.0), (STOCK + "04", -35.0))
        says(page, "2 unknown tags")
        first = page.locator("#enrol-reads li").first
        assert f"{STOCK}04" in first.inner_text()
        first.locator("button").click()
        says(page, f"{STOCK}04 is now the tag of LT-003, Laptop.")

        # A tag of another asset: moved only by somebody's word, and given back by an undo.
        scan_by_keys(page, "LT-005")
        says(page, "Now present its tag")
        scan_by_keys(page, STOCK + "01")
        says(page, "This tag is on LT-001, Laptop. Move it to LT-005?")
        page.click("button:has-text('Move it to LT-005')")
        says(page, f"{STOCK}01 is now the tag of LT-005, Laptop.")
        assert "LT-001" not in tags_of(server, "LT-00")
        page.click(".scan-result button:has-text('Undo')")
        says(page, f"{STOCK}01 is no longer the tag of LT-005, Laptop.")

        assert tags_of(server, "LT-00") == {
            "LT-001": {STOCK + "01"},
            "LT-002": {STOCK + "02"},
            "LT-003": {STOCK + "04"},
        }

    def test_codes_that_come_fast_are_each_taken_in_turn(self, page: Any, server: LiveServer):
        # In one go: each is pressed before the first is answered.
        codes = [(code, "Enter") for n in range(10, 15) for code in (f"LT-0{n}", f"{STOCK}{n}")]
        press_keys(page, codes)

        says(page, f"{STOCK}14 is now the tag of LT-014, Laptop.")
        assert tags_of(server, "LT-01") == {f"LT-0{n}": {f"{STOCK}{n}"} for n in range(10, 15)}

    def test_codes_after_one_that_is_refused_or_cut_are_set_aside(
        self, page: Any, server: LiveServer
    ):
        press_keys(page, [("NOPE-1", "Enter"), (STOCK + "25", "Enter"), ("LT-025", "Enter")])
        says(page, "No asset has the label NOPE-1")
        aside = page.locator("[data-enrol-aside] li")
        wait_until(lambda: aside.count() == 2, what="both are shown")
        assert f"{STOCK}25" in aside.first.inner_text()

        page.click("[data-enrol-clear]")
        press_keys(page, [("LT-0", "silence")])
        press_keys(page, [("26", "Enter"), (STOCK + "26", "Enter")], at=page._wedge_at + 0.9)
        wait_until(lambda: aside.count() == 3, what="the pieces and the tag are shown")
        assert tags_of(server, "LT-025") == tags_of(server, "LT-026") == {}
        assert page.input_value("#code") == ""

    def test_on_every_control_is_that_label_or_tag_and_changes_no_field(
        self, page: Any, server: LiveServer
    ):
        page.evaluate("localStorage.setItem('scanner.wedge', '{}')")
        tags = [f"E280117000000000000B{n:04}" for n in range(60)]
        sent = walk(
            page,
            lambda at: [f"EN-{at:02}", tags[at]],
            least=15,
            wait=lambda at: says(page, f"{tags[at]} is now the tag of EN-{at:02}"),
        )

        expected = {f"EN-{n:02}": {tags[n]} for n in range(len(sent) // 2)}
        assert tags_of(server, "EN-") == expected

    def test_a_code_that_could_not_be_sent_waits_and_is_sent(self, page: Any, server: LiveServer):
        scan_by_keys(page, "LT-020")
        says(page, "Now present its tag")
        server.stop()
        press_keys(page, [(STOCK + "20", "Enter"), ("LT-021", "Enter")])
        waiting = page.locator("[data-enrol-waiting]")
        waiting.wait_for()
        assert waiting.inner_text() == "2 codes wait here. No answer from the server. Trying again."
        server.start()

        page.click(".enrol-entry button.primary")

        says(page, "LT-021, Laptop. Now present its tag.")
        waiting.wait_for(state="hidden")
        assert tags_of(server, "LT-020") == {"LT-020": {STOCK + "20"}}
