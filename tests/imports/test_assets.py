"""Assets from files: what is created, changed, left and refused, and that it is whole or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Custody,
    Identifier,
    Location,
    Person,
    Placement,
    RegisterChange,
)
from tests.imports.files import SNIPE_LIST, SNIPE_SAMPLE, write_book

PLACES = (
    "Code,Name,Kind,Parent\nHQ,Head office,site,\nR101,Room 101,room,HQ\nR102,Room 102,room,HQ\n"
)
PEOPLE = (
    "Number,Name,Email,Username,Badges\nE7,Ana Drake,ana@example.org,adrake,B-7\n"
    "E8,Bob Smith,bob@example.org,bsmith,\nE9,Bob Smith,bob2@example.org,bsmith2,\n"
)
FULL = (
    "Asset Tag,Asset Name,Serial,Model,Model No.,Category,Manufacturer,Status,Location,"
    "Default Location,Checked Out To,Purchase Date,Purchase Cost,Currency,Supplier,Order Number,"
    "Warranty,EOL Date,Notes,Identifiers,MAC\n"
    "LT-1,Laptop of Ana,SN1,XPS,K1,Laptop,Dell,in_use,R101,R102,E7,2024-03-05,1299.90,USD,Shop,"
    'PO-1,36,2027-03-05,"two\nlines",alias:OLD-1 snipe_id:12,00:11\n'
)


def find(session, tag: str) -> Asset:
    return session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def office(importer):
    importer.take("locations", PLACES)
    importer.take("people", PEOPLE)
    return importer


class TestCreate:
    def test_keeps_every_column(self, office, work):
        office.take("assets", FULL)

        with work() as session:
            asset = find(session, "LT-1")
            place = session.get(Location, asset.location_id)
            home = session.get(Location, asset.home_location_id)
            model = session.get(AssetModel, asset.model_id)
            codes = {
                (row.scheme, row.value)
                for row in session.execute(
                    select(Identifier.scheme, Identifier.value).where(
                        Identifier.asset_id == asset.id
                    )
                )
            }
            assert (asset.name, asset.serial_number) == ("Laptop of Ana", "SN1")
            assert (model.name, model.model_number, model.manufacturer) == ("XPS", "K1", "Dell")
            assert session.get(Category, asset.category_id).name == "Laptop"
            assert asset.status is Stage.IN_USE
            assert (place.code, home.code) == ("R101", "R102")
            assert session.get(Person, asset.custodian_id).number == "E7"
            assert asset.purchase_date.isoformat() == "2024-03-05"
            assert (asset.purchase_cost_cents, asset.currency) == (129990, "USD")
            assert (asset.supplier, asset.order_number) == ("Shop", "PO-1")
            assert (asset.warranty_months, asset.eol_date.isoformat()) == (36, "2027-03-05")
            assert (asset.notes, asset.custom) == ("two\nlines", {"MAC": "00:11"})
            assert codes == {
                ("tag", "LT-1"),
                ("serial", "SN1"),
                ("alias", "OLD-1"),
                ("snipe_id", "12"),
            }

    def test_writes_history_for_each_new_asset(self, office, work):
        run = office.take("assets", FULL)

        with work() as session:
            change = session.scalars(select(RegisterChange)).one()
            assert (change.kind, change.actor) == ("imported", "user:1")
            assert change.at == run.applied_at.replace(microsecond=0)
            assert count(session, Custody) == 1
            assert count(session, Placement) == 1

    def test_a_second_import_changes_nothing(self, office, work):
        office.take("assets", FULL)
        with work() as session:
            changes = count(session, RegisterChange)

        again = office.check("assets", FULL)

        assert again.counts == {"created": 0, "changed": 0, "left": 1, "refused": 0}
        with work() as session:
            assert count(session, RegisterChange) == changes

    def test_a_single_location_is_both_home_and_current(self, office, work):
        office.take("assets", "Asset Tag,Location\nA1,R101\n")
        office.take("assets", "Asset Tag,Default Location\nA2,R102\n")

        with work() as session:
            one, two = find(session, "A1"), find(session, "A2")
            assert one.location_id == one.home_location_id is not None
            assert two.location_id == two.home_location_id is not None

    def test_reads_a_workbook(self, office, work, tmp_path):
        rows: list[list[object]] = [["Asset Tag", "Cost", "Room"], [1042, 1299.9, "Room 101"]]

        office.take("assets", write_book(tmp_path / "in.xlsx", rows))

        with work() as session:
            assert find(session, "1042").purchase_cost_cents == 129990


class TestChange:
    def test_shows_old_and_new_values(self, office, work):
        office.take("assets", FULL)

        run = office.check(
            "assets",
            "Asset Tag,Status,Location,Checked Out To,Cost\nlt-1,Out for Repair,Room 102,bob@example.org,\n",
        )

        assert run.counts == {"created": 0, "changed": 1, "left": 0, "refused": 0}
        # PostgreSQL's JSONB keeps no order of keys.
        assert sorted(office.rows(run, "changed")[0].changes) == [
            ("Checked Out To", "Ana Drake (E7)", "Bob Smith (E8)"),
            ("Location", "R101", "R102"),
            ("Status", "In use", "In maintenance"),
        ]
        office.apply(run)
        with work() as session:
            asset = find(session, "LT-1")
            assert asset.status is Stage.IN_MAINTENANCE
            assert session.get(Person, asset.custodian_id).number == "E8"
            assert asset.purchase_cost_cents == 129990  # a blank cell leaves the value

    def test_keeps_custom_values_that_the_file_does_not_name(self, office, work):
        office.take("assets", FULL)

        office.take("assets", "Asset Tag,Colour\nLT-1,red\n")

        with work() as session:
            assert find(session, "LT-1").custom == {"MAC": "00:11", "Colour": "red"}

    def test_writes_nothing_if_an_asset_changed_since_the_check(self, office, work):
        office.take("assets", FULL)
        run = office.check("assets", "Asset Tag,Name\nNEW-1,x\nLT-1,Other name\n")
        with work() as session:
            find(session, "LT-1").name = "Changed meanwhile"

        run = office.apply(run)

        assert run.state == "failed"
        assert "changed since the check" in run.error
        with work() as session:
            assert find(session, "LT-1").name == "Changed meanwhile"
            assert count(session, Asset) == 1

    def test_writes_nothing_if_a_tag_was_taken_since_the_check(self, office, work):
        run = office.check("assets", "Asset Tag\nA1\nA2\n")
        office.take("assets", "Asset Tag\nA2\n")

        run = office.apply(run)

        assert run.state == "failed"
        with work() as session:
            assert count(session, Asset) == 1

    def test_refuses_to_change_the_status_of_a_disposed_asset(self, office):
        office.take("assets", "Asset Tag,Status\nA1,disposed\n")

        run = office.check("assets", "Asset Tag,Status\nA1,in_stock\n")

        assert "disposed" in office.reasons(run)[2]


class TestRefuse:
    CASES = (
        ("Asset Tag,Name", ",x", "no asset tag"),
        ("Asset Tag,Location", "A9,Nowhere", "no location has the code or name 'Nowhere'"),
        ("Asset Tag,Checked Out To", "A9,Nobody", "nobody has the number"),
        ("Asset Tag,Checked Out To", "A9,Bob Smith", "2 people are called"),
        ("Asset Tag,Purchase Date", "A9,2023-02-29", "not a date"),
        ("Asset Tag,Purchase Cost", "A9,cheap", "not an amount"),
        ("Asset Tag,Warranty", "A9,long", "months"),
        ("Asset Tag,Currency", "A9,Taler", "not a currency"),
        ("Asset Tag,Name", "A9,a\x1bb", "control character"),
        ("Asset Tag,Name", "A\u202e9,x", "invisible"),
        ("Asset Tag,Name", "A9,a,b", "more cells"),
        ("Asset Tag,Name", f"{'A' * 65},x", "at most 64"),
        ("Asset Tag,Identifiers", "A9,alias:B-7 snipe_id:12", "already belongs to the person"),
        ("Asset Tag,Employee Number,Email", "A9,E7,bob@example.org", "different people"),
    )

    def test_names_the_reason_for_each_refused_row(self, office):
        office.take("assets", FULL)  # one register for all cases: a check changes nothing

        for headers, row, words in self.CASES:
            run = office.check("assets", f"{headers}\nOK-1\n{row}\n")

            assert run.counts["refused"] == 1, words
            assert words in office.reasons(run)[3]

    def test_one_refused_row_keeps_the_whole_file_out(self, office, work):
        rows = "".join(f"A{number},R101\n" for number in range(500))
        run = office.check("assets", f"Asset Tag,Location\n{rows}A500,Nowhere\n")

        with pytest.raises(Conflict, match="refused"):
            office.apply(run)

        assert run.counts == {"created": 500, "changed": 0, "left": 0, "refused": 1}
        with work() as session:
            assert count(session, Asset) == 0

    def test_refused_rows_may_be_left_out(self, office, work):
        run = office.check("assets", "Asset Tag,Location\nA1,R101\nA2,Nowhere\n")

        run = office.apply(run, leave_out_refused=True)

        assert run.state == "applied"
        with work() as session:
            assert count(session, Asset) == 1

    def test_names_the_other_row_with_the_same_tag_or_code(self, office):
        run = office.check("assets", "Asset Tag,Identifiers\nA1,alias:X\n a1 ,\nA2,alias:x\n")

        assert office.reasons(run) == {
            3: "row 2 has the same asset tag",
            4: "the code 'X' (alias) also belongs to A1",
        }

    def test_an_ambiguous_location_is_refused_with_the_codes(self, office):
        office.take("locations", "Code,Name,Parent\nX1,Lab,HQ\nX2,Lab,R101\n")

        run = office.check("assets", "Asset Tag,Location\nA1,Lab\n")

        assert "X1, X2" in office.reasons(run)[2]

    def test_adds_no_location_for_a_row_that_is_left_out(self, office, work):
        run = office.check(
            "assets",
            "Asset Tag,Location,Checked Out To\nA1,R101,\nA2,New room,Bob Smith\n",
            make_places=True,
        )

        office.apply(run, leave_out_refused=True)

        with work() as session:
            assert count(session, Location) == 3


class TestSnipeIT:
    def test_imports_the_sample_file_unchanged(self, importer, work):
        run = importer.take("assets", SNIPE_SAMPLE)

        assert run.counts == {"created": 2, "changed": 0, "left": 0, "refused": 0}
        with work() as session:
            one, two = find(session, "LT-001"), find(session, "LT-002")
            ana = session.get(Person, one.custodian_id)
            assert (ana.name, ana.email, ana.username) == (
                "Ana Drake",
                "ana@example.org",
                "adrake",
            )
            assert (one.status, two.status) == (Stage.IN_USE, Stage.IN_STOCK)
            assert one.purchase_date.isoformat() == "2016-03-14"
            assert two.purchase_date.isoformat() == "2015-12-01"
            assert (one.purchase_cost_cents, one.currency) == (120050, "USD")
            assert one.notes == "fell, once"
            assert session.get(Location, two.location_id).name == "Room 102"
            assert session.get(Location, two.home_location_id).name == "Room 101"
            assert one.custom == {"Company": "Voolith"}

    def test_imports_the_list_export_unchanged(self, importer, work):
        importer.take("assets", SNIPE_LIST)

        with work() as session:
            one, two = find(session, "LT-001"), find(session, "LT-002")
            assert one.status is Stage.IN_USE
            assert two.status is Stage.RETIRED
            assert session.get(Person, one.custodian_id).number == "E7"
            assert session.get(Location, one.location_id).name == "Room 101"
            assert session.get(Location, one.home_location_id).name == "Stock"
            assert one.warranty_months == 36
            assert one.custom == {"Company": "Voolith", "BYOD": "No", "MAC": "00:11"}
            assert session.scalars(
                select(Identifier.value).where(Identifier.scheme == "snipe_id").order_by("value")
            ).all() == ["12", "13"]

    @pytest.mark.parametrize("text", [SNIPE_SAMPLE, SNIPE_LIST], ids=["sample", "list"])
    def test_a_second_import_of_a_snipe_file_changes_nothing(self, importer, text):
        importer.take("assets", text)

        again = importer.check("assets", text)

        assert again.counts == {"created": 0, "changed": 0, "left": 2, "refused": 0}, [
            row.changes for row in importer.rows(again)
        ]

    def test_asks_what_an_unknown_status_means(self, importer):
        text = "Asset Tag,Status\nA1,Hot spare\nA2,hot  SPARE\n"

        with pytest.raises(Invalid) as caught:
            importer.check("assets", text)
        run = importer.check("assets", text, statuses={"hot spare": "in_stock"})

        assert "Hot spare" in caught.value.errors["statuses"][0]
        assert run.counts["created"] == 2

    def test_asks_about_dates_that_can_be_read_two_ways(self, importer, work):
        text = "Asset Tag,Purchase Date\nA1,3/4/24\n"

        with pytest.raises(Invalid) as caught:
            importer.check("assets", text)
        importer.take("assets", text, date_orders={"purchase_date": "dmy"})

        assert "two ways" in caught.value.errors["dates"][0]
        with work() as session:
            assert find(session, "A1").purchase_date.isoformat() == "2024-04-03"
