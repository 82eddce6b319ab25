"""Stock files: Snipe-IT's three, our export, and any other; applied as items, counts and moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import select

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import match_headers
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.models import StockItem, StockMove, StockRule
from scanner_app.queries.stock.exports import HEADERS, list_custom_headers, stream_stock
from scanner_app.services.files.table_writers import ExportTable, write_csv
from scanner_app.services.imports.cells import BadCell
from scanner_app.services.imports.kinds.stock.values import read_pieces
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.storage.database import reading, unit_of_work
from tests.stock.steps import assert_books_agree

CONSUMABLES = (
    "Company,Name,Category,Supplier,Manufacturer,QTY,Location,Order Number,Min Amount,"
    "Model Number,Item Number,Notes,Purchase Date,Purchase Cost\n"
    "Nord,Toner 26A,Toner,Bechtle,HP,50,Store,529-9,10,26A,6381392801995066,full boxes,11/15/22,35.2\n"
    "Nord,Toner 26A,Toner,Bechtle,HP,4,Lab,529-9,2,26A,6381392801995066,,11/15/22,35.2\n"
    "Süd,Labels,Paper,,Avery,0,Store,,0,,,,,\n"
)
ACCESSORIES = (
    "Company,Name,Category,Supplier,Manufacturer,QTY,Location,Order Number,Min Amount,"
    "Model Number,Notes,Purchase Date,Purchase Cost\n"
    "Nord,Mouse,Input,Bechtle,Logitech,61,Store,017-2,5,910-001793,,2022-08-24,73.96\n"
)
COMPONENTS = (
    "Item Name,Purchase Date,Purchase Cost,Location,Company,Order Number,Serial number,Category,"
    "Quantity\n"
    "Memory 16 GB,2024-01-01,54.00,Store,Nord,2790,,Memory,10\n"
    "RTX 4080,2024-01-01,5000.00,Store,Nord,2790,123456789,GPU,10\n"
)
SNIPE = {"consumable": CONSUMABLES, "accessory": ACCESSORIES, "component": COMPONENTS}
# Of each item: class, supplier's code, what is kept beside, what lies where, minimum there.
TRUTH = {
    ("Toner 26A", "consumable", "6381392801995066", "Nord", "26A"): {
        "STORE": (50, 10), "LAB": (4, 2),
    },
    ("Labels", "consumable", "", "Süd", None): {"STORE": (0, None)},
    ("Mouse", "accessory", "910-001793", "Nord", None): {"STORE": (61, 5)},
    ("Memory 16 GB", "component", "", "Nord", None): {"STORE": (10, None)},
}  # fmt: skip


def take_all(importer, *, leave_out_refused: bool = True):
    runs = []
    for text in SNIPE.values():
        run = importer.check("stock", text)
        if not run.changes_nothing:
            run = importer.apply(run, leave_out_refused=leave_out_refused)
            assert run.state == "applied", run.error
        runs.append(run)
    return runs


def export(app) -> str:
    from io import BytesIO

    file = BytesIO()
    with app.app_context(), reading(snapshot=True) as session:
        custom = list_custom_headers(session)
        rows = stream_stock(session, custom=custom)
        write_csv(ExportTable("Stock", [*HEADERS, *custom], cast("Any", rows)), file)
    return file.getvalue().decode("utf-8-sig")


@pytest.mark.either_database
class TestScenario15:
    def test_snipe_its_files_become_items_moves_and_minimums_and_twice_is_once(self, app, importer):
        runs = take_all(importer)

        assert [(run.created_count, run.refused_count) for run in runs] == [(3, 0), (1, 0), (1, 1)]
        assert "is an asset, not stock" in importer.reasons(runs[2])[3]
        found = read_stock(app)
        assert found == TRUTH
        with app.app_context(), reading() as session:
            assert_books_agree(session)
            received = session.execute(
                select(StockMove.quantity, StockMove.order_number, StockMove.unit_cost_cents)
                .where(StockMove.act == "receive").order_by(StockMove.id)
            ).all()  # fmt: skip
            moves = len(session.scalars(select(StockMove.id)).all())
        assert received == [
            (50, "529-9", 3520), (4, "529-9", 3520), (61, "017-2", 7396), (10, "2790", 5400),
        ]  # fmt: skip

        again = take_all(importer)

        assert [(run.created_count, run.changed_count) for run in again] == [(0, 0)] * 3
        with app.app_context(), reading() as session:
            assert len(session.scalars(select(StockMove.id)).all()) == moves

        own = importer.check("stock", export(app))
        assert (own.created_count, own.changed_count, own.refused_count) == (0, 0, 0)
        assert own.left_count == 5

    def test_what_moved_since_stays_and_the_row_says_so(self, app, importer):
        importer.take("stock", ACCESSORIES)
        with app.app_context(), unit_of_work() as session:
            from scanner_app.domain.access.roles import Actor, Role
            from scanner_app.queries.stock.items import load_cards

            item_id = session.scalars(select(StockItem.id)).one()
            place_id = session.scalars(select(StockRule.location_id)).one()
            now = datetime.now(UTC)
            clerk = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)
            receive(
                session, load_cards(session, [item_id])[item_id],
                quantity=9, place_id=place_id, order=Order(now, now, clerk),
            )  # fmt: skip

        run = importer.check("stock", ACCESSORIES)

        assert run.changes_nothing
        assert "61 is not taken" in importer.rows(run)[0].notes[0]

    def test_nothing_is_written_if_pieces_moved_between_check_and_apply(self, app, importer):
        text = "Code,Name,QTY,Location,Class\nM-1,Mouse,5,R1,accessory\n"
        importer.take("locations", "Code,Name\nR1,Lab\n")
        importer.take("stock", text)
        run = importer.check("stock", text.replace(",5,", ",8,"))
        importer.take("stock", text.replace(",5,", ",7,"))

        assert importer.apply(run).state == "failed"
        assert read_levels(app) == {("M-1", "R1"): 7}


@pytest.mark.either_database
class TestAnyOtherFile:
    def test_reads_the_columns_that_a_person_chose(self, app, importer):
        importer.take("locations", "Code,Name\nR1,Lab\n")
        header, row = "Artikel;Anzahl;Ort;Art", "Maus;12;R1;Accessories"

        importer.take(
            "stock", f"{header}\n{row}\n", columns=("name", "quantity", "location", "stock_class")
        )

        assert read_levels(app) == {("ST-0001", "R1"): 12}

    def test_refuses_each_row_that_cannot_be_kept_with_its_reason(self, app, importer):
        importer.take("locations", "Code,Name\nR1,Lab\n")
        importer.take("assets", "Asset Tag\nLT-1\n")
        run = importer.check(
            "stock",
            "Name,Code,Class,QTY,Location,Purchase Cost,Currency,Min,Target\n"
            "A,,gadget,1,R1,,,,\n"
            'B,,accessory,"1,000",R1,,,,\n'
            "C,,accessory,-1,R1,,,,\n"
            "D,,accessory,1,R9,,,,\n"
            "E,,accessory,1,R1,€ 5,USD,,\n"
            "F,LT-1,accessory,1,R1,,,,\n"
            "G,SCN-UNDO,accessory,1,R1,,,,\n"
            "H,,accessory,1,R1,,,,\n"
            "h,,accessory,2,r1,,,,\n"
            "I,,accessory,100001,R1,,,,\n"
            "J,,accessory,1,R1,,,5,5\n"
            "Total,,,1234,,,,,\n",
        )

        reasons = importer.reasons(run)
        said = {number: reasons.get(number) for number in range(2, 14)}
        expected = [
            "'gadget' is not one of", "write 1000", "below zero", "no location has the code",
            "is in EUR and Currency says USD", "already belongs to the asset LT-1",
            "is a command of the counter", None, "row 9 is the same item at the same location",
            "more than 100,000", "Target must be above", "last line of a table",
        ]  # fmt: skip
        for number, words in enumerate(expected, 2):
            assert said[number] is None if words is None else words in said[number], said

    @pytest.mark.parametrize(
        ("headers", "title"),
        [
            (CONSUMABLES, "consumables of Snipe-IT"),
            (ACCESSORIES, "accessories of Snipe-IT"),
            (COMPONENTS, "components of Snipe-IT"),
            (",".join(HEADERS), None),
        ],
    )
    def test_tells_the_files_apart_by_their_headers(self, headers, title):
        found = recognise_file(headers.splitlines()[0].split(","))

        assert (found.title if found else None) == title

    def test_keeps_the_model_number_beside_the_item_number(self):
        headers = CONSUMABLES.splitlines()[0].split(",")
        matched = dict(zip(headers, match_headers(ImportKind.STOCK, headers), strict=True))

        assert matched["Item Number"] == "supplier_code"
        assert matched["Model Number"] == matched["Company"] == "custom"

    @pytest.mark.parametrize("text", ["1,5", "1.5", "five", "1e3", "٣"])
    def test_reads_no_number_that_may_be_two(self, text):
        with pytest.raises(BadCell):
            read_pieces(text)

    def test_reads_what_a_spreadsheet_writes(self):
        assert [read_pieces(text) for text in ("0", "5.0", "100000")] == [0, 5, 100_000]


def read_stock(app) -> dict:
    """Return what lies where, and the minimum there, of each item; keyed as `TRUTH`."""
    from scanner_app.models import Location
    from scanner_app.queries.imports.stock_snapshot import (
        list_items,
        load_levels,
        load_minimums,
    )

    with app.app_context(), reading() as session:
        names = {row.id: row.code for row in session.execute(select(Location.id, Location.code))}
        levels, minimums = load_levels(session), load_minimums(session)
        return {
            (
                item.name, item.stock_class.value, item.supplier_code,
                item.custom.get("Company"), item.custom.get("Model Number"),
            ): {
                names[place]: (level, minimums.get((item.id, place), (None, None))[0])
                for (item_id, place), level in levels.items()
                if item_id == item.id
            }
            for item in list_items(session)
        }  # fmt: skip


def read_levels(app) -> dict[tuple[str, str], int]:
    from scanner_app.models import Location
    from scanner_app.queries.imports.stock_snapshot import list_items, load_levels

    with app.app_context(), reading() as session:
        names = {row.id: row.code for row in session.execute(select(Location.id, Location.code))}
        codes = {item.id: item.code for item in list_items(session)}
        return {(codes[i], names[p]): n for (i, p), n in load_levels(session).items()}
