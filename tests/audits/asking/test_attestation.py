"""People say what they have by a link: who is asked, what is worth what, when a link ends, what is kept."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scanner_app.domain.audits.asking.attestation import Answered
from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.domain.seals.check import Broken
from scanner_app.edge.attachments.keep import current_store
from scanner_app.edge.state import app_state
from scanner_app.models import Act, Asset, AttestationAnswer, AuditPicture
from scanner_app.queries.audits.asking.attestation import list_asked
from scanner_app.queries.register.attachments import list_stored_names
from scanner_app.services.audits import report_pdf
from scanner_app.services.audits.asking.attestation import Answer, answer_for
from scanner_app.services.audits.asking.pictures import KeptPicture
from scanner_app.services.audits.records.check import check_records
from scanner_app.services.files.pdf import Paper
from scanner_app.services.notices.sweep import find_holding, write_holding
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.storage.keys import load_public_keys
from tests.audits.rounds.test_places import scan_many
from tests.audits.steps import START, close, find, open_audit, reject_all, scan
from tests.notices.receivers import run_mail_server
from tests.notices.test_deliveries import Office
from tests.support.register import add_asset, add_location, add_person

PEOPLE, THINGS = 40, 100


def fill_people(session: Session) -> None:
    """100 laptops in a room; the last 40 are assigned to one person each."""
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R-1", "Room 1", parent=site, now=START)
    for number in range(THINGS):
        holder = number - (THINGS - PEOPLE)
        who = None
        if holder >= 0:
            mail = f"p{holder}@example.org" if holder else None
            who = add_person(session, f"{1000 + holder}", f"Person {holder}", email=mail, now=START)
        add_asset(
            session, f"LT-{number:04}", serial=f"SN-{number:08}", location=room, custodian=who,
            cost=100_00, now=START,
        )  # fmt: skip


@pytest.fixture
def contents():
    return fill_people


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """Return the lines of the paper that is written meanwhile, in order."""
    lines: list[str] = []

    class RecordingPaper(Paper):
        def _draw(self, x, y, line, font, size):
            lines.append(line)
            super()._draw(x, y, line, font, size)

    monkeypatch.setattr(report_pdf, "Paper", RecordingPaper)
    return lines


def tag_of(holder: int) -> str:
    return f"LT-{THINGS - PEOPLE + holder:04}"


def ask(api, audit: int, *holders: int, **more) -> dict[int, str]:
    """Return the path of each person's link; of everyone where nobody is named."""
    people = [str(1000 + holder) for holder in holders] or None
    answer = api.post(
        f"/audits/{audit}/attestation-requests", json={"people": people, "by": "shown", **more}
    )
    assert answer.status_code == 201, answer.text
    return {
        int(one["person"]) - 1000: re.sub("^.*(?=/attest/)", "", one["link"])
        for one in answer.json["items"]
    }


def say(client, link: str, finding: int | str, answer: str, **more):
    return client.post(link, data={"thing": finding, "answer": answer, **more})


def label_of(*codes: str) -> io.BytesIO:
    """Return a photo of these labels."""
    images = [
        np.array(
            zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8)
        )
        for code in codes
    ]  # fmt: skip
    pages = [
        np.pad(one, ((60, 60), (60, 400 - one.shape[1])), constant_values=255) for one in images
    ]
    file = io.BytesIO()
    Image.fromarray(np.vstack(pages)).save(file, "PNG")
    file.seek(0)
    return file


