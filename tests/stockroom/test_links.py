"""The link by which a person accepts or declines a hand-over on their own phone."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.domain.seals.report import BrokenSeal, verify_report
from scanner_app.edge.stockroom.links import read_link, write_link_path
from scanner_app.models import Location, Notice, Task
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.services.stockroom.open_links import lapse_links
from tests.stockroom.steps import ADMIN, add_terms, handover, line, post, put_in_tray
from tests.stockroom.test_receipts import STROKES, read

SIGNED = {"answer": "accept", "signature": json.dumps(STROKES)}


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestByLink:
    @pytest.fixture
    def made(self, api):
        return post(api, handover("LT-001", "LT-005", by_link=True)).json

    @pytest.fixture
    def path(self, made, admin):
        page = admin.get(f"/h/{made['number']}").text
        return re.search(r"/accept/[\w.-]+", page)[0]

    @pytest.fixture
    def phone(self, app):
        return app.test_client()

    def state(self, api, made) -> str:
        return api.get(f"/handovers/{made['handover_id']}").json["state"]

    def test_the_person_reads_ticks_and_signs_without_an_account(self, api, made, path, phone):
        page = phone.get(path).text
        ticks = re.findall(r'name="terms"\s+value="(\d+:1)"', page)
        unsigned = phone.post(path, data={"answer": "accept", "terms": ticks})
        unticked = phone.post(path, data={**SIGNED, "terms": ticks[:1]})

        done = phone.post(path, data={**SIGNED, "terms": ticks})
        again = phone.post(path, data={"answer": "decline", "reason": "No"})

        assert "Bring them back." in page
        assert "LT-005" in page
        assert "/assets/" not in page
        assert [unsigned.status_code, unticked.status_code, done.status_code] == [422, 422, 303]
        assert again.status_code == 409
        assert "Your answer is recorded" in phone.get(path).text
        assert self.state(api, made) == "accepted"
        words, _ = read(phone.get(f"{path}/receipt.pdf").data)
        assert "Phones, use, version 1: accepted" in words
        assert "Signed by Dana Reyes" in words
        later = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-002')}").json["terms"]
        assert later[0]["accepted_at"] is not None

    def test_nobody_is_reminded_once_everything_is_back(self, app, api, made):
        from zoneinfo import ZoneInfo

        from scanner_app.domain.notices.sweep import SweepRules
        from scanner_app.services.notices.sweep import find_holding
        from scanner_app.storage.database import reading

        def asked() -> int:
            with app.app_context(), reading() as session:
                at, rules = datetime.now(UTC), SweepRules(ZoneInfo("UTC"), ())
                kinds = [one.kind for one in find_holding(session, now=at, rules=rules)]
                return kinds.count(NoticeKind.TO_ACCEPT)

        post(api, handover("LT-001", kind="return"))
        assert asked() == 1
        post(api, handover("LT-005", kind="return"))
        assert asked() == 0

    def test_the_answer_is_sealed_and_names_the_hand_over_by_its_hash(
        self, admin, made, path, phone
    ):
        ticks = re.findall(r'name="terms"\s+value="(\d+:1)"', phone.get(path).text)
        phone.post(path, data={**SIGNED, "terms": ticks})

        answer = admin.get(f"/h/{made['number']}/answer.json").data

        verify_report(answer)
        told = json.loads(answer)
        assert (told["answer"], told["handover_sha256"]) == ("accepted", made["sha256"])
        assert [one["version"] for one in told["terms"]] == [1, 1]
        with pytest.raises(BrokenSeal, match="answer"):
            verify_report(answer.replace(b'"accepted"', b'"declined"'))

    def test_declining_needs_a_reason_and_opens_one_task(self, api, admin, work, made, path, phone):
        silent = phone.post(path, data={"answer": "decline", "reason": "  "})
        told = phone.post(path, data={"answer": "decline", "reason": "No charger in the bag"})
        twice = phone.post(path, data={"answer": "decline", "reason": "No charger in the bag"})

        assert [silent.status_code, told.status_code, twice.status_code] == [422, 303, 409]
        assert self.state(api, made) == "declined"
        with work() as session:
            [title] = session.scalars(select(Task.title))
            kinds = list(session.scalars(select(Notice.kind).order_by(Notice.id)))
        assert title == f"{made['number']} was declined by Dana Reyes: No charger in the bag"
        assert kinds == [NoticeKind.TO_ACCEPT, NoticeKind.HANDOVER_ANSWERED]
        assert "Declined: No charger in the bag" in read(phone.get(f"{path}/receipt.pdf").data)[0]
        assert api.post(f"/handovers/{made['handover_id']}/link").status_code == 409
        assert "No charger" in admin.get(f"/h/{made['number']}").text

    def test_a_link_that_was_withdrawn_replaced_or_undone_takes_no_answer(
        self, api, made, path, phone
    ):
        link = f"/handovers/{made['handover_id']}/link"
        gone = api.delete(link)
        assert (gone.status_code, self.state(api, made)) == (204, "recorded")
        assert api.delete(link).status_code == 409
        first = api.post(link).json["url"].partition("/accept")[2]
        second = api.post(link).json["url"].partition("/accept")[2]
        assert self.state(api, made) == "waiting"
        api.post(f"/handovers/{made['handover_id']}/void")

        for closed in (path, f"/accept{first}", f"/accept{second}"):
            answer = phone.post(closed, data={"answer": "decline", "reason": "No"})
            assert answer.status_code == 409
            assert "does not take an answer any more" in answer.text
            # It may have reached the wrong person.
            assert "LT-001" not in phone.get(closed).text
            assert "Dana" not in phone.get(closed).text
            assert phone.get(f"{closed}/receipt.json").status_code == 404
            assert phone.get(f"{closed}/receipt.pdf").status_code == 404
        assert self.state(api, made) == "voided"
        assert phone.get(path[:-2]).status_code == 404

    def test_it_lapses_after_two_weeks_and_another_may_be_made(self, api, work, made, path, phone):
        with work() as session:
            assert lapse_links(session, datetime.now(UTC) + timedelta(days=13)) == 0
        with work() as session:
            assert lapse_links(session, datetime.now(UTC) + timedelta(days=14, minutes=1)) == 1
            said = session.scalars(select(Notice.params).order_by(Notice.id)).all()[-1]

        assert (said["answer"], said["person"]) == ("lapsed", "Dana Reyes")
        assert phone.post(path, data={"answer": "decline", "reason": "No"}).status_code == 409
        assert self.state(api, made) == "lapsed"
        assert api.post(f"/handovers/{made['handover_id']}/link").status_code == 201
        assert self.state(api, made) == "waiting"

    def test_shows_pieces_of_stock_and_asks_for_their_terms(self, api, admin, phone, shelf):
        tray = api.get(f"/trays/{put_in_tray(api, 'B-78', shelf)}").json
        made = post(api, handover(line(shelf, quantity=3), person="1002", by_link=True)).json
        path = re.search(r"/accept/[\w.-]+", admin.get(f"/h/{made['number']}").text)[0]

        page = phone.get(path).text

        assert [(one["title"], one["covers"]) for one in tray["terms"]] == [
            ("Phones, use", [shelf])
        ]
        assert made["terms"][0]["covers"] == [1]
        assert re.search(rf"<strong>3 boxes</strong> × <span class=\"code\">{shelf}<", page)
        assert f"version 1, for {shelf}" in page
        assert "/stock/items/" not in page

    def test_hostile_answers_are_refused_and_texts_stay_texts(self, api, work, app, phone):
        evil = "<script>alert(1)</script>"
        with work() as session:
            add_terms(session, evil, f"{evil}\n\n{evil}")
            session.execute(
                text("UPDATE person SET name = :name WHERE number = '1001'"), {"name": evil}
            )
        made = post(api, handover("LT-001", by_link=True)).json
        url = api.post(f"/handovers/{made['handover_id']}/link").json["url"]
        path = url[url.index("/accept/") :]

        assert evil not in phone.get(path).text
        for form in (
            {
                "answer": "accept",
                "terms": ["9" * 5000 + ":1", "٣:1", "x", "-1:1"],
                "signature": "{",
            },
            {"answer": "accept", "signature": "[" * 50_000},
            {"answer": "decline", "reason": "a\x00b"},
            {"answer": "decline", "reason": "a" * 501},
            {"answer": "sign"},
        ):
            assert phone.post(path, data=form).status_code == 422, form
        with app.test_request_context():
            other = write_link_path(read_link(path.rpartition("/")[2])[0], uuid.uuid4())
        assert phone.post(other, data={"answer": "decline", "reason": "No"}).status_code == 404
        assert phone.get(other).status_code == 404
        told = phone.post(path, data={"answer": "decline", "reason": evil})
        assert told.status_code == 303
        assert evil not in phone.get(path).text

    @pytest.fixture
    def shelf(self, work) -> str:
        """Return the code of an item of which five boxes lie in the stockroom."""
        now = datetime.now(UTC)
        with work() as session:
            values = {
                "name": "Mouse",
                "stock_class": "accessory",
                "unit": "box",
                "category": "Phones",
            }
            item_id = create_item(session, values=values, now=now)
            place_id = session.scalars(select(Location.id).where(Location.code == "R-STORE")).one()
            card = load_cards(session, [item_id])[item_id]
            receive(session, card, quantity=5, place_id=place_id, order=Order(now, now, ADMIN))
            return card.code

    def test_only_its_own_person_opens_it_from_the_bell(self, api, app, page_as, work, made):
        clerk = page_as("technician")
        with work() as session:
            link = session.scalar(select(Notice.params))["link"]
        other = clerk.get(f"/acceptances/{link}")
        with work() as session:
            session.execute(
                text(
                    "UPDATE user_account SET person_id = (SELECT id FROM person WHERE number = '1001')"
                )
            )

        assert other.status_code == 403
        assert clerk.get(f"/acceptances/{link}").headers["Location"].startswith("/accept/")
        assert clerk.get("/acceptances/999").status_code == 404
