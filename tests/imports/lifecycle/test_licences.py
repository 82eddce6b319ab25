"""Licence files: Snipe-IT's import file and report, ours, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import match_headers
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.licences.metrics import hint_of
from scanner_app.models import Asset, Licence, Person, Seat
from scanner_app.storage.database import reading

HEADERS = (
    "Full Name,Email,Username,Item name,serial number,Category,manufacturer,purchase date,"
    "purchase cost,purchase order,order number,Licensed To Name,Licensed to Email,expiration date,"
    "maintained,reassignable,seats,company,supplier,notes"
)
SNIPE = (
    f"{HEADERS}\n"
    "Ana Drake,ana@example.org,adrake,Acrobat,1aa5b0eb-79c5-40b2-8943-5472a6893c3c,Software,Adobe,"
    "07/13/2012,$79.66,53008,386436062-5,Cy Spencer,cy@example.org,01/27/2016,false,no,2,Nord,"
    "Bechtle,first\n"
    "Bo Lind,bo@example.org,blind,Acrobat,1aa5b0eb-79c5-40b2-8943-5472a6893c3c,Software,Adobe,"
    "07/13/2012,$79.66,53008,386436062-5,Cy Spencer,cy@example.org,01/27/2016,false,no,2,Nord,"
    "Bechtle,first\n"
    ",,,Photoshop,c6f022c1-6a5d-447c-889b-6b371dcdf733,Software,Adobe,07/16/2016,100,,,,,"
    "07/01/2016,true,sometimes,4,,,\n"
    "Cy Gray,cy@example.org,cgray,Acrobat,1aa5b0eb-79c5-40b2-8943-5472a6893c3c,Software,Adobe,"
    "07/13/2012,$79.66,53008,386436062-5,,,01/27/2016,false,no,2,Nord,Bechtle,first\n"
)
OLD = (
    "Name,Email,Username,Item name,serial number,seats,reassignable\nAna,a@x.org,a,Office,K1,3,no\n"
)
REPORT = (
    "License,Serial,Seats,Remaining Seats,Expiration Date,Purchase Date,Depreciation,Purchase Cost\n"
    'Windows,ABCDE-FGHIJ,5,5,2030-01-31,2025-02-01,,"1,250.00"\n'
)  # fmt: skip


def count(app, table) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def licences(app) -> dict[str, Licence]:
    with app.app_context(), reading() as session:
        found = {row.product: row for row in session.scalars(select(Licence))}
        session.expunge_all()
        return found


@pytest.mark.parametrize("text", [SNIPE, OLD, REPORT])
def test_a_file_of_snipe_it_is_read_as_it_is(text):
    headers = text.split("\n", 1)[0].split(",")
    columns = match_headers(ImportKind.LICENCES, headers)

    assert recognise_file(headers).kind == "licences"
    assert {"product", "product_key", "seats"} <= set(columns)
    assert ("holder" in columns) == (text is not REPORT)


@pytest.mark.either_database
class TestSnipe:
    def test_licences_and_seats_are_made_and_twice_is_once(self, app, importer):
        run = importer.check("licences", SNIPE)

        assert (run.created_count, run.changed_count, run.refused_count) == (3, 0, 1)
        assert "no seat is free: 2 of 2 are given" in importer.reasons(run)[5]
        run = importer.apply(run, leave_out_refused=True)
        assert run.state == "applied", run.error

        found = licences(app)
        assert {name: (one.seats, one.given) for name, one in found.items()} == {
            "Acrobat": (2, 2), "Photoshop": (4, 0),
        }  # fmt: skip
        acrobat, photoshop = found["Acrobat"], found["Photoshop"]
        assert (acrobat.unit_price_cents, acrobat.currency) == (3983, "USD")
        assert acrobat.key_hint == hint_of("3893c3c")
        assert not acrobat.reassignable
        assert photoshop.reassignable
        # It ended before it was bought: that is told, and its first day is left open.
        assert photoshop.starts_on is None
        with app.app_context(), reading() as session:
            asset = session.get_one(Asset, acrobat.asset_id)
            assert (asset.supplier, asset.order_number, asset.notes) == (
                "Bechtle", "386436062-5", "first",
            )  # fmt: skip
            assert asset.purchase_cost_cents == 7966
            assert asset.custom["Licensed To Name"] == "Cy Spencer"
            assert asset.custom["manufacturer"] == "Adobe"
            assert sorted(session.scalars(select(Person.name))) == ["Ana Drake", "Bo Lind"]

        again = importer.check("licences", SNIPE)

        assert (again.created_count, again.changed_count, again.refused_count) == (0, 0, 1)
        assert count(app, Seat) == 2

    def test_the_key_is_kept_nowhere_but_in_its_end(self, importer):
        run = importer.check("licences", SNIPE)

        shown = f"{run.notes}{run.mapping}{importer.rows(run)}"
        assert "5472a6893c3c" not in shown
        assert "…93c3c" in shown

    def test_the_report_changes_what_it_names(self, app, importer):
        importer.take("licences", REPORT)

        run = importer.check("licences", REPORT.replace(",5,5,", ",7,7,"))

        [row] = importer.rows(run, "changed")
        assert ("Seats", "5", "7") in row.changes
        importer.apply(run)
        assert licences(app)["Windows"].seats == 7

    def test_another_cost_of_all_seats_is_what_the_licence_cost(self, app, importer):
        importer.take("licences", REPORT)

        dearer = REPORT.replace("1,250", "1,500")
        run = importer.check("licences", dearer)

        [row] = importer.rows(run, "changed")
        assert ("Purchase Cost", "1250.00", "1500.00") in row.changes
        importer.apply(run)
        with app.app_context(), reading() as session:
            assert session.scalars(select(Asset.purchase_cost_cents)).one() == 1500_00
        assert importer.check("licences", dearer).changed_count == 0


def write_as_many_as_the_sample() -> str:
    """Return a file with the shape and the sums of Snipe-IT's public `licenses-sample.csv`.

    That one is under a licence that is not ours, so it is not in this repository: it has fifty
    rows, each a licence of its own with one seat taken, and 2,282 seats in all.
    """
    seats = [number % 90 + 1 for number in range(49)]
    seats.append(2282 - sum(seats))
    lines = [HEADERS]
    for number, count_ in enumerate(seats):
        lines.append(
            f"Person {number},p{number}@example.org,p{number},Product {number},KEY-{number:05},Software,"
            f"Maker,07/13/2012,$79.66,{53000 + number},386-{number},Owner {number},o{number}@example.org,"
            f"01/27/2016,{'true' if number % 2 else 'false'},{('no', 'yes', 'sometimes', '')[number % 4]},"
            f'{count_},Nord,Bechtle,"First line.\n\nSecond line of {number}."'
        )
    return "\n".join(lines) + "\n"


@pytest.mark.either_database
def test_fifty_licences_with_2282_seats_and_fifty_taken_are_read_as_the_sample_is(app, importer):
    text = write_as_many_as_the_sample()
    run = importer.take("licences", text)

    assert run.created_count == 50
    found = licences(app)
    assert (len(found), sum(one.seats for one in found.values())) == (50, 2282)
    assert sum(one.given for one in found.values()) == count(app, Seat) == 50
    again = importer.check("licences", text)
    assert (again.created_count, again.changed_count, again.left_count) == (0, 0, 50)


@pytest.mark.either_database
class TestRefused:
    def test_every_reason_of_a_row_is_told(self, importer):
        run = importer.check(
            "licences",
            "Product,Seats,Counted by,Asset Tag,Reassignable\nOffice,many,horse,NONE-1,yes\n"
            ",1.000,user,,yes\n",
        )

        reasons, second = importer.reasons(run).values()
        # A thousand or one: nobody guesses.
        assert "Seats '1.000' is not a whole number" in second
        assert "names no product" in second
        assert "Seats 'many' is not a whole number" in reasons
        assert "'horse' is not one of user, device" in reasons
        assert "no asset has the tag 'NONE-1'" in reasons

    def test_seats_are_not_lowered_below_what_is_given(self, app, importer):
        importer.take("assets", "Asset Tag\nLT-1\nLT-2\n")
        two = "Product,Product Key,Seats,Asset Tag\nOffice,K-12345,2,LT-1\nOffice,K-12345,2,LT-2\n"
        importer.take("licences", two)

        run = importer.check("licences", "Product,Product Key,Seats\nOffice,K-12345,1\n")

        assert "2 seats are given, and it would have 1" in importer.reasons(run)[2]
        assert licences(app)["Office"].given == 2
