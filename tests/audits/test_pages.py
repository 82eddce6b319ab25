"""The pages of an audit, from the list to the report, with htmx and without it."""

from __future__ import annotations

import re

import pytest

from scanner_app.queries.audits.pace import load_pace
from tests.audits.steps import HX, close, open_audit, reject_all, scan, state_of

pytestmark = pytest.mark.either_database


def tech(page_as):
    return page_as("technician")


@pytest.mark.usefixtures("office")
class TestSettingUp:
    def test_previews_how_many_assets_the_scope_covers(self, admin):
        part = admin.get("/audits/new?preview=1&locations=R-1", headers=HX).text

        assert "<strong>3</strong>" in part
        assert "<html" not in part

    def test_works_without_script(self, admin):
        counted = admin.post("/audits", data={"step": "count", "locations": "HQ"})
        made = admin.post(
            "/audits", data={"name": "Spring", "locations": ["HQ"], "due_on": "2026-04-01"}
        )

        assert "<strong>6</strong>" in counted.text
        assert made.status_code == 303
        page = admin.get(made.location).text
        assert "Start counting" in page
        assert admin.post(f"{made.location}/counting").status_code == 303
        assert "0 of 6" in admin.get(made.location).text

    def test_shows_a_scope_by_names_with_the_codes_beside_them(self, admin):
        made = admin.post(
            "/audits",
            data={
                "name": "Spring",
                "locations": ["R-1", "AWAY"],
                "custodians": ["1001"],
                "statuses": ["in_stock"],
            },
        )

        page = re.sub(r"<[^>]*>", " ", admin.get(made.location).text)
        words = " ".join(page.split())
        assert "Locations Head office / Room 1 R-1 Other site AWAY" in words
        assert "Categories all Assigned to Ana 1001 Status In stock" in words

    def test_bad_input_shows_the_form_again_with_the_reason(self, admin):
        for fields in (
            {"name": ""},
            {"name": " "},
            {"name": "x" * 201},
            {"name": "a\x00b"},
            {"name": "ok", "locations": "NOWHERE"},
            {"name": "ok", "due_on": "soon"},
        ):
            answer = admin.post("/audits", data=fields)

            assert answer.status_code == 422, fields
            assert 'class="error"' in answer.text, fields

    def test_a_draft_whose_location_is_gone_can_still_be_discarded(self, admin, api):
        made = admin.post("/audits", data={"name": "Spring", "locations": ["AWAY"]})
        renamed = api.patch("/locations/AWAY", json={"code": "FAR"})
        assert renamed.status_code == 200, renamed.text

        page = admin.get(made.location)
        started = admin.post(f"{made.location}/counting", follow_redirects=True)

        assert "There is no location" in page.text
        assert "Not started" in started.text
        assert admin.post(f"{made.location}/cancellation").status_code == 303
        assert "cancelled" in admin.get(made.location).text