@pytest.mark.either_database
class TestScenario19:
    def test_of_40_people_asked(self, app, api, admin, drawn):
        """30 have it, 10 of them with a readable picture; 4 have not; 6 are silent; 60 of 100 seen."""
        audit = open_audit(api)
        scan_many(api, audit, range(THINGS - PEOPLE), START + timedelta(hours=1))
        links = ask(api, audit)
        assert sorted(links) == list(range(PEOPLE))
        outside = app.test_client()
        items = api.get(f"/audits/{audit}/findings?limit=500").json["items"]
        ids = {item["asset"]: item["id"] for item in items}

        # A mail program looks ahead at a link: nothing changes, and no other's thing is shown.
        before = self.count_acts(app)
        page = outside.get(links[0])
        assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
        assert self.count_acts(app) == before
        assert tag_of(0) in page.text
        assert "SN-" not in page.text  # the last four of its serial number alone
        assert not any(tag_of(holder) in page.text for holder in range(1, PEOPLE))
        assert "Person 1" not in page.text

        for holder in range(34):
            answer = "have" if holder < 30 else "do_not_have"
            if holder < 10:
                self.answer_with_picture(app, links[holder], ids[tag_of(holder)])
            else:
                said = say(outside, links[holder], ids[tag_of(holder)], answer)
                assert said.status_code == 303, said.text
        foreign = say(outside, links[39], ids[tag_of(0)], "have")
        assert foreign.status_code == 404
        api.post(f"/audits/{audit}/reconciliation")

        shown = api.get(f"/audits/{audit}").json
        assert (shown["accuracy"]["existence"], shown["counts"]["missing"]) == (0.6, 40)
        assert find(api, audit, tag_of(0))["flags"] == ["attested", "attested_with_picture"]
        assert find(api, audit, tag_of(20))["flags"] == ["attested"]
        assert find(api, audit, tag_of(20))["proposal"] == "mark_missing"
        assert find(api, audit, tag_of(31))["flags"] == []
        assert "90 of 100" in admin.get(f"/audits/{audit}/attestations").text
        people = api.get(f"/audits/{audit}/attestations").json["items"]
        assert sum(one["answered"] for one in people) == 34

        assert f"/audits/{audit}/attestations" in admin.get(f"/audits/{audit}").text

        reject_all(api, audit)
        close(api, audit)
        self.check_report(api, audit)
        self.check_pages(api, admin, audit, drawn)

    def count_acts(self, app) -> int:
        with app.app_context(), reading() as session:
            return session.scalar(select(func.count(Act.id))) or 0

    def answer_with_picture(self, app, link: str, finding: int) -> None:
        """As the page does, once the picture is kept and its labels are read."""
        with app.app_context(), unit_of_work() as session:
            sha256 = current_store().put(link.encode())
            own = frozenset(session.scalars(select(Asset.id)))
            picture = KeptPicture(sha256, 43, 800, 600)
            given = Answer(Answered.HAVE, "", picture, own)
            token = link.removeprefix("/attest/")
            answer_for(
                session, token=token, finding_ids=[finding], given=given, now=datetime.now(UTC)
            )

    def check_pages(self, api, admin, audit: int, drawn: list[str]) -> None:
        page = admin.get(f"/audits/{audit}").text.partition("<dt>Existence</dt>")[2]
        assert re.findall(r"<dd><strong>([\d.]+)", page)[:2] == ["60.0", "90.0"]
        assert "30 more were not seen" in page
        assert api.get(f"/audits/{audit}/report.pdf").status_code == 200
        # Two lines, and never one figure.
        assert [line for line in drawn if line in {"60.0 %", "90.0 %"}][-2:] == ["60.0 %", "90.0 %"]
        assert "34 of 40 people answered" in " ".join(drawn)

    def check_report(self, api, audit: int) -> None:
        report = json.loads(api.get(f"/audits/{audit}/report.json").data)
        check_meaning(report)
        part = report["attestations"]
        assert (len(part["asked"]), len(part["answers"])) == (40, 34)
        assert (part["figure"]["part"], part["figure"]["whole"]) == (90, 100)
        figures = {f["name"]: (f["part"], f["whole"]) for f in report["figures"]}
        assert figures["existence"] == (60, 100)
        assert len(report["pictures"]) == 10
        part["answers"][0]["answer"] = "do_not_have"
        with pytest.raises(Broken, match="attestations: an answer is not what its act says"):
            check_meaning(report)


