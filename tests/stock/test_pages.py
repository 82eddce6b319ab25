"""The pages of stock: the list, an item, the forms without script, the reorder list, Today."""

from __future__ import annotations

import csv
import io
import re
import uuid

import pytest
from sqlalchemy import select

from scanner_app.domain.procurement.orders import LineKind, OrderState
from scanner_app.models import OrderLine, PurchaseOrder, StockMove, Supplier
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.rules import set_rule
from tests.stock.steps import MOUSE, START, TONER, assert_books_agree, level_of

pytestmark = pytest.mark.either_database


@pytest.fixture
def clerk_page(page_as, stockroom):
    return page_as("stockroom")


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def send(client, act: str, **form) -> str:
    form.setdefault("scan_id", str(uuid.uuid4()))
    answer = client.post(f"/stock/do/{act}", data=form)
    assert answer.status_code == 200, answer.text
    return answer.get_data(as_text=True)


def make_low(work, stockroom) -> None:
    with work() as session:
        lock_items(session, [stockroom["toner"]])
        rule = {"item_id": stockroom["toner"], "location_id": None, "now": START}
        set_rule(session, **rule, least=5, target=20)


class TestForms:
    def test_receive_issue_and_count_without_script(self, clerk_page, work, stockroom):
        send(clerk_page, "receive", code=TONER, quantity="8", location="R-STORE")
        said = send(clerk_page, "issue", code=TONER, quantity="3", location="R-STORE")
        assert "3 cartridges of Toner black (ST-0001) issued from Stockroom." in said
        assert 'value="R-STORE"' in said  # the clerk stays there
        assert f'value="{TONER}"' not in re.sub(r"(?s)<datalist.*", "", said).split("card form")[1]

        said = send(clerk_page, "count", code=TONER, quantity="4", location="R-STORE")

        assert "5 were expected: -1." in said
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 4
            assert_books_agree(session)

    def test_sent_twice_moves_once(self, clerk_page, work, stockroom):
        one = str(uuid.uuid4())
        for _ in range(2):
            send(clerk_page, "receive", scan_id=one, code=TONER, quantity="8", location="R-STORE")
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 8

    def test_that_is_refused_keeps_what_was_typed(self, clerk_page):
        said = send(clerk_page, "issue", code=TONER, quantity="3", location="R-STORE")
        assert "There are only 0 of Toner black" in said
        assert re.search(r'name="quantity"[^>]*value="3"|value="3"[^>]*name="quantity"', said)

    def test_undo_puts_it_back(self, clerk_page, work, stockroom):
        said = send(clerk_page, "receive", code=TONER, quantity="8", location="R-STORE")
        voids = re.search(r'name="voids" value="([^"]+)"', said)[1]
        undo = {"voids": voids, "undo_id": str(uuid.uuid4()), "undo_code": TONER}
        assert "Undone" in send(clerk_page, "receive", **undo)
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 0

    def test_with_a_bad_number_says_so_and_loses_nothing(self, clerk_page):
        answer = clerk_page.post(
            "/stock/do/issue", data={"code": TONER, "quantity": "two", "note": "for Ana"}
        )
        assert answer.status_code == 422
        assert "Enter how many, as a whole number." in answer.get_data(as_text=True)
        assert 'value="for Ana"' in answer.get_data(as_text=True)

    def test_issue_to_a_badge_and_check_in(self, clerk_page):
        send(clerk_page, "receive", code=MOUSE, quantity="8", location="R-STORE")
        said = send(clerk_page, "issue", code=MOUSE, quantity="2", holder="B-77")
        assert "issued to Ana Alves" in said
        said = send(clerk_page, "take_back", code=MOUSE, quantity="1", location="R-STORE")
        assert "1 of Mouse (ST-0002) checked in at Stockroom." in said


class TestItemPage:
    def test_shows_where_it_is_and_its_moves(self, clerk_page):
        send(clerk_page, "receive", code=MOUSE, quantity="8", location="R-STORE")
        send(clerk_page, "issue", code=MOUSE, quantity="2", holder="1001")
        shown = text_of(clerk_page.get(f"/stock/items/{MOUSE}"))
        assert "There now 6" in shown
        assert "2 issued: Stockroom → Ana Alves" in shown
        assert "8 received: Supplier → Stockroom" in shown

    def test_sets_a_minimum_and_refuses_a_target_below_it(self, clerk_page):
        path = f"/stock/items/{TONER}/rules"
        answer = clerk_page.post(path, data={"min_quantity": "5", "target_quantity": "4"})
        assert answer.status_code == 422
        assert "The target must be above the minimum." in answer.get_data(as_text=True)
        assert clerk_page.post(path, data={"min_quantity": "5"}).status_code == 303
        assert "Low" in text_of(clerk_page.get(f"/stock/items/{TONER}"))

    def test_corrects_a_number_once_with_a_reason(self, clerk_page, work, stockroom):
        path = f"/stock/items/{TONER}/adjustments"
        form = {"at": "R-STORE", "difference": "3", "move_id": str(uuid.uuid4())}
        answer = clerk_page.post(path, data=form)
        assert answer.status_code == 422
        endless = {**form, "reason": "Found", "difference": "9" * 5000}
        assert clerk_page.post(path, data=endless).status_code == 422
        for _ in range(2):
            assert clerk_page.post(path, data={**form, "reason": "Found"}).status_code == 303
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 3

    def test_is_not_changed_by_a_technician(self, page_as, stockroom):
        client = page_as("technician")
        assert client.get("/stock/new").status_code == 403
        assert client.get(f"/stock/items/{TONER}").status_code == 200


