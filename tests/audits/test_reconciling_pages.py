"""The pages on which findings are decided and an audit is closed, with htmx and without it."""

from __future__ import annotations

import html
import re
from itertools import chain

import pytest

from scanner_app.pages.audits import closing, reconciling
from tests.audits.steps import HX, find, open_audit, reject_all, scan

pytestmark = pytest.mark.either_database


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

    @pytest.mark.parametrize("decision", ["accept", "reject"])
    @pytest.mark.parametrize(
        "chosen",
        [
            {},
            {"finding": "x"},
            {"all": ""},
            {"all": "off"},
            {"state": "missing"},
            {"all": "on", "state": "mising"},
            {"all": "on", "room": "x"},
        ],
    )
    def test_nothing_is_decided_before_something_is_selected(self, api, admin, decision, chosen):
        audit = self.start(api)
        data = {"many": "on", "decision": decision, "reason": "counted twice", **chosen}

        plain = admin.post(f"/audits/{audit}/decisions", data=data)
        fragment = admin.post(f"/audits/{audit}/decisions", data=data, headers=HX)

        for refused in (plain, fragment):
            assert refused.status_code == 422
            asked = "This list does not exist." if chosen.get("all") == "on" else "Select at least"
            assert asked in refused.text
            assert 'value="counted twice"' in refused.text
        assert "0 of 6" in admin.get(f"/audits/{audit}").text

    def test_a_refused_decision_for_many_keeps_the_selection(self, api, admin):
        audit = self.start(api)
        ids = [find(api, audit, tag)["id"] for tag in ("A-2", "A-3")]

        refused = admin.post(
            f"/audits/{audit}/decisions",
            data={"many": "on", "finding": ids, "decision": "reject"},
        )

        assert "A rejection needs a reason." in refused.text
        boxes = re.findall(r'value="(\d+)"\s+form="many"\s+(checked)?', refused.text)
        assert sorted(int(value) for value, checked in boxes if checked) == sorted(ids)

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
        shown = admin.get(f"/audits/{audit}?state=missing").text
        assert 'Only to decide (<span id="open-here" >3</span>)' in shown

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

    @pytest.mark.parametrize("shown", [{}, {"state": "missing", "open": "yes"}])
    def test_answers_htmx_with_every_count_of_the_page(self, api, admin, shown):
        """Each part of the page that a decision changes is the same as after a reload."""
        audit = self.start(api)
        one = find(api, audit, "A-2")["id"]
        data = {"finding": one, "decision": "accept", **shown}
        answer = admin.post(f"/audits/{audit}/decisions", data=data, headers=HX).text

        page = admin.get(f"/audits/{audit}", query_string=shown).text
        tags = re.findall(r'<[^<>]*hx-swap-oob="true"[^<>]*>', answer)
        parts = [re.search(r' id="([^"]+)"', tag)[1] for tag in tags]

        def find_part(text: str, part: str) -> list[str]:
            element = rf'<(\w+)\s+(?:[^<>]*?\s)?id="{part}".*?</\1>'
            return re.search(element, text, re.DOTALL)[0].split()

        always = {"decided", "finding-tabs", "f-room", "still-open", "closing-acts"}
        assert set(parts) == always | ({"open-here"} if shown else set())
        for part in parts:
            now = find_part(answer.replace('hx-swap-oob="true"', ""), part)
            assert now == find_part(page, part)

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

    def test_closing_shows_the_beginning_of_long_lists_with_their_number(
        self, api, admin, monkeypatch
    ):
        audit = self.start(api)
        reject_all(api, audit)
        whole = admin.get(f"/audits/{audit}/closure").text
        count = int(re.search(r'Rejected, unchanged <span class="muted">(\d+)<', whole)[1])
        monkeypatch.setattr(closing, "MAX_SHOWN", 1)

        cut = admin.get(f"/audits/{audit}/closure").text

        assert count > 1
        assert f'Rejected, unchanged <span class="muted">{count}<' in cut
        assert f"and {count - 1} more; the report lists all" in cut
        assert "more; the report" not in whole

    def test_every_role_that_reads_audits_sees_every_page(self, api, page_as):
        audit = self.start(api)
        one = find(api, audit, "B-1")["id"]

        for role in ("viewer", "technician", "approver", "auditor"):
            client = page_as(role)
            for path in ("", f"/{audit}", f"/{audit}?state=missing", f"/{audit}/closure",
                         f"/{audit}/findings/{one}", f"/{audit}?state=odd&room=x"):  # fmt: skip
                assert client.get(f"/audits{path}").status_code == 200, (role, path)
            allowed = client.post(f"/audits/{audit}/decisions", data={"decision": "accept"})
            assert allowed.status_code == (422 if role == "auditor" else 403), role

    def test_hostile_texts_are_shown_and_not_run(self, api, admin):
        audit = open_audit(api, name="<script>alert(1)</script>")
        scan(api, "'><img src=x onerror=alert(1)>", audit)
        api.post(f"/audits/{audit}/reconciliation")

        text = admin.get(f"/audits/{audit}").text + admin.get("/audits").text

        assert "<script>alert" not in text
        assert "<img src=x" not in text
