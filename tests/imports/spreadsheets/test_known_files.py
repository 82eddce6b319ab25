"""Files of other programs, and of things that this register does not keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Invalid
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Location, Person
from tests.imports.files import SNIPE_LIST

pytestmark = pytest.mark.either_database

DATA = Path(__file__).parents[1] / "data"


class TestOtherPrograms:
    @pytest.mark.parametrize(
        ("name", "statuses", "tag", "place"),
        [
            ("R17-glpi-list.csv", {"in production": "in_use"}, "INV-77",
             "Head Office / Floor 1 / Room 12"),
            ("M-netbox.csv", {"active": "in_use"}, "NB-77", "AMS / DC1"),
            ("M-shelf.csv", {}, "abcd1234", "HQ"),
            ("M-homebox.csv", {}, "000-001", "Garage / Shelf"),
            ("M-inventree.csv", {"ok": "in_stock"}, "1", "Lab / Shelf 1"),
        ],
    )  # fmt: skip
    def test_one_upload_makes_all(self, importer, work, name, statuses, tag, place):
        run = importer.take("assets", DATA / name, statuses=statuses)

        assert run.notes.known_file
        with work() as session:
            asset = session.scalars(select(Asset)).one()
            assert asset.asset_tag == tag
            assert session.get(Location, asset.location_id).full_name == place
            assert asset.serial_number or name == "M-shelf.csv"

    def test_one_upload_of_snipe_it_makes_all(self, importer, work):
        importer.take("assets", SNIPE_LIST)

        with work() as session:
            assert session.scalars(select(Person.number)).all() == ["E7"]
            assert sorted(session.scalars(select(Location.name))) == ["Room 101", "Stock"]
            assert session.scalars(select(AssetModel.name)).all() == ["XPS"]

    def test_what_homebox_archived_is_retired(self, importer, work):
        text = (DATA / "M-homebox.csv").read_text().replace("false", "true")
        importer.take("assets", text)

        with work() as session:
            assert session.scalars(select(Asset.status)).one() is Stage.RETIRED


class TestThingsNotKept:
    @pytest.mark.parametrize(
        ("headers", "title"),
        [
            ("Name,Product Key,Seats,Licensed To Name,Licensed To Email,serial number", "licences"),
            (("Company,Name,Category,Supplier,Manufacturer,QTY,Location,Order Number,Min Amount,"
             "Model Number,Item Number,Notes,Purchase Date,Purchase Cost"), "consumables"),
            (("Company,Name,Category,Supplier,Manufacturer,QTY,Location,Order Number,Min Amount,"
             "Model Number,Notes,Purchase Date,Purchase Cost"), "accessories"),
            (("Item Name,Purchase Date,Purchase Cost,Location,Company,Order Number,Serial number,"
             "Category,Quantity"), "components"),
            ("Name,Category,Manufacturer,Model Notes,Model Number,Fieldset,Requestable,EOL,Min Qty",
             "models"),
        ],
    )  # fmt: skip
    def test_are_refused_by_name(self, importer, headers, title):
        with pytest.raises(Invalid) as caught:
            importer.check("assets", headers + "\n" + ",".join("x" * (headers.count(",") + 1)))

        assert f"This file holds {title} of Snipe-IT." in caught.value.message

    def test_users_are_imported_as_people(self, importer):
        text = "First Name,Last Name,Email,Username,Activated\nAna,Drake,a@x.org,adrake,1\n"

        with pytest.raises(Invalid, match="Import it as people"):
            importer.check("assets", text)
        assert importer.check("people", text).created_count == 1

    @pytest.mark.parametrize("headers", ["Asset Tag,Name,QTY", "Inventory Number,Name,Quantity"])
    def test_a_list_with_tags_is_not_mistaken_for_them(self, headers):
        assert recognise_file(headers.split(",")) is None