@pytest.mark.either_database
class TestLink:
    def test_ends_when_it_is_replaced_or_revoked_or_its_day_or_the_count_is_over(self, app, api):
        audit, client = open_audit(api), app.test_client()
        [first] = ask(api, audit, 3).values()
        soon = datetime.now(UTC) + timedelta(days=1)
        [second] = ask(api, audit, 3, expires_at=soon.isoformat()).values()
        [other] = ask(api, audit, 4).values()
        works = [client.get(link).status_code for link in (first, second, other)]
        assert works == [404, 200, 200]

        with app.app_context(), unit_of_work() as session:
            ids = {one.number: one.person_id for one in list_asked(session, audit)}
        path = f"/audits/{audit}/attestation-requests/{ids['1003']}"
        assert [api.delete(path).status_code for _ in range(2)] == [204, 404]
        assert client.get(second).status_code == 404
        late = ask_with(api, audit, expires_at="2026-03-01T00:00:00Z")
        assert (late.status_code, list(late.json["errors"])) == (422, ["expires_at"])
        api.post(f"/audits/{audit}/reconciliation")
        assert client.get(other).status_code == 404
        assert say(client, other, 1, "have").status_code == 404
        assert ask_with(api, audit).json["code"] == "not_counting"
        kinds = [act["kind"] for act in api.get(f"/audits/{audit}/acts").json["items"]]
        assert kinds.count("attestation_asked") == 3
        assert kinds.count("attestation_revoked") == 1

    def test_is_not_in_the_log_of_requests(self, app, api, caplog):
        [link] = ask(api, open_audit(api), 3).values()
        with caplog.at_level("INFO", logger="scanner_app"):
            assert app.test_client().get(link).status_code == 200

        assert "path=/attest/..." in caplog.text
        assert link.removeprefix("/attest/") not in caplog.text

    def test_takes_20_answers_a_minute_and_none_from_another_site(self, app, api):
        audit, client = open_audit(api), app.test_client()
        [link] = ask(api, audit, 3).values()
        mine = find(api, audit, tag_of(3))["id"]
        elsewhere = client.post(
            link, data={"thing": mine, "answer": "have"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert elsewhere.status_code == 403

        codes = [303]
        while codes[-1] == 303 and len(codes) < 60:  # while it takes some, the minute goes on
            codes.append(say(client, link, mine, "have").status_code)

        assert len(codes) > 20
        assert codes[-1] == 429

    def test_keeps_every_answer_and_shows_the_newest(self, app, api, admin):
        audit, client = open_audit(api), app.test_client()
        [link] = ask(api, audit, 3).values()
        mine = find(api, audit, tag_of(3))["id"]

        silent = say(client, link, mine, "gave_to")
        assert (silent.status_code, "to whom you gave it" in silent.text) == (422, True)
        assert say(client, link, mine, "nothing").status_code == 422
        assert say(client, link, "all", "have").status_code == 303
        for _ in range(2):  # a double tap is one answer
            said = say(client, link, mine, "gave_to", note="Kim, in May")
            assert said.status_code == 303
        page = client.get(link).text
        assert "There is nothing left to answer" in page
        assert "Kim, in May" in page

        finding = admin.get(f"/audits/{audit}/findings/{mine}").text
        assert "Kim, in May" in finding
        with app.app_context(), unit_of_work() as session:
            answers = session.scalars(select(AttestationAnswer.answer)).all()
            assert answers == [Answered.HAVE, Answered.GAVE_TO]
        for statement in (update(AttestationAnswer).values(note="x"), delete(AttestationAnswer)):
            with app.app_context(), pytest.raises(DBAPIError), unit_of_work() as session:
                session.execute(statement)
        api.post(f"/audits/{audit}/reconciliation")
        assert find(api, audit, tag_of(3))["flags"] == []

    def test_is_asked_for_by_who_runs_audits_alone_and_for_people_who_have_something(
        self, api, page_as
    ):
        audit = open_audit(api)
        technician = page_as("technician")

        assert technician.get(f"/audits/{audit}/attestations").status_code == 403
        for people in (["1003", "nobody"], ["Person 3"]):
            refused = ask_with(api, audit, people=people)
            assert (refused.status_code, list(refused.json["errors"])) == (422, ["people"])
        by_mail = api.post(f"/audits/{audit}/attestation-requests", json={})
        assert (by_mail.status_code, list(by_mail.json["errors"])) == (422, ["by"])


def ask_with(api, audit: int, **body):
    return api.post(f"/audits/{audit}/attestation-requests", json={"by": "shown", **body})


@pytest.mark.either_database
@pytest.mark.usefixtures("reads_pictures")
class TestPictures:
    def test_of_the_label_counts_for_more_and_is_part_of_the_record(self, app, api, admin):
        audit = open_audit(api, policy={"attestation": "with_picture_counts"})
        client = app.test_client()
        links = ask(api, audit, 3, 4)
        for holder, shown in ((3, tag_of(3)), (4, tag_of(5))):
            mine = find(api, audit, tag_of(holder))["id"]
            picture = (label_of(shown), "label.png")
            said = say(client, links[holder], mine, "have", picture=picture)
            assert said.status_code == 303, said.text
        page = client.get(links[3]).text
        assert "its label was read" in page
        scan(api, "LT-0001", audit)
        seen = find(api, audit, "LT-0001")["id"]
        added = admin.post(
            f"/audits/{audit}/findings/{seen}/evidence",
            data={"picture": (label_of("LT-0001"), "label.png"), "note": "On the desk"},
            follow_redirects=True,
        )
        assert "On the desk" in added.text
        [source] = re.findall(r"/audits/\d+/pictures/[0-9a-f]{64}\.jpg", added.text)
        assert admin.get(source).content_type == "image/jpeg"
        assert admin.get(source.replace("/audits/1/", "/audits/2/")).status_code == 404
        api.post(f"/audits/{audit}/reconciliation")

        assert find(api, audit, tag_of(3))["flags"] == ["attested", "attested_with_picture"]
        assert find(api, audit, tag_of(4))["flags"] == ["attested"]
        reject_all(api, audit)
        close(api, audit)
        report = json.loads(api.get(f"/audits/{audit}/report.json").data)
        check_meaning(report)
        assert sorted(len(one["findings"]) for one in report["pictures"]) == [1, 1, 1]
        with app.app_context(), reading() as session:
            keys = load_public_keys(app_state(app).settings.instance_dir)
            assert list(check_records(session, keys=keys, find_file=current_store().get)) == []
            kept = set(session.scalars(select(AuditPicture.sha256)))
            assert len(kept) == 3
            assert kept <= list_stored_names(session)  # what a restored backup has to have
            gone = list(check_records(session, keys=keys, find_file=lambda _: None))
        assert len(gone) == 3


@pytest.fixture
def mail():
    with run_mail_server() as box:
        yield box


@pytest.mark.either_database
class TestByMail:
    def test_asks_reminds_after_3_and_7_days_and_ends_with_the_answer(self, app, api, work, mail):
        office = Office(app, work, mail.url)
        audit = open_audit(api)
        office.now = datetime.now(UTC) + timedelta(minutes=1)
        answer = api.post(
            f"/audits/{audit}/attestation-requests", json={"people": ["1003", "1004"]}
        )
        assert answer.status_code == 201, answer.text
        assert [one["link"] for one in answer.json["items"]] == [None, None]
        office.run()
        assert sorted(message["To"] for message in mail.messages) == [
            "p3@example.org", "p4@example.org",
        ]  # fmt: skip
        links = {m["To"]: find_link(m) for m in mail.messages}
        client = app.test_client()
        mine = find(api, audit, tag_of(3))["id"]
        assert say(client, links["p3@example.org"], mine, "have").status_code == 303

        mail.messages.clear()
        for days in (2, 1, 4, 1):
            office.now += timedelta(days=days)
            with work() as session:
                rules = SweepRules(ZoneInfo("UTC"))
                holding = find_holding(session, now=office.now, rules=rules)
                write_holding(session, holding, now=office.now)
            office.run()

        assert [message["To"] for message in mail.messages] == ["p4@example.org"] * 2
        assert {find_link(message) for message in mail.messages} == {links["p4@example.org"]}
        without = api.post(f"/audits/{audit}/attestation-requests", json={"people": ["1000"]})
        assert "No e-mail address is known of Person 0" in without.json["errors"]["people"][0]


def find_link(message) -> str:
    [path] = set(re.findall(r"/attest/[\w-]{43}", message.get_body(("plain",)).get_content()))
    return path
