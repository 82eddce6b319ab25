"""GET /api/v1/events: scans as EPCIS 2.0, held against the standard's own schema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.audits.steps import start_at
from tests.epcis.conftest import at
from tests.support.on_both import OnBoth

pytestmark = pytest.mark.usefixtures("office")


class TestSteps:
    @pytest.mark.parametrize(
        ("intent", "step", "disposition"),
        [
            ("sighting", "cycle_counting", None),
            ("move", "storing", None),
            ("check_out", "accepting", None),
        ],
    )
    def test_each_intent_is_its_business_step(self, scan, events, intent, step, disposition):
        scan("LT-2", intent, location="R-STORE", custodian="1001")

        [event] = events()

        assert (event["bizStep"], event.get("disposition")) == (step, disposition)
        assert (event["type"], event["action"]) == ("ObjectEvent", "OBSERVE")

    def test_a_return_is_received_and_says_so(self, scan, events):
        scan("LT-2", "check_out", custodian="1001", scanned_at=at(60))
        scan("LT-2", "check_in", location="R-STORE", scanned_at=at(90))

        assert [(e["bizStep"], e.get("disposition")) for e in events()] == [
            ("accepting", None),
            ("receiving", "returned"),
        ]

    def test_damage_is_told(self, scan, events):
        scan("LT-2", condition="damaged")

        assert events()[0]["disposition"] == "damaged"

    def test_what_is_no_event_is_left_out(self, scan, events):
        scan("LT-2", "lookup")
        scan("E28011700000020D1F2A4C55")
        scan("R-STORE", "sighting")
        scan("LT-2", "check_in")  # refused: it lies in stock

        assert events() == []


class TestNames:
    @pytest.mark.parametrize(
        ("tag", "uri"),
        [
            ("LT/Ü 1", "http://localhost/a/LT%2F%C3%9C%201"),
            ("LT-2", "https://id.gs1.org/8004/0614141A%2F5678"),
            ("LT-3", "https://id.gs1.org/8003/006141411234525678"),
            ("LT-4", "https://id.gs1.org/01/00614141123452/21/32a%2Fb"),
        ],
    )
    def test_an_asset_is_named_by_its_gs1_key_or_by_its_label(self, scan, events, tag, uri):
        scan(tag)

        assert events()[0]["epcList"] == [uri]

    def test_a_place_is_named_by_its_gln_or_by_its_label(self, scan, events):
        scan("LT-2", location="R-STORE", scanned_at=at(60))
        scan("LT-3", location="R 101/A", scanned_at=at(61))
        scan("LT-4", scanned_at=at(62))

        found = [(e.get("readPoint"), e.get("bizLocation")) for e in events()]

        store = {"id": "https://id.gs1.org/414/0614141000012"}
        room = {"id": "http://localhost/l/R%20101%2FA"}
        assert found == [(store, store), (room, room), (None, None)]

    def test_an_event_keeps_the_name_of_its_time(self, api, scan, events):
        first = scan("LT/Ü 1", scanned_at=at(60))
        before = events()
        answer = api.patch(
            "/assets/LT%2F%C3%9C%201",
            json={"identifiers": [{"scheme": "giai", "value": "0614141X1"}]},
        )
        assert answer.status_code == 200, answer.text
        later = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        scan("LT/Ü 1", scanned_at=later)

        after = events()

        assert before == after[:1]
        assert before[0]["eventID"] == f"urn:uuid:{first}"
        assert after[1]["epcList"] == ["https://id.gs1.org/8004/0614141X1"]

    def test_times_are_the_scans_own(self, scan, events):
        scan("LT-2", scanned_at="2026-03-29T03:30:00+02:00")

        [event] = events()

        assert event["eventTime"] == "2026-03-29T01:30:00.000Z"
        assert event["eventTimeZoneOffset"] == "+00:00"


class TestUndo(OnBoth):
    def test_an_undone_scan_declares_itself_wrong(self, scan, events):
        wrong = scan("LT-2", "move", location="R 101/A")
        scan("LT-2", "void", voids=wrong)

        [event] = events()

        assert event["eventID"] == f"urn:uuid:{wrong}"
        assert event["errorDeclaration"]["reason"] == "did_not_occur"

    def test_an_undo_tells_whoever_has_the_event_already(self, scan, events):
        wrong = scan("LT-2", "move", location="R 101/A")
        exported = events()
        since = datetime.now(UTC).isoformat()
        scan("LT-2", "void", voids=wrong)
        scan("LT-3")

        other, declared = events(since=since)

        assert "errorDeclaration" not in exported[0]
        assert other["epcList"] == ["https://id.gs1.org/8003/006141411234525678"]
        assert declared.pop("errorDeclaration")
        assert declared == exported[0]


class TestFilter(OnBoth):
    def test_an_audit_gives_its_scans_as_stock_taking(self, api, scan, events):
        audit = api.post("/audits", json={"name": "Stock", "scope": {"locations": ["HQ"]}}).json[
            "id"
        ]
        start_at(api, audit)
        scan("LT-2", location="R-STORE", audit=audit)
        scan("LT-3", location="R-STORE")

        [event] = events(audit=audit)

        assert event["bizStep"] == "stock_taking"
        assert event["bizTransactionList"] == [
            {"bizTransaction": f"http://localhost/audits/{audit}"}
        ]

    def test_the_report_of_a_closed_audit_leads_to_its_events(self, api, page_as, scan, events):
        audit = api.post(
            "/audits", json={"name": "Room", "scope": {"locations": ["R 101/A"]}}
        ).json["id"]
        start_at(api, audit)
        scan("LT/Ü 1", location="R 101/A", audit=audit)
        api.post(f"/audits/{audit}/reconciliation")
        assert api.post(f"/audits/{audit}/closure").status_code == 200

        viewer = page_as("viewer")
        link = f"/audits/{audit}/events.jsonld"
        assert f'href="{link}"' in viewer.get(f"/audits/{audit}").text
        with viewer.get(link) as answer:
            assert answer.get_json(force=True)["epcisBody"]["eventList"] == events(audit=audit)

    def test_a_range_is_half_open(self, scan, events):
        scan("LT-2")
        between = datetime.now(UTC).isoformat()
        scan("LT-3")

        early = events(since="2000-01-01T00:00:00Z", until=between)
        late = events(since=between)

        assert [len(early), len(late)] == [1, 1]
        assert early != late

    def test_a_filter_that_says_nothing_is_refused(self, api):
        backwards = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
        for query, field in (
            ({}, "since"),
            ({"since": "2026-03-02"}, "since"),
            (backwards, "until"),
            ({"audit": "0"}, "audit"),
        ):
            answer = api.get("/events", query_string=query)

            assert answer.status_code == 422, query
            assert field in answer.json["errors"]
        assert api.get("/events?audit=999").status_code == 404

    def test_more_events_than_a_chunk_come_whole(self, api, scan, events, monkeypatch):
        monkeypatch.setattr("scanner_app.queries.scanning.epcis_events.CHUNK", 3)
        wanted = {scan("LT-2", scanned_at=at(minute)) for minute in range(10)}

        assert {e["eventID"].removeprefix("urn:uuid:") for e in events()} == wanted


class TestCommand:
    def test_writes_the_same_events_to_a_file(self, app, scan, events, monkeypatch, tmp_path):
        from contextlib import contextmanager

        from click.testing import CliRunner

        from scanner_app.cli import export as command

        @contextmanager
        def this_app():
            with app.app_context():
                yield app

        monkeypatch.setattr(command, "open_app", this_app)
        scan("LT/Ü 1", location="R 101/A")
        scan("LT-3", "check_out", custodian="1001")
        target = tmp_path / "events.jsonld"

        done = CliRunner().invoke(
            command.export_command,
            ["epcis", "--since", "2000-01-01", "--base-url", "http://localhost", "-o", str(target)],
        )

        assert done.exit_code == 0, done.output
        import json

        assert json.loads(target.read_text())["epcisBody"]["eventList"] == events()
        assert list(tmp_path.glob(".*")) == []

    def test_says_that_it_needs_an_address(self, monkeypatch):
        from click.testing import CliRunner

        from scanner_app.cli import export as command

        monkeypatch.delenv("SCANNER_BASE_URL", raising=False)
        done = CliRunner().invoke(command.export_command, ["epcis", "--since", "2026-01-01"])

        assert "SCANNER_BASE_URL" in str(done.exception)