@pytest.mark.usefixtures("office")
class TestCounting:
    def test_a_room_shows_what_is_missing_and_what_came_from_elsewhere(self, api, page_as, work):
        audit = open_audit(api)
        scan(api, "A-1", audit)
        scan(api, "B-1", audit)
        scan(api, "GHOST", audit)
        client = tech(page_as)

        here = client.get(f"/audits/{audit}/here?place=r-1", headers=HX).text
        plain = client.get(f"/audits/{audit}/here?place=R-1")
        room = client.get(plain.location).text

        assert "1 of 3" in here
        assert 'data-strays="2"' in here  # B-1 and the unknown label
        assert "A-2" in here
        assert "A-1" not in here
        assert plain.status_code == 303
        assert "B-1" in room
        assert "GHOST" in room
        assert client.get(f"/audits/{audit}/here?place=NOWHERE").status_code == 404

    def test_offers_to_locate_by_rfid_where_a_reader_is_on(self, api, admin):
        audit = open_audit(api)
        room = admin.get(f"/audits/{audit}/here?place=R-1").location
        before = admin.get(room).text
        admin.post("/readers", data={"name": "Dock", "kind": "rfid", "silent_after": "10"})
        with_reader = admin.get(room).text
        api.post(f"/audits/{audit}/reconciliation")

        assert "A-2" in before
        assert "/find/A-2?" not in before
        assert "/find/A-2?" in with_reader
        assert "/find/A-2?" in admin.get(f"/audits/{audit}").text

    def test_a_scan_page_of_an_audit_that_has_ended_says_so_and_leads_out(self, api, page_as):
        audit = open_audit(api)
        ended = r"<p[^>]*data-ended\s*>"  # without `hidden`
        client = tech(page_as)
        counting = client.get(f"/scan?audit={audit}").text
        api.post(f"/audits/{audit}/reconciliation")

        page = client.get(f"/scan?audit={audit}").text

        assert re.search(ended, counting) is None
        assert re.search(ended, page)
        assert "Counting has ended on <time" in page
        assert f'<a href="/audits/{audit}">Leave the audit</a>' in page

    def test_a_whole_building_counts_the_rooms_inside(self, api, page_as):
        audit = open_audit(api)
        scan(api, "A-1", audit)

        here = tech(page_as).get(f"/audits/{audit}/here?place=HQ", headers=HX).text

        assert "1 of 6" in here

    def test_a_blind_counter_sees_nothing_of_the_expected_list(self, api, api_as, page_as):
        audit = open_audit(api, blind=True)
        scan(api, "A-1", audit)
        scan(api, "A-2", audit, "R-2")
        counter, auditor = tech(page_as), page_as("auditor")
        room = f"/audits/{audit}/here?place=R-1"

        blind, whole = counter.get(f"/audits/{audit}").text, auditor.get(f"/audits/{audit}").text
        here = counter.get(room, headers=HX).text
        room_page = counter.get(counter.get(room).location).text

        assert "not counted yet" in whole
        assert "not counted yet" not in blind
        assert re.search(r"\d+ of \d+", blind + here + room_page) is None
        assert "A-3" not in here + room_page
        assert "A-2" not in room_page  # expected here, and seen elsewhere
        assert "A-1" in room_page
        program = api_as("technician")
        assert program.get(f"/audits/{audit}/findings").json["code"] == "blind_audit"
        assert program.get(f"/audits/{audit}/report.json").status_code == 403
        assert program.get(f"/audits/{audit}").json["accuracy_by"] == {}
        assert counter.get(f"/audits/{audit}/expected.json").json["assets"] == []

    def test_the_expected_list_is_sent_again_only_if_it_changed(self, api, page_as):
        audit = open_audit(api)
        client = tech(page_as)
        first = client.get(f"/audits/{audit}/expected.json")

        same = client.get(
            f"/audits/{audit}/expected.json", headers={"If-None-Match": first.headers["ETag"]}
        )
        scan(api, "A-1", audit)
        other = client.get(
            f"/audits/{audit}/expected.json", headers={"If-None-Match": first.headers["ETag"]}
        )

        assert (same.status_code, other.status_code) == (304, 200)
        [asset] = [a for a in other.json["assets"] if a["tag"] == "A-1"]
        assert (asset["keys"], asset["location"], asset["seen_location"]) == (
            ["A-1"],
            "R-1",
            "R-1",
        )
        assert {"code", "code_key", "name", "path"} <= other.json["places"][0].keys()


@pytest.mark.usefixtures("office")
class TestReportPage:
    def test_lists_late_scans_and_offers_the_next_audit(self, api, admin):
        audit = open_audit(api, scope={"locations": ["R-1"]})
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        before = api.get(f"/audits/{audit}/report.json").data

        late = scan(api, "A-2", audit, minute=1)
        page = admin.get(f"/audits/{audit}").text

        assert late["refusal"] == "audit_not_counting"
        assert state_of(api, audit, "A-2")[0] == "missing"
        assert api.get(f"/audits/{audit}/report.json").data == before
        assert "Scans that were made in time and missed the seal" in page
        assert "after the seal" in page
        assert "Correct this record" in page
        following = admin.post(f"/audits/{audit}/revision")
        assert f'href="{following.location}"' in admin.get(f"/audits/{audit}").text

    def test_anyone_can_download_the_public_keys(self, api, app, admin):
        audit = open_audit(api, scope={"locations": ["AWAY"]})
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        seal = api.get(f"/audits/{audit}/report.json").json["seal"]
        stranger = app.test_client()

        assert stranger.get("/audits/key.pem").text == seal["public_key"]
        assert stranger.get(f"/audits/keys/{seal['key_id']}.pem").text == seal["public_key"]
        for odd in ("0" * 16, "..", "x", "%00"):
            assert stranger.get(f"/audits/keys/{odd}.pem").status_code == 404

    def test_what_does_not_exist_is_404(self, admin):
        for path in (
            "99",
            "99999999999",
            "1/report.docx",
            "1/rooms/99999999999",
            "1/here?place=%00",
        ):
            assert admin.get(f"/audits/{path}").status_code == 404, path


class TestPlots:
    def test_a_running_audit_shows_how_far_it_is_and_a_blind_one_does_not(
        self, office, api, page_as
    ):
        audit, blind = open_audit(api), open_audit(api, blind=True)
        technician = page_as("technician")

        assert 'id="pace"' in technician.get(f"/audits/{audit}").text
        assert 'id="pace"' not in technician.get(f"/audits/{blind}").text
        assert technician.get(f"/audits/{blind}/pace").status_code == 403

    def test_the_plot_counts_each_asset_once_and_ends_with_the_tally(self, office, api, work):
        audit = open_audit(api)
        for tag, room in (("A-1", "R-1"), ("A-2", "R-1"), ("A-1", "R-1"), ("B-1", "R-1")):
            scan(api, tag, audit, room)

        with work() as session:
            pace = load_pace(session, audit)

        assert pace[0][1] == 0
        assert pace[-1][1] == 3
        assert [moment for moment, _ in pace] == sorted(moment for moment, _ in pace)

    def test_a_count_without_a_sighting_has_no_points(self, office, api, work):
        audit = open_audit(api)

        with work() as session:
            assert load_pace(session, audit) == []
