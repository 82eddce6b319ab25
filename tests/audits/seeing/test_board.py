"""The live board: the pace and its end by hand, what it shows, and who may watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.audits.seeing.board import take_pace
from scanner_app.edge.audits import board as audit_board
from scanner_app.edge.audits.board import BOARDS
from tests.audits.steps import HX, close, open_audit, reject_all, scan

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class TestPace:
    def test_of_93_in_half_an_hour_is_3_1_a_minute_and_186_take_an_hour(self):
        pace = take_pace(93, 186, began_at=NOON - timedelta(hours=3), now=NOON)

        assert pace.per_minute == pytest.approx(3.1)
        assert pace.ends_at == NOON + timedelta(minutes=60)

    def test_is_not_known_below_five_in_half_an_hour(self):
        assert take_pace(4, 10, began_at=None, now=NOON).ends_at is None
        assert take_pace(5, 10, began_at=None, now=NOON).ends_at == NOON + timedelta(minutes=60)

    def test_of_a_young_count_is_over_its_own_time(self):
        pace = take_pace(20, 30, began_at=NOON - timedelta(minutes=10), now=NOON)

        assert (pace.per_minute, pace.ends_at) == (2, NOON + timedelta(minutes=15))

    def test_ends_nowhere_if_nothing_is_left(self):
        assert take_pace(20, 0, began_at=None, now=NOON).ends_at is None


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestBoard:
    def look(self, app, api, audit: int, have: str = "") -> dict:
        app.extensions.pop(BOARDS, None)  # two seconds later
        answer = api.get(f"/audits/{audit}/live", query_string={"have": have})
        return answer.json if answer.status_code == 200 else {"status": answer.status_code}

    def test_shows_counts_places_people_pace_and_what_is_wrong(self, app, api):
        audit = open_audit(api)
        now = datetime.now(UTC).isoformat()
        for tag in ("A-1", "A-2", "B-1", "FAR-1", "MYSTERY"):
            scan(api, tag, audit, "R-1", scanned_at=now)

        board = self.look(app, api, audit)

        assert (board["counts"]["verified"], board["counts"]["missing"]) == (2, 3)
        assert (board["seen_lately"], board["unseen"], board["per_minute"]) == (3, 3, None)
        one, two = board["places"]
        assert (one["location"], one["state"], one["expected"], one["seen"]) == (
            "R-1", "counting", 3, 2,
        )  # fmt: skip
        assert len(one["people"]) == 1
        assert two["people"] == []
        assert {f["thing"] for f in board["newest"]} == {"B-1", "FAR-1", "MYSTERY"}
        assert self.look(app, api, audit, board["revision"]) == {"status": 204}
        scan(api, "A-3", audit, "R-1", scanned_at=now)
        assert self.look(app, api, audit, board["revision"])["counts"]["verified"] == 3

    def test_waits_no_more_for_what_is_missing_where_somebody_signed_off(self, app, api):
        audit = open_audit(api)
        scan(api, "A-1", audit, "R-1")
        before = self.look(app, api, audit)["unseen"]
        signed = api.post(f"/audits/{audit}/places/R-1/sign-offs", json={"statement": "All."})
        assert signed.status_code == 200, signed.text

        assert (before, self.look(app, api, audit)["unseen"]) == (5, 3)

    def test_counts_what_was_seen_before_the_half_hour_no_second_time(self, app, api):
        audit = open_audit(api)
        scan(api, "A-1", audit, "R-1")  # in March
        scan(api, "A-1", audit, "R-1", scanned_at=datetime.now(UTC).isoformat())

        assert self.look(app, api, audit)["seen_lately"] == 0

    def test_is_made_once_for_all_who_watch(self, app, api, admin, monkeypatch):
        monkeypatch.setattr(audit_board, "BOARD_LASTS_SECONDS", 60)
        audit = open_audit(api)
        have = api.get(f"/audits/{audit}/live").json["revision"]
        scan(api, "A-1", audit, "R-1")

        assert admin.get(f"/audits/{audit}/live?have={have}", headers=HX).status_code == 204
        app.extensions.pop(BOARDS)  # a minute later
        assert admin.get(f"/audits/{audit}/live?have={have}", headers=HX).status_code == 200


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestPage:
    def test_is_whole_without_script_and_only_its_board_for_htmx(self, admin, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        whole = admin.get(f"/audits/{audit}/live").text
        part = admin.get(f"/audits/{audit}/live?have=old", headers=HX).text
        have = part.split("live?have=")[1].split('"')[0]

        assert "<h1>Live board</h1>" in whole
        assert "Reload" in whole
        assert "<h1" not in part
        assert "recorded in <bdi>Room 2</bdi>" in part
        assert admin.get(f"/audits/{audit}/live?have={have}", headers=HX).status_code == 204
        assert f"/audits/{audit}/live" in admin.get(f"/audits/{audit}").text
        # Nothing was seen since, and still the page is told that counting has ended.
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
        ended = admin.get(f"/audits/{audit}/live?have={have}", headers=HX).text
        assert "Counting has ended" in ended
        assert "hx-trigger" not in ended

    def test_of_a_draft_is_the_draft_and_of_a_closed_audit_says_so(self, admin, api):
        draft = api.post("/audits", json={"name": "Draft", "scope": {}}).json["id"]
        audit = open_audit(api)
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
        reject_all(api, audit)
        close(api, audit)

        assert admin.get(f"/audits/{draft}/live").location == f"/audits/{draft}"
        page = admin.get(f"/audits/{audit}/live").text
        assert "Counting has ended" in page
        assert "hx-trigger" not in page.split('id="live"')[1]

    def test_is_refused_to_who_counts_blind(self, page_as, admin, api):
        audit = open_audit(api, blind=True)

        assert page_as("technician").get(f"/audits/{audit}/live").status_code == 403
        assert admin.get(f"/audits/{audit}/live").status_code == 200
