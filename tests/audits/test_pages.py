"""The pages of an audit, from the list to the report, with htmx and without it."""

from __future__ import annotations

import html
import re
from itertools import chain

import pytest

from scanner_app.pages.audits import reconciling
from tests.audits.steps import close, find, open_audit, reject_all, scan, state_of

HX = {"HX-Request": "true"}


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
        assert "A-2" in here
        assert "A-1" not in here
        assert plain.status_code == 303
        assert "B-1" in room
        assert "GHOST" in room
        assert client.get(f"/audits/{audit}/here?place=NOWHERE").status_code == 404

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
class TestReconciling:
    def start(self, api) -> int:
        audit = open_audit(api)
        scan(api, "A-1", audit)
        scan(api, "B-1", audit, "R-1")
        scan(api, "GHOST", audit)
        api.post(f"/audits/{audit}/reconciliation")
        return audit

    def test_groups_undecided_findings_by_location_with_their_evidence(self, api, admin):
        audit = self.start(api)

        text = admin.get(f"/audits/{audit}").text
        one = find(api, audit, "B-1")["id"]
        evidence = admin.get(f"/audits/{audit}/findings/{one}", headers=HX).text

        assert "0 of 6" in text
        assert "Head office / Room 1" in text
        assert "Move to Room 1" in text
        assert "In Head office / Room 1" in evidence
        assert admin.get(f"/audits/{audit}/findings/{one}").text.startswith("<!")

    def test_many_are_decided_at_once_with_one_reason(self, api, admin):
        audit = self.start(api)

        silent = admin.post(
            f"/audits/{audit}/decisions",
            data={"all": "on", "decision": "reject"},
            follow_redirects=True,
        )
        done = admin.post(
            f"/audits/{audit}/decisions",
            data={"all": "on", "decision": "accept", "reason": "counted twice"},
            follow_redirects=True,
        )

        assert "A rejection needs a reason." in silent.text
        assert "5 proposals accepted." in done.text
        assert find(api, audit, "GHOST")["decision"] is None
        assert find(api, audit, "A-2")["reason"] == "counted twice"

    def test_decides_only_the_selected_findings(self, api, admin):
        audit = self.start(api)
        ids = [find(api, audit, tag)["id"] for tag in ("A-2", "A-3")]

        done = admin.post(
            f"/audits/{audit}/decisions",
            data={"finding": ids, "decision": "reject", "reason": "on loan"},
            follow_redirects=True,
        )

        assert "2 proposals rejected." in done.text
        assert find(api, audit, "B-2")["decision"] is None

    def walk(self, client, audit: int, query: str, between=lambda number: None) -> list[list[str]]:
        """Return the findings of every page, as a person who goes from page to page sees them."""
        pages, address = [], f"/audits/{audit}?{query}"
        while address:
            text = client.get(address).text
            pages.append(re.findall(r'aria-label="Evidence of ([^"]+)"', text))
            following = re.search(r'href="([^"]+)">Next page<', text)
            address = html.unescape(following[1]) if following else None
            between(len(pages))
        return pages

    @pytest.mark.parametrize("query", ["", "state=missing", "state=missing&open=yes"])
    def test_pages_show_each_finding_once_while_others_decide(
        self, api, admin, page_as, monkeypatch, query
    ):
        monkeypatch.setattr(reconciling, "MAX_FINDINGS", 2)
        audit = self.start(api)
        other = page_as("auditor")
        everything = list(chain(*self.walk(admin, audit, query)))
        first = find(api, audit, everything[0])["id"]

        def decide_meanwhile(number: int) -> None:
            if number == 1:
                data = {"finding": first, "decision": "accept"}
                assert other.post(f"/audits/{audit}/decisions", data=data).status_code == 303

        pages = self.walk(admin, audit, query, decide_meanwhile)

        assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
        assert list(chain(*pages)) == everything
        assert len(set(everything)) == len(everything) == (4 if query else 6)

    def test_shows_the_number_of_findings_by_state_and_location(self, api, admin):
        audit = self.start(api)
        one = find(api, audit, "B-2")["id"]
        admin.post(f"/audits/{audit}/decisions", data={"finding": one, "decision": "accept"})
        room = re.search(r'value="(\d+)"\s*>[^<]*Room 2', admin.get(f"/audits/{audit}").text)[1]

        def counts(query: str) -> list[str]:
            text = admin.get(f"/audits/{audit}?{query}").text
            tabs = re.search(r'aria-label="Findings">(.*?)</nav>', text, re.DOTALL)
            return re.findall(r'<span class="muted">([\d,]+)</span>', tabs[1])

        assert counts("") == ["5", "1", "4", "0", "1", "1"]
        assert counts(f"room={room}") == ["2", "1", "2", "0", "0", "0"]
        assert "Only to decide (3)" in admin.get(f"/audits/{audit}?state=missing").text

    def test_all_of_a_state_are_decided_at_once_and_nothing_else(self, api, admin, monkeypatch):
        monkeypatch.setattr(reconciling, "MAX_FINDINGS", 2)
        audit = self.start(api)
        kept = find(api, audit, "A-2")["id"]
        admin.post(
            f"/audits/{audit}/decisions",
            data={"finding": kept, "decision": "reject", "reason": "on loan"},
        )

        shown = admin.get(f"/audits/{audit}?state=missing").text
        done = admin.post(
            f"/audits/{audit}/decisions",
            data={"many": "on", "all": "on", "state": "missing", "decision": "accept"},
            follow_redirects=True,
        )
        again = admin.post(
            f"/audits/{audit}/decisions",
            data={"many": "on", "all": "on", "state": "missing", "decision": "accept"},
            follow_redirects=True,
        )

        assert '<span id="still-open" >3</span> “Missing”' in shown
        assert "3 proposals accepted." in done.text
        assert done.request.query_string == b"state=missing"
        assert "Nothing is left to decide here." in again.text
        assert find(api, audit, "A-2")["decision"] == "reject"
        assert find(api, audit, "B-1")["decision"] is None

    def test_a_decision_for_many_skips_what_someone_else_has_decided(self, api, admin, page_as):
        audit = self.start(api)
        ids = [find(api, audit, tag)["id"] for tag in ("A-2", "A-3", "GHOST")]
        page_as("auditor").post(
            f"/audits/{audit}/decisions",
            data={"finding": ids[0], "decision": "reject", "reason": "on loan"},
        )

        done = admin.post(
            f"/audits/{audit}/decisions",
            data={"many": "on", "finding": ids, "decision": "accept"},
            follow_redirects=True,
        )

        assert "1 proposal accepted. 2 skipped" in done.text
        assert find(api, audit, "A-2")["reason"] == "on loan"
        assert find(api, audit, "A-3")["decision"] == "accept"

    def test_unknown_labels_are_rejected_together_but_accepted_one_at_a_time(self, api, admin):
        audit = self.start(api)
        data = {"many": "on", "all": "on", "state": "unregistered"}

        accepted = admin.post(
            f"/audits/{audit}/decisions", data={**data, "decision": "accept"}, follow_redirects=True
        )
        rejected = admin.post(
            f"/audits/{audit}/decisions",
            data={**data, "decision": "reject", "reason": "not ours"},
            follow_redirects=True,
        )

        assert "each needs its own asset tag" in accepted.text
        assert "1 proposal rejected." in rejected.text

    def test_refuses_an_unknown_cursor(self, api, admin):
        audit = self.start(api)

        for cursor in ("forged", "%00", "WyJyb29tIiwgIngiLCAwXQ"):
            assert admin.get(f"/audits/{audit}?cursor={cursor}").status_code == 422, cursor

    def test_answers_htmx_with_the_finding_and_the_progress(self, api, admin):
        audit = self.start(api)
        one = find(api, audit, "B-1")["id"]

        refused = admin.post(
            f"/audits/{audit}/decisions", data={"finding": one, "decision": "reject"}, headers=HX
        )
        done = admin.post(
            f"/audits/{audit}/decisions", data={"finding": one, "decision": "accept"}, headers=HX
        )

        assert (refused.status_code, done.status_code) == (422, 200)
        assert "A rejection needs a reason." in refused.text
        assert "1 of 6" in done.text
        assert "Accepted" in done.text
        assert "<html" not in done.text

    def test_a_new_asset_is_registered_by_its_own_fields(self, api, admin):
        audit = self.start(api)
        one = find(api, audit, "GHOST")["id"]

        def register(tag: str):
            return admin.post(
                f"/audits/{audit}/decisions",
                data={"finding": one, "decision": "accept", "asset_tag": tag, "name": "Found"},
                headers=HX,
            )

        assert "already taken" in register("A-1").text
        assert register("x" * 300).status_code == 422
        assert register("a\x1bb").status_code == 422
        assert register("NEW-1").status_code == 200
        assert find(api, audit, "GHOST")["proposed"] == {"asset_tag": "NEW-1", "location": "R-1"}

    @pytest.mark.parametrize("headers", [HX, {}])
    def test_a_refused_form_keeps_what_was_entered_beside_the_reason(self, api, admin, headers):
        audit = self.start(api)
        one = find(api, audit, "GHOST")["id"]

        refused = admin.post(
            f"/audits/{audit}/decisions",
            data={
                "finding": one,
                "decision": "accept",
                "asset_tag": "A-1",
                "name": "Found laptop",
                "reason": "stood in the corner",
            },
            headers=headers,
        )

        [form] = re.findall(r'<form class="decide form".*?</form>', refused.text, re.DOTALL)
        assert refused.status_code == 422
        assert "already taken" in form
        for value in ("A-1", "Found laptop", "stood in the corner"):
            assert f'value="{value}"' in form

    def test_a_broken_form_is_answered_without_an_error_of_ours(self, api, admin):
        audit = self.start(api)

        for data in (
            {},
            {"decision": "accept"},
            {"decision": "perhaps", "finding": "1"},
            {"decision": "accept", "finding": "99999999999999999999"},
            {"decision": "accept", "finding": "x"},
            {"decision": "accept", "finding": "99999"},
            {"decision": "accept", "finding": "1", "back": "x\r\nSet-Cookie: a=b"},
        ):
            answer = admin.post(f"/audits/{audit}/decisions", data=data)

            assert answer.status_code in {303, 404, 422}, data

    def test_closing_shows_what_it_changes_and_changes_it(self, api, admin):
        audit = self.start(api)
        open_still = admin.get(f"/audits/{audit}/closure").text
        admin.post(
            f"/audits/{audit}/decisions",
            data={"all": "on", "decision": "accept", "reason": "seen"},
        )
        reject_all(api, audit)

        ready = admin.get(f"/audits/{audit}/closure").text
        closed = admin.post(f"/audits/{audit}/closure", follow_redirects=True).text

        assert "not decided yet" in open_still
        assert "Head office / Room 1" in ready
        assert "closed and sealed" in closed
        assert "scanner-app audits verify" in closed
        assert api.get("/assets/B-1").json["location"] == "R-1"

    def test_every_role_that_reads_audits_sees_every_page(self, api, page_as):
        audit = self.start(api)
        one = find(api, audit, "B-1")["id"]

        for role in ("viewer", "technician", "approver", "auditor"):
            client = page_as(role)
            for path in ("", f"/{audit}", f"/{audit}?state=missing", f"/{audit}/closure",
                         f"/{audit}/findings/{one}", f"/{audit}?state=odd&room=x"):  # fmt: skip
                assert client.get(f"/audits{path}").status_code == 200, (role, path)
            allowed = client.post(f"/audits/{audit}/decisions", data={"decision": "accept"})
            assert allowed.status_code == (303 if role == "auditor" else 403), role

    def test_hostile_texts_are_shown_and_not_run(self, api, admin):
        audit = open_audit(api, name="<script>alert(1)</script>")
        scan(api, "'><img src=x onerror=alert(1)>", audit)
        api.post(f"/audits/{audit}/reconciliation")

        text = admin.get(f"/audits/{audit}").text + admin.get("/audits").text

        assert "<script>alert" not in text
        assert "<img src=x" not in text


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
        assert "Scans that arrived too late" in page
        assert "after the seal" in page
        assert "Correct this record…" in page
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
