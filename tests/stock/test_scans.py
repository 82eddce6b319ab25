"""Scans of stock through the one door: scenarios 12 to 14, packs, holders, undo and repeats."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from scanner_app.domain.stock.items import MAX_LEVEL
from scanner_app.models import Notice, Scan, StockLevel, StockMove, StockRule
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.rules import set_rule
from tests.stock.steps import (
    MEMORY,
    MOUSE,
    START,
    TONER,
    TONER_BOX,
    assert_books_agree,
    level_of,
    post,
    scan,
    today,
)


def receive(api, code: str, quantity: int, **more) -> dict:
    more.setdefault("location", "R-STORE")
    [answer] = post(api, scan(code, "receive", quantity=quantity, **more))
    assert answer["outcome"] == "applied", answer
    return answer


class TestIssue:
    def test_32_at_once_from_20_are_20_applied_and_12_refused(self, api_as, stockroom, work):
        clients = [api_as("technician") for _ in range(4)]
        receive(clients[0], TONER, 20)
        answers: list[dict] = []

        def take(client) -> None:
            for _ in range(8):
                answers.extend(post(client, scan(TONER, "issue", location="R-STORE")))

        threads = [threading.Thread(target=take, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

        outcomes = [one["outcome"] for one in answers]
        assert (outcomes.count("applied"), outcomes.count("refused")) == (20, 12)
        assert {one["refusal"] for one in answers if one["refusal"]} == {"not_enough_stock"}
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 0
            assert_books_agree(session)
            issued = select(func.sum(StockMove.quantity)).where(StockMove.act == "issue")
            assert session.scalar(issued) == 20

    def test_says_what_was_issued_to_whom_and_what_is_left(self, api, stockroom):
        receive(api, MOUSE, 5)

        [answer] = post(api, scan(MOUSE, "issue", quantity=2, location="R-STORE", custodian="1001"))

        assert answer["message"] == "2 of Mouse (ST-0002) issued to Ana Alves from Stockroom."
        assert answer["kind"] == "stock_item"
        assert answer["stock"] == {
            "code": MOUSE,
            "name": "Mouse",
            "stock_class": "accessory",
            "quantity": 2,
            "total": 3,
            "location": "R-STORE",
            "location_name": "Stockroom",
            "level": 3,
            "unit": "",
            "returns": True,
        }

    def test_of_what_comes_back_needs_someone_who_gets_it(self, api, stockroom):
        receive(api, MOUSE, 5)
        [answer] = post(api, scan(MOUSE, "issue", location="R-STORE"))
        assert answer["refusal"] == "target_required"

    def test_of_a_component_goes_into_an_asset(self, api, stockroom):
        receive(api, MEMORY, 5)
        [answer] = post(api, scan(MEMORY, "issue", quantity=2, target="LT-001"))
        assert answer["message"] == ("2 of Memory 16 GB (ST-0003) issued to LT-001 from Stockroom.")

    def test_of_more_than_there_is_says_how_many_there_are(self, api, stockroom):
        receive(api, MOUSE, 5)
        [answer] = post(api, scan(MOUSE, "issue", quantity=6, custodian="1001"))
        assert answer["message"] == (
            "There are only 5 of Mouse (ST-0002) in Stockroom. Take fewer, or count what is there."
        )

    def test_of_an_asset_is_refused(self, api, stockroom):
        [answer] = post(api, scan("LT-001", "issue", location="R-STORE"))
        assert answer["refusal"] == "not_stock"

    def test_is_not_for_every_role(self, api_as, stockroom):
        [answer] = post(api_as("auditor"), scan(TONER, "issue", location="R-STORE"))
        assert answer["refusal"] == "not_your_role"

    def test_that_comes_late_and_finds_too_little_asks_for_a_count(self, api, stockroom, work):
        from scanner_app.models import StockLevel

        receive(api, TONER, 1)
        [answer] = post(api, scan(TONER, "issue", quantity=3, location="R-STORE", at=today(9)))
        assert answer["refusal"] == "not_enough_stock"
        with work() as session:
            assert session.scalars(select(StockLevel.contested_at)).one() is not None
        post(api, scan(TONER, "count", quantity=0, location="R-STORE"))
        with work() as session:
            assert session.scalars(select(StockLevel.contested_at)).one() is None


class TestPacks:
    def test_the_code_of_a_box_of_ten_is_ten_pieces(self, api, stockroom):
        answer = receive(api, TONER_BOX, 3)
        assert answer["stock"]["quantity"] == 30
        assert answer["message"] == (
            "30 cartridges of Toner black (ST-0001) received in Stockroom."
        )


class TestTakeBack:
    def test_without_a_name_comes_from_the_only_one_who_has_any(self, api, stockroom, work):
        receive(api, MOUSE, 5)
        post(api, scan(MOUSE, "issue", quantity=2, custodian="1001"))

        [answer] = post(api, scan(MOUSE, "take_back", location="R-STORE"))

        assert answer["outcome"] == "applied"
        assert answer["stock"]["level"] == 4

    def test_of_more_than_the_person_has_is_refused(self, api, stockroom):
        receive(api, MOUSE, 5)
        post(api, scan(MOUSE, "issue", quantity=2, custodian="1001"))
        [answer] = post(
            api, scan(MOUSE, "take_back", quantity=3, custodian="1001", location="R-STORE")
        )
        assert answer["refusal"] == "not_issued"

    def test_of_what_is_used_up_is_refused(self, api, stockroom):
        receive(api, TONER, 5)
        [answer] = post(api, scan(TONER, "take_back", location="R-STORE"))
        assert answer["refusal"] == "not_returnable"

    def test_of_what_is_damaged_does_not_fill_the_shelf(self, api, stockroom, work):
        receive(api, MOUSE, 5)
        post(api, scan(MOUSE, "issue", custodian="1001"))
        [answer] = post(api, scan(MOUSE, "take_back", location="R-STORE", condition="damaged"))
        assert (answer["answer"], answer["stock"]["total"]) == ("damaged", 4)
        with work() as session:
            assert_books_agree(session)


class TestCount:
    def test_stands_while_older_issues_arrive_and_newer_ones_are_taken_off(
        self, api, stockroom, work
    ):
        # Scenario 13: count of 18 with 2 issued after it and 1 issued before it, arriving late.
        post(api, scan(TONER, "receive", quantity=20, location="R-STORE", at=today(8)))
        post(api, scan(TONER, "count", quantity=18, location="R-STORE", at=today(10)))
        post(api, scan(TONER, "issue", quantity=2, location="R-STORE", at=today(11)))
        [late] = post(api, scan(TONER, "issue", location="R-STORE", at=today(9)))

        assert late["outcome"] == "noted"
        assert "It was counted since" in late["message"]
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 16
            assert_books_agree(session)

    def test_that_arrives_late_leaves_what_moved_since(self, api, stockroom, work):
        post(api, scan(TONER, "receive", quantity=20, location="R-STORE", at=today(8)))
        post(api, scan(TONER, "issue", quantity=2, location="R-STORE", at=today(11)))
        [answer] = post(api, scan(TONER, "count", quantity=18, location="R-STORE", at=today(10)))
        assert "20 were expected: -2." in answer["message"]
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 16
            assert_books_agree(session)

    def test_that_is_older_than_another_is_only_kept(self, api, stockroom, work):
        post(api, scan(TONER, "count", quantity=18, location="R-STORE", at=today(10)))
        [answer] = post(api, scan(TONER, "count", quantity=3, location="R-STORE", at=today(9)))
        assert answer["outcome"] == "noted"
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 18

    def test_undone_gives_back_what_arrived_late_before_it(self, api, stockroom, work):
        post(api, scan(TONER, "receive", quantity=20, location="R-STORE", at=today(8)))
        count = scan(TONER, "count", quantity=18, location="R-STORE", at=today(10))
        post(api, count)
        post(api, scan(TONER, "issue", location="R-STORE", at=today(9)))
        [answer] = post(api, scan(TONER, "void", voids=count["scan_id"]))
        assert answer["outcome"] == "applied"
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 19
            assert_books_agree(session)

    def test_without_a_number_is_refused(self, api, stockroom):
        [answer] = post(api, scan(TONER, "count", location="R-STORE"))
        assert answer["refusal"] == "quantity_required"

    def test_that_later_issues_contradict_is_refused(self, api, stockroom):
        post(api, scan(TONER, "receive", quantity=20, location="R-STORE", at=today(8)))
        post(api, scan(TONER, "issue", quantity=5, location="R-STORE", at=today(11)))
        [answer] = post(api, scan(TONER, "count", quantity=3, location="R-STORE", at=today(10)))
        assert answer["refusal"] == "count_overtaken"


class TestUndo:
    def test_books_the_mirrored_move_and_keeps_the_old_one(self, api, stockroom, work):
        receive(api, MOUSE, 5)
        issue = scan(MOUSE, "issue", quantity=2, custodian="1001")
        post(api, issue)

        first, again = post(
            api,
            scan(MOUSE, "void", voids=issue["scan_id"]),
            scan(MOUSE, "void", voids=issue["scan_id"]),
        )

        assert (first["outcome"], again["refusal"]) == ("applied", "already_voided")
        with work() as session:
            assert level_of(session, stockroom["mouse"], stockroom["store"]) == 5
            moves = session.scalars(select(StockMove).order_by(StockMove.id)).all()
            assert [one.act for one in moves] == ["receive", "issue", "issue"]
            assert moves[2].voids_id == moves[1].id
            assert_books_agree(session)

    def test_of_what_went_on_is_refused(self, api, stockroom, work):
        come = scan(MOUSE, "receive", quantity=2, location="R-STORE")
        post(api, come, scan(MOUSE, "issue", custodian="1001"))
        [answer] = post(api, scan(MOUSE, "void", voids=come["scan_id"]))
        assert answer["refusal"] == "not_enough_stock"
        with work() as session:
            assert_books_agree(session)

    def test_that_arrives_before_its_scan_works_when_the_scan_comes(self, api, stockroom, work):
        come = scan(MOUSE, "receive", quantity=2, location="R-STORE")
        post(api, scan(MOUSE, "void", voids=come["scan_id"]))
        [answer] = post(api, come)
        assert answer["outcome"] == "noted"
        with work() as session:
            assert level_of(session, stockroom["mouse"], stockroom["store"]) == 0


class TestMove:
    def test_brings_pieces_to_the_location_of_the_scan(self, api, stockroom, work):
        receive(api, MOUSE, 5)
        [answer] = post(api, scan(MOUSE, "move", quantity=3, location="R-LAB"))
        assert answer["message"] == "3 of Mouse (ST-0002) moved from Stockroom to Lab."
        with work() as session:
            assert level_of(session, stockroom["mouse"], stockroom["lab"]) == 3
            assert_books_agree(session)


class TestLow:
    def test_becomes_low_once_until_somebody_fills_up(self, api, stockroom, work):
        # Scenario 14: minimum 5, from 8: issues to 5, 4, 3; refill to 9, issue to 5.
        with work() as session:
            lock_items(session, [stockroom["toner"]])
            set_rule(
                session,
                item_id=stockroom["toner"],
                location_id=None,
                least=5,
                target=12,
                now=START,
            )

        def episodes() -> tuple[int, bool]:
            with work() as session:
                return session.execute(select(StockRule.episode, StockRule.is_low)).one()

        # With nothing there, it is low from the start: the first episode.
        assert episodes() == (1, True)
        receive(api, TONER, 8)
        assert episodes() == (1, False)
        seen = []
        for quantity in (3, 1, 1):
            post(api, scan(TONER, "issue", quantity=quantity, location="R-STORE"))
            seen.append(episodes())
        assert seen == [(2, True)] * 3
        receive(api, TONER, 6)
        assert episodes() == (2, False)
        post(api, scan(TONER, "issue", quantity=4, location="R-STORE"))
        assert episodes() == (3, True)
        with work() as session:
            kept = select(Notice.key, Notice.cleared_at.is_(None)).order_by(Notice.id)
            rule = session.scalars(select(StockRule.id)).one()
            assert session.execute(kept).all() == [
                (f"low:{rule}:1", False),
                (f"low:{rule}:2", False),
                (f"low:{rule}:3", True),
            ]


class TestSameScan:
    def test_sent_twice_moves_once(self, api, stockroom, work):
        one = scan(TONER, "receive", quantity=4, location="R-STORE")
        first, second = post(api, one)[0], post(api, one)[0]
        assert (first["status"], second["status"]) == ("recorded", "repeated")
        assert second["message"] == first["message"]
        with work() as session:
            assert level_of(session, stockroom["toner"], stockroom["store"]) == 4

    def test_with_another_number_is_a_conflict(self, api, stockroom):
        one = scan(TONER, "receive", quantity=4, location="R-STORE")
        post(api, one)
        [second] = post(api, {**one, "quantity": 5})
        assert second["status"] == "conflict"

    def test_the_log_keeps_the_number_and_the_target(self, api, stockroom, work):
        post(api, scan(MEMORY, "receive", quantity=4, location="R-STORE"))
        post(api, scan(MEMORY, "issue", quantity=2, target="LT-001"))
        with work() as session:
            details = session.scalars(select(Scan.details).order_by(Scan.id)).all()
        assert details == ['{"quantity":4}', '{"quantity":2,"target":"LT-001"}']


def test_a_lookup_says_how_many_there_are(api, stockroom):
    receive(api, TONER, 12)
    [answer] = post(api, scan(TONER, "lookup", location="R-STORE"))
    assert answer["message"] == "Toner black (ST-0001): 12 in Stockroom, 12 in all."


def test_a_clock_that_is_ahead_does_not_count_what_is_yet_to_come(api, stockroom, work):
    ahead = datetime.now(UTC) + timedelta(minutes=3)
    receive(api, TONER, 10)
    post(api, scan(TONER, "count", quantity=10, location="R-STORE", at=ahead))
    [answer] = post(api, scan(TONER, "issue", location="R-STORE"))
    assert answer["outcome"] == "applied"
    with work() as session:
        assert level_of(session, stockroom["toner"], stockroom["store"]) == 9


def test_a_bad_number_is_told_by_its_field(api, stockroom):
    [answer] = post(api, scan(TONER, "issue", quantity=0, scan_id=str(uuid.uuid4())))
    assert answer["errors"] == {"quantity": ["Only a count can find none."]}
    [answer] = post(api, scan(TONER, "receive", quantity=100_001))
    assert "quantity" in answer["errors"]


def test_a_level_never_grows_beyond_what_the_database_holds(api, stockroom, work):
    """PostgreSQL would raise, and SQLite would count on."""
    receive(api, MOUSE, 1)
    with work() as session:
        session.execute(update(StockLevel).values(quantity=MAX_LEVEL - 5))

    [refused] = post(api, scan(MOUSE, "receive", quantity=6, location="R-STORE"))

    assert refused["refusal"] == "quantity_required"
    receive(api, MOUSE, 5)


def test_what_is_more_than_goes_at_once_is_counted(api, stockroom, work):
    receive(api, MOUSE, 100_000)
    receive(api, MOUSE, 100_000)

    [counted] = post(api, scan(MOUSE, "count", quantity=199_998, location="R-STORE"))

    assert counted["outcome"] == "applied"
    with work() as session:
        assert level_of(session, stockroom["mouse"], stockroom["store"]) == 199_998