class TestItemForm:
    def test_adds_an_item_with_the_code_of_a_box(self, clerk_page):
        form = {"name": "Pens", "stock_class": "consumable", "codes": "5099206022386 12"}
        answer = clerk_page.post("/stock/new", data=form)
        assert answer.headers["Location"].endswith("/stock/items/ST-0004")
        assert "12 a pack" in text_of(clerk_page.get("/stock/items/ST-0004"))

    def test_refuses_a_code_that_means_something_else(self, clerk_page):
        form = {"name": "Pens", "stock_class": "consumable", "code": "LT-001"}
        answer = clerk_page.post("/stock/new", data=form)
        assert answer.status_code == 409
        assert "already belongs to the asset LT-001" in answer.get_data(as_text=True)
        assert 'value="Pens"' in answer.get_data(as_text=True)


class TestLow:
    def test_is_one_tap_from_today(self, clerk_page, work, stockroom):
        make_low(work, stockroom)
        today = clerk_page.get("/").get_data(as_text=True)
        assert 'href="/stock?show=low"' in today
        shown = text_of(clerk_page.get("/stock?show=low"))
        assert "Toner black" in shown
        assert "Mouse" not in shown

    def test_makes_the_reorder_list_as_a_page_csv_and_text(self, clerk_page, work, stockroom):
        make_low(work, stockroom)
        assert "Toner black" in text_of(clerk_page.get("/stock/reorder"))
        table = clerk_page.get("/stock/reorder.csv").get_data(as_text=True)
        [row] = csv.DictReader(io.StringIO(table))
        assert (row["Code"], row["To order"], row["Minimum"]) == (TONER, "20", "5")
        text = clerk_page.get("/stock/reorder.txt").get_data(as_text=True)
        assert text == "No supplier:\n- 20 cartridges of Toner black\n"

    def test_takes_off_what_is_on_order_and_not_booked_yet(self, clerk_page, work, stockroom):
        make_low(work, stockroom)
        with work() as session:
            supplier = Supplier(
                name="Toner Ltd", name_key="toner ltd", created_at=START, created_by="Sam"
            )
            session.add(supplier)
            session.flush()
            for number, state in (("A", OrderState.PLACED), ("B", OrderState.DRAFT)):
                order = PurchaseOrder(
                    number=number, number_key=number, supplier_id=supplier.id, state=state,
                    currency="EUR", created_at=START, created_by="Sam",
                )  # fmt: skip
                session.add(order)
                session.flush()
                session.add(
                    OrderLine(
                        order_id=order.id, position=1, kind=LineKind.STOCK, quantity=10,
                        stock_item_id=stockroom["toner"], unit_price_cents=0,
                    )
                )  # fmt: skip

        table = clerk_page.get("/stock/reorder.csv").get_data(as_text=True)

        [row] = csv.DictReader(io.StringIO(table))
        assert (row["On order"], row["To order"]) == ("10", "10")


def test_the_search_finds_an_item_by_name_and_leads_to_it_by_its_code(clerk_page):
    assert "Toner black" in text_of(clerk_page.get("/search?q=toner"))
    answer = clerk_page.get("/search?q=4006381333931")
    assert answer.headers["Location"].endswith(f"/stock/items/{TONER}")


def test_a_code_with_a_slash_can_be_opened_and_changed(page_as, stockroom):
    admin = page_as("admin")
    form = {"code": "HP/26A", "name": "Toner HP", "stock_class": "consumable"}
    made = admin.post("/stock/new", data=form)
    assert made.status_code == 303, made.text

    for path in ("", "/edit", "/code.svg"):
        assert admin.get(f"/stock/items/HP%2F26A{path}").status_code == 200


class TestReason:
    @pytest.mark.parametrize("reason", ["", "Found\x00", "a\u202eb", "x" * 501])
    def test_is_refused_if_nobody_could_read_it_and_never_cut(self, clerk_page, work, reason):
        form = {"move_id": str(uuid.uuid4()), "at": "R-STORE", "difference": "3", "reason": reason}

        answer = clerk_page.post(f"/stock/items/{TONER}/adjustments", data=form)

        assert answer.status_code == 422
        with work() as session:
            assert session.scalars(select(StockMove.id)).all() == []
