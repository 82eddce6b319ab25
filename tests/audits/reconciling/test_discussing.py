"""Comments on findings, who clears them up until when, and the filters that find them again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Role
from scanner_app.domain.notices.kinds import NoticeKind, describe, find_link
from scanner_app.models import Notice, NoticeTo, User
from scanner_app.services.access import users
from scanner_app.storage.database import reading
from tests.audits.steps import close, find, later, open_audit, reject_all, scan
from tests.seals.test_alterations import both

pytestmark = pytest.mark.either_database


@pytest.fixture
def mara(work) -> str:
    with work() as session:
        made = users.add_user(
            session, email="mara@example.org", role=Role.STOCKROOM, name="Mara",
            password="a sentence to sign in", now=datetime.now(UTC),
        )  # fmt: skip
        return f"user:{made.id}"


def count(api) -> int:
    audit = open_audit(api)
    scan(api, "A-1", audit)
    scan(api, "B-1", audit, "R-1", minute=1)
    api.post(f"/audits/{audit}/reconciliation")
    return audit


def path(api, audit: int, tag: str) -> str:
    return f"/audits/{audit}/findings/{find(api, audit, tag)['id']}"


def open_notices(app) -> list[tuple[str, str, str]]:
    """Return to whom, what and where, of the notices of findings that are not settled."""
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(NoticeTo.user_id, Notice.kind, Notice.params)
            .join(Notice, Notice.id == NoticeTo.notice_id)
            .where(Notice.kind == NoticeKind.FINDING_ASSIGNED, Notice.cleared_at.is_(None))
            .order_by(Notice.id)
        )
        return [(f"user:{to}", describe(k, p), find_link(k, p)) for to, k, p in rows]


def tags(answer) -> list[str]:
    return [item["asset"] for item in answer.json["items"]]


@pytest.mark.usefixtures("office")
class TestComments:
    def test_are_acts_of_their_finding_and_stand_in_the_sealed_report(self, api, tmp_path):
        audit = count(api)
        one = path(api, audit, "A-2")

        answer = api.post(f"{one}/comments", json={"text": "At the repair shop since May."})

        assert answer.status_code == 201
        [act] = api.get(f"{one}/history").json["items"]
        assert (act["kind"], act["text"]) == ("commented", "At the repair shop since May.")
        assert api.get(f"{path(api, audit, 'A-3')}/history").json["items"] == []
        reject_all(api, audit)
        close(api, audit)
        sealed = api.get(f"/audits/{audit}/report.json").data
        words = [act["text"] for act in json.loads(sealed)["acts"]["items"]]
        assert "At the repair shop since May." in words
        assert both(None, sealed, tmp_path) == ""

    def test_leave_decision_and_proposal_as_they_are(self, api):
        audit = count(api)
        before = find(api, audit, "A-2")

        api.post(f"{path(api, audit, 'A-2')}/comments", json={"text": "I looked."})

        assert find(api, audit, "A-2") == before

    def test_are_not_empty_and_not_made_after_closing(self, api):
        audit = count(api)
        one = path(api, audit, "A-2")
        assert api.post(f"{one}/comments", json={"text": "  "}).status_code == 422
        reject_all(api, audit)
        close(api, audit)

        late = api.post(f"{one}/comments", json={"text": "too late"})

        assert (late.status_code, late.json["code"]) == (409, "audit_closed")

    def test_are_written_by_who_scans_and_not_by_who_only_reads(self, api, api_as):
        one = path(api, audit := count(api), "A-2")
        del audit

        for role, status in (("technician", 201), ("viewer", 403)):
            answer = api_as(role).post(f"{one}/comments", json={"text": "seen"})
            assert answer.status_code == status

    def test_are_refused_to_who_counts_blind(self, api, api_as):
        audit = open_audit(api, blind=True)
        one = path(api, audit, "A-2")

        answer = api_as("technician").post(f"{one}/comments", json={"text": "x"})

        assert (answer.status_code, answer.json["code"]) == (403, "blind_audit")

    def test_are_written_and_read_on_the_page_of_the_finding(self, api, admin):
        audit = count(api)
        one = path(api, audit, "A-2")

        empty = admin.post(f"{one}/comments", data={"text": " "})
        done = admin.post(f"{one}/comments", data={"text": "Look behind the rack."})

        assert empty.status_code == 422
        assert "Write the comment first." in empty.text
        assert done.headers["Location"] == f"{one}#comments"
        assert "Look behind the rack." in admin.get(one).text
        assert "1 comment" in admin.get(f"/audits/{audit}").text


@pytest.mark.usefixtures("office")
class TestAssignments:
    def test_name_who_clears_a_finding_up_until_when(self, api, mara):
        audit = count(api)
        one = path(api, audit, "A-2")

        answer = api.patch(one, json={"assignee": mara, "due_on": "2026-12-24"})

        assert answer.status_code == 200, answer.text
        shown = {name: answer.json[name] for name in ("assignee", "assignee_name", "due_on")}
        assert shown == {"assignee": mara, "assignee_name": "Mara", "due_on": "2026-12-24"}
        [act] = api.get(f"{one}/history").json["items"]
        assert act["message"] == "Given to Mara: until 2026-12-24"

    def test_may_change_the_day_alone_and_be_taken_away(self, api, mara):
        audit = count(api)
        one = path(api, audit, "A-2")
        api.patch(one, json={"assignee": mara, "due_on": "2026-12-24"})

        moved = api.patch(one, json={"due_on": "2027-01-07"}).json
        free = api.patch(one, json={"assignee": None, "due_on": None}).json

        assert (moved["assignee"], moved["due_on"]) == (mara, "2027-01-07")
        assert (free["assignee"], free["due_on"]) == (None, None)

    def test_come_with_a_decision_in_one_step(self, api, mara):
        audit = count(api)
        body = {"decision": "reject", "reason": "ask Mara", "assignee": mara}

        answer = api.patch(path(api, audit, "A-2"), json=body).json

        assert (answer["decision"], answer["assignee"]) == ("reject", mara)

    @pytest.mark.parametrize(
        "body",
        [{}, {"assignee": "user:999"}, {"assignee": "mara"}, {"assignee": "user:5x"},
         {"due_on": "2026-12-24"}, {"due_on": "soon"}],
    )  # fmt: skip
    def test_are_refused_without_a_user_that_may_sign_in(self, api, body):
        audit = count(api)

        answer = api.patch(path(api, audit, "A-2"), json=body)

        assert answer.status_code == 422
        assert find(api, audit, "A-2")["assignee"] is None

    def test_of_many_are_one_act(self, api, admin, mara):
        audit = count(api)
        many = {"all": "on", "state": "missing", "open": "yes", "assignee": mara.partition(":")[2]}

        admin.post(f"/audits/{audit}/assignments", data={**many, "assign_due": "2026-12-24"})

        # B-2 and B-3 were not seen.
        mine = api.get(f"/audits/{audit}/findings?assignee={mara}")
        assert sorted(tags(mine)) == ["A-2", "A-3", "B-2", "B-3"]
        given = [
            act
            for act in api.get(f"/audits/{audit}/acts").json["items"]
            if act["kind"] == "assigned_finding"
        ]
        assert [act["findings"] for act in given] == [4]
        page = admin.get(f"/audits/{audit}?who={many['assignee']}").text
        assert "Mara" in page
        assert "A-2" in page
        assert "B-1" not in page

    def test_are_notices_to_who_clears_up_until_it_is_over(self, app, api, page_as, mara):
        audit = count(api)
        for tag in ("A-2", "A-3"):
            api.patch(path(api, audit, tag), json={"assignee": mara, "due_on": "2026-12-24"})

        [told] = open_notices(app)

        assert told == (
            mara, "2 findings of audit “Spring” are yours to clear up, until 24 Dec 2026.",
            f"/audits/{audit}?who={mara.removeprefix('user:')}",
        )  # fmt: skip
        api.patch(path(api, audit, "A-2"), json={"assignee": None, "due_on": None})
        assert len(open_notices(app)) == 1
        api.patch(path(api, audit, "A-3"), json={"assignee": None, "due_on": None})
        assert open_notices(app) == []
        api.patch(path(api, audit, "A-3"), json={"assignee": mara})
        assert [one[1] for one in open_notices(app)] == [
            "A finding of audit “Spring” is yours to clear up."
        ]
        reject_all(api, audit)
        close(api, audit)
        assert open_notices(app) == []

    def test_to_oneself_are_no_notice(self, app, api, page_as):
        auditor = page_as("auditor", "ana@example.org")
        audit = count(api)
        with app.app_context(), reading() as session:
            ana = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()
        one = find(api, audit, "A-2")["id"]

        auditor.post(f"/audits/{audit}/assignments", data={"finding": one, "assignee": ana})

        assert find(api, audit, "A-2")["assignee"] == f"user:{ana}"
        assert open_notices(app) == []

    def test_of_nothing_or_of_a_wrong_day_say_so(self, api, admin, mara):
        audit = count(api)
        one = find(api, audit, "A-2")["id"]
        form = {"assignee": mara.partition(":")[2]}

        for data, text in (
            (form, "Select at least one finding."),
            ({**form, "finding": one, "assign_due": "soon"}, "Enter the day as 2026-12-31."),
            ({"finding": one, "assign_due": "2026-12-24"}, "Choose who keeps this day."),
        ):
            done = admin.post(f"/audits/{audit}/assignments", data=data, follow_redirects=True)
            assert text in done.text
        assert find(api, audit, "A-2")["assignee"] is None


@pytest.mark.usefixtures("office")
class TestTheQueue:
    def test_is_narrowed_by_flag_and_by_who_has_it(self, api, mara):
        audit = count(api)
        api.patch(path(api, audit, "A-3"), json={"assignee": mara})
        scan(api, "B-2", None, "R-2", minute=2)
        api.post(f"/audits/{audit}/counting")
        api.post(f"/audits/{audit}/reconciliation")
        asked = f"/audits/{audit}/findings"

        assert tags(api.get(f"{asked}?flag=outside_scan")) == ["B-2"]
        assert tags(api.get(f"{asked}?assignee={mara}")) == ["A-3"]
        assert "A-3" not in tags(api.get(f"{asked}?assignee=nobody"))
        assert tags(api.get(f"{asked}?undecided=true&state=misplaced")) == ["B-1"]
        for wrong in ("mara", "nobody-else", "user:5x"):
            assert api.get(f"{asked}?assignee={wrong}").status_code == 422

    def test_is_sorted_by_value_through_all_its_pages(self, api, admin, monkeypatch):
        from scanner_app.pages.audits import reconciling

        monkeypatch.setattr(reconciling, "MAX_FINDINGS", 2)
        audit = count(api)
        shown: list[str] = []
        address = f"/audits/{audit}?sort=value"
        while address:
            text = admin.get(address).text
            shown += [
                part.split('"')[0] for part in text.split('class="tag strong" href="/assets/')[1:]
            ]
            following = text.split('">Next page</a>')[0] if "Next page</a>" in text else ""
            address = following.rpartition('href="')[2].replace("&amp;", "&")

        # A-n costs n times 100, B-n costs 50; A-1 is in its place.
        assert shown == ["A-3", "A-2", "B-1", "B-2", "B-3"]

    def test_refuses_a_cursor_that_it_never_wrote(self, api, admin):
        audit = count(api)
        from scanner_app.queries.paging import Cursor, write_cursor

        forged = write_cursor(Cursor("value", "much", 1))

        assert admin.get(f"/audits/{audit}?sort=value&cursor={forged}").status_code == 422


@pytest.mark.usefixtures("office")
def test_the_notice_of_scans_that_do_not_count_leads_to_counting(api, admin):
    audit = count(api)
    assert admin.get(f"/audits/{audit}").text.count("/counting") == 1
    scan(api, "A-2", audit, scanned_at=later())

    text = admin.get(f"/audits/{audit}").text

    assert "was made while this audit did not count" in text
    assert text.count(f'action="/audits/{audit}/counting"') == 2
