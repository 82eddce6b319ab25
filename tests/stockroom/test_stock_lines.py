"""Pieces of stock at the counter: one line of the sealed document, never below zero."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import ContestedScan, Handover, StockLevel
from scanner_app.services.stock.check import find_mismatches
from scanner_app.services.stock.items import CodeInput, create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.storage.database import reading, unit_of_work
from tests.scanning.steps import START, scan
from tests.scanning.steps import post as post_scans
from tests.stockroom.steps import handover, line, post
from tests.support.register import add_location

TONER, MOUSE, BOX = "ST-0001", "ST-0002", "4006381333931"


@pytest.fixture
def shelf(app, counter):
    """Five toners, and twenty mice of which ten are in a box, in the stockroom."""
    from scanner_app.models import Location
    from scanner_app.queries.stock.items import load_cards

    with app.app_context(), unit_of_work() as session:
        place_id = session.scalars(select(Location.id).where(Location.code == "R-STORE")).one()
        add_location(session, "R-BACK", "Back room", now=START)
        clerk = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)
        for name, kind, quantity, codes in (
            ("Toner", "consumable", 5, []),
            ("Mouse", "accessory", 20, [CodeInput(BOX, 10), CodeInput("PALLET", 100_000)]),
        ):
            values = {"name": name, "stock_class": kind, "codes": codes}
            item_id = create_item(session, values=values, now=START)
            card = load_cards(session, [item_id])[item_id]
            order = Order(START, START, clerk)
            receive(session, card, quantity=quantity, place_id=place_id, order=order)


def there(api, code: str) -> dict[str, int]:
    levels = api.get(f"/stock-levels?item={code}").json["items"]
    return {level["holder"]: level["quantity"] for level in levels if level["quantity"]}


def put(api, tray: str, code: str, **more) -> dict:
    [answer] = post_scans(api, scan(code, "lookup", handover=tray, **more))
    return answer


@pytest.mark.usefixtures("shelf")
@pytest.mark.either_database
class TestTrayOfPieces:
    def test_each_scan_adds_what_its_code_stands_for(self, api):
        tray = str(uuid.uuid4())
        for code, more in ((MOUSE, {}), (MOUSE, {}), (BOX, {}), (TONER, {"quantity": 4})):
            put(api, tray, code, **more)

        shown = api.get(f"/trays/{tray}").json

        assert shown["kind"] == "issue"
        assert [(one["stock_code"], one["quantity"], one["why"]) for one in shown["lines"]] == [
            (MOUSE, 12, ""), (TONER, 4, ""),
        ]  # fmt: skip
        put(api, tray, TONER, quantity=2)
        [_, toner] = api.get(f"/trays/{tray}").json["lines"]
        assert (toner["quantity"], toner["is_ready"]) == (6, False)
        assert "Only 5 there" in toner["why"]

    def test_is_part_of_the_document_the_receipt_and_the_undo(self, api, app, admin):
        body = handover("LT-001", line(MOUSE, quantity=3), line(TONER, quantity=2))

        out = post(api, body)

        assert out.status_code == 201, out.text
        lines = out.json["lines"]
        assert [(one["asset_tag"], one["stock_code"], one["quantity"]) for one in lines] == [
            ("LT-001", None, 1), (None, MOUSE, 3), (None, TONER, 2),
        ]  # fmt: skip
        assert lines[1]["place"]["ref"] == "R-STORE"
        assert there(api, MOUSE) == {"R-STORE": 17, "1001": 3}
        assert there(api, TONER) == {"R-STORE": 3}
        number = out.json["number"]
        assert f"/stock/items/{MOUSE}" in admin.get(f"/h/{number}").text
        statement = admin.get("/people/1001/statement").text
        assert "Pieces of stock" in statement
        assert ">3</span>" in statement
        assert admin.get(f"/h/{number}/receipt.pdf").data.startswith(b"%PDF")
        again = post(api, body)
        assert (again.status_code, again.json["number"]) == (200, number)

        undone = api.post(f"/handovers/{body['handover_id']}/void")

        assert [one["is_voided"] for one in undone.json["lines"]] == [True, True, True]
        assert there(api, MOUSE) == {"R-STORE": 20}
        assert there(api, TONER) == {"R-STORE": 5}
        with app.app_context(), reading() as session:
            assert find_mismatches(session) == []

    def test_takes_back_from_whoever_brings_it_and_never_what_is_used_up(self, api):
        post(api, handover(line(MOUSE, quantity=3)))

        back = post(api, handover(line(MOUSE, quantity=2, location="R-BACK"), kind="return"))
        used = post(api, handover(line(TONER), kind="return", person="1001"))

        assert back.status_code == 201, back.text
        assert there(api, MOUSE) == {"R-STORE": 17, "R-BACK": 2, "1001": 1}
        assert used.status_code == 409
        assert used.json["lines"][0]["result"]["refusal"] == "not_returnable"

    def test_takes_nothing_from_the_shelf_if_one_line_is_refused(self, api):
        refused = post(api, handover("LT-001", line(MOUSE, quantity=2), line(TONER, quantity=6)))

        assert refused.status_code == 409
        assert [one["index"] for one in refused.json["lines"]] == [2]
        assert "5" in refused.json["lines"][0]["result"]["message"]
        assert there(api, MOUSE) == {"R-STORE": 20}

    def test_goes_to_the_person_of_the_document_and_to_nobody_else(self, api):
        for kind in ("issue", "return"):
            told = post(api, handover(line(MOUSE, target="1002"), kind=kind))

            assert told.status_code == 422
            assert list(told.json["errors"]) == ["scans.0.target"]
        assert there(api, MOUSE) == {"R-STORE": 20}

    def test_is_not_made_used_up_while_a_person_has_some(self, api, admin):
        post(api, handover(line(MOUSE, quantity=3)))

        refused = api.patch(f"/stock-items/{MOUSE}", json={"returns": False})

        assert refused.status_code == 422
        assert "have 3 of it. Check those in" in refused.text
        form = {"name": "Mouse", "stock_class": "accessory", "is_active": "on"}
        page = admin.post(f"/stock/items/{MOUSE}/edit", data=form)
        assert (page.status_code, "Check those in" in page.text) == (422, True)
        post(api, handover(line(MOUSE, quantity=3), kind="return"))
        assert api.patch(f"/stock-items/{MOUSE}", json={"returns": False}).status_code == 200

    def test_asks_for_one_line_of_one_item_and_location(self, api):
        twice = post(api, handover(line(MOUSE), line(BOX)))

        assert (twice.status_code, twice.json["code"]) == (422, "twice")

    @pytest.mark.parametrize("kind", ["issue", "return"])
    def test_records_nothing_of_a_line_that_only_its_neighbour_stopped(self, api, kind):
        """Each of the two lines could go alone; together they take more than one account has."""
        if kind == "issue":
            lines = [line(TONER, quantity=3), line(TONER, quantity=3, location="R-STORE")]
        else:
            post(api, handover(line(MOUSE, quantity=3)))
            lines = [line(MOUSE, quantity=2, location=room) for room in ("R-STORE", "R-BACK")]
        before = there(api, MOUSE), there(api, TONER)

        refused = post(api, handover(*lines, kind=kind))

        assert refused.status_code == 409
        [told] = refused.json["lines"]
        assert (told["index"], told["result"]["outcome"]) == (1, "refused")
        assert (there(api, MOUSE), there(api, TONER)) == before

    def test_asks_for_a_count_of_a_shelf_that_the_books_do_not_know(self, api, admin):
        fact = handover(line(TONER, quantity=3, location="R-BACK"), mode="fact")

        assert post(api, fact).json["lines"][0]["refusal"] == "not_enough_stock"

        [toner] = api.get("/stock-items?contested=true").json["items"]
        assert toner["code"] == TONER
        page = admin.get("/handovers").text
        assert f"/stock/items/{TONER}" in page
        assert "3 in <bdi>Back room</bdi>: count what lies there." in page
        assert "No asset has this code" not in page
        assert "to be counted" in admin.get(f"/stock/items/{TONER}").text

    def test_is_a_fact_after_the_people_have_left(self, api, app):
        """Without a network the page does not know that its codes are stock, or how many lie there."""
        body = handover(line(TONER, quantity=4), line(TONER, quantity=4), line(BOX), mode="fact")

        told = post(api, body)

        assert told.status_code == 201, told.text
        assert [one["outcome"] for one in told.json["lines"]] == ["applied", "contested", "applied"]
        assert there(api, TONER) == {"R-STORE": 1}
        assert there(api, MOUSE) == {"R-STORE": 10, "1001": 10}
        with app.app_context(), reading() as session:
            assert session.scalars(select(ContestedScan.refusal)).all() == ["not_enough_stock"]
            contested = session.scalars(
                select(StockLevel.quantity).where(StockLevel.contested_at.is_not(None))
            ).all()
        assert contested == [1], "that shelf is to be counted"

    def test_keeps_a_fact_that_names_more_than_the_database_can_count(self, api):
        told = post(api, handover(line("PALLET", quantity=100_000), mode="fact"))

        assert told.status_code == 201, told.text
        [kept] = told.json["lines"]
        assert (kept["outcome"], kept["refusal"]) == ("contested", "quantity_required")
        assert kept["quantity"] == 10_000_000_000

    def test_without_script_a_command_sets_how_many(self, admin, api):
        tray = str(uuid.uuid4())
        for code in ("1001", "SCN-QTY-4", TONER):
            form = {"tray": tray, "code": code}
            answer = admin.post("/counter", data=form)
            if "quantity=4" in answer.headers["Location"]:
                assert 'name="quantity" value="4"' in admin.get(answer.headers["Location"]).text
                badge = admin.post("/counter", data={**form, "code": "B-78", "quantity": "4"})
                assert "quantity=4" in badge.headers["Location"], "a badge is not stock"
                answer = admin.post("/counter", data={**form, "code": TONER, "quantity": "4"})
                break
        form = admin.get(answer.headers["Location"]).text
        assert 'value="4"' in form

        done = admin.post("/counter/handover", data={"tray": tray})

        assert done.status_code == 303, done.text
        assert there(api, TONER) == {"R-STORE": 1}
        assert "SCN-QTY-10" in admin.get("/counter/card").text
        assert admin.get("/counter/card/SCN-QTY-10.svg").status_code == 200
        assert admin.get("/counter/card/SCN-QTY-11.svg").status_code == 404

    def test_without_script_a_person_types_how_many(self, admin, api):
        tray = str(uuid.uuid4())
        for code in ("1001", TONER):
            admin.post("/counter", data={"tray": tray, "code": code, "quantity": "6"})
        lookup = api.get(f"/trays/{tray}").json["lines"][0]["scan_id"]

        def send(pieces: str) -> Any:
            form = {"tray": tray, f"quantity-{lookup}": pieces}
            return admin.post("/counter/handover", data=form)

        assert "Nothing here can change hands" in send("6").text, "only 5 are there"
        none = send("0")
        assert (none.status_code, there(api, TONER)) == (422, {"R-STORE": 5})
        post(api, handover(line(TONER)))
        refused = send("5")
        assert refused.status_code == 409
        assert "There are only 4" in refused.text
        assert 'value="5"' in refused.text, "what was typed stays"
        assert send("4").status_code == 303
        assert there(api, TONER) == {}


@pytest.mark.usefixtures("shelf")
def test_two_counters_share_five_toners_and_never_six(api, app):
    """Eight hand-overs of two pieces each at once, each with a thing of its own: two are whole."""
    bodies = [
        handover(f"LT-{number:03}", line(TONER, quantity=2), person=f"100{1 + number % 3}")
        for number in range(1, 9)
    ]
    answers: dict[int, Any] = {}
    gate = threading.Barrier(len(bodies))

    def send(at: int) -> None:
        gate.wait()
        answers[at] = post(api, bodies[at])

    threads = [threading.Thread(target=send, args=(at,)) for at in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [at for at, answer in answers.items() if answer.status_code == 201]
    assert len(done) == 2, [answer.text for answer in answers.values()]
    assert all(a.status_code == 409 for at, a in answers.items() if at not in done)
    assert there(api, TONER) == {"R-STORE": 1}
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(Handover.id)).all()) == 2
        assert find_mismatches(session) == []
    for at, body in enumerate(bodies):
        tag = body["scans"][0]["code"]
        assert bool(api.get(f"/assets/{tag}").json["custodian"]) == (at in done)
