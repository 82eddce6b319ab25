"""Designs that an admin makes: what may be in one, its versions, and which is usual for what."""

from __future__ import annotations

import copy
import io
import json
import re
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from benchmarks.labels.read_back import FONTS, THINGS
from scanner_app.decoding.picture.decode import decode_picture
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.bodies import MAX_ELEMENTS, read_body, write_body
from scanner_app.domain.labels.designs import DESIGN_BY_KEY
from scanner_app.domain.labels.own_designs import OwnDesign, draw_logo
from scanner_app.domain.labels.parts import TextPart
from scanner_app.domain.labels.stock import DOTS_PER_INCH, STOCK_BY_KEY
from scanner_app.models import Asset, Category, LabelChoice
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.lay_out import lay_out
from scanner_app.services.labels.marks import LaidLabel, overlap
from scanner_app.services.labels.picture import draw_bits
from scanner_app.services.labels.sheets import Imposition, write_pdf
from scanner_app.services.register.merging.categories import merge_categories
from tests.conftest import NOW

STOCK = STOCK_BY_KEY["zebra-50x25"]
SYMBOL = {"type": "symbol", "x": 0, "y": 2.5, "w": 20, "h": 20, "symbology": "qr"}
TAG = {"type": "text", "x": 21, "y": 3, "w": 28, "h": 6, "field": "code", "size": 4}
NAME = {**TAG, "y": 10, "h": 4, "field": "name", "size": 2.5}
BODY: dict[str, Any] = {"margin": 1, "elements": [SYMBOL, TAG, NAME]}
DESIGN = {"name": "Server room", "kind": "asset", "stock": STOCK.key, "body": BODY}
PATH = "/label-designs/server-room"
CLERK = Actor("user", 1, "Ana", Role.ADMIN, user_id=1)
FIELD = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', re.DOTALL)
CHOICE = re.compile(r'<select[^>]*?name="([^"]+)"(.*?)</select>', re.DOTALL)


def read_form(page: str) -> dict[str, str]:
    """Return the fields of the form of a design as a browser would send them."""
    form = dict(FIELD.findall(page[page.index('action="/labels/designs/draft"') :]))
    for name, options in CHOICE.findall(page):
        form[name] = re.search(r'value="([^"]*)"\s+selected', options)[1]
    return form


def changed(element: int, **more: Any) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    body["elements"][element] |= more
    return body


def lay(body: dict[str, Any], *, dpi: int = 300, logo: bytes = b"", **texts: str) -> LaidLabel:
    load_fonts(FONTS)
    parts = read_body(body, kind="asset", stock=STOCK).parts
    design = draw_logo(OwnDesign("own", "Own", "asset", STOCK, 1, parts), logo)
    thing = THINGS["plain tag"][0]
    for name, said in texts.items():
        thing = type(thing)(thing.kind, thing.code, thing.link, texts={**thing.texts, name: said})
    return lay_out(design.build(STOCK), STOCK, thing, dpi=dpi)


def lines_of(label: LaidLabel) -> list[str]:
    return ["".join(run.text for run in mark.runs) for mark in label.texts]


class TestBody:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ([], "body"),
            ({"elements": []}, "elements"),
            ({"elements": [TAG]}, "elements"),
            ({"elements": [SYMBOL] * (MAX_ELEMENTS + 1)}, "elements"),
            ({**BODY, "margin": -1}, "margin"),
            ({**BODY, "script": "x"}, "script"),
            (changed(0, type="poem"), "elements.0.type"),
            (changed(0, symbology="aztec"), "elements.0.symbology"),
            (changed(0, content="poem"), "elements.0.content"),
            (changed(0, align="right"), "elements.0.align"),
            (changed(0, onclick="x"), "elements.0.onclick"),
            (changed(1, field="purchase_cost"), "elements.1.field"),
            (changed(1, field="custom."), "elements.1.field"),
            (changed(1, field=["code"]), "elements.1.field"),
            (changed(1, size=0.5), "elements.1.size"),
            (changed(1, x=True), "elements.1.x"),
            (changed(1, x="21"), "elements.1.x"),
            (changed(1, x=float("nan")), "elements.1.x"),
            (changed(1, w=40), "elements.1.w"),
            (changed(1, y=0.5), "elements.1.y"),
            (changed(2, y=5), "elements.2.x"),
            (changed(1, x=15), "elements.1.x"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, body: Any, field: str):
        with pytest.raises(Invalid) as refused:
            read_body(body, kind="asset", stock=STOCK)

        assert list(refused.value.errors) == [field]

    def test_takes_the_custom_fields_of_assets_alone(self):
        body = changed(2, field="custom.Inventory room")

        part = read_body(body, kind="asset", stock=STOCK).parts[2]
        assert isinstance(part, TextPart)
        assert part.field == "custom.Inventory room"
        with pytest.raises(Invalid):
            read_body(body, kind="location", stock=STOCK)

    def test_lets_a_frame_go_around_texts_and_not_through_them(self):
        around = {"type": "box", "x": 20.5, "y": 2, "w": 28.5, "h": 13}
        through = {**around, "h": 9}

        def read(frame: dict[str, Any]) -> Any:
            body = {"margin": 1, "elements": [SYMBOL, {**TAG, "w": 27}, {**NAME, "w": 27}, frame]}
            return read_body(body, kind="asset", stock=STOCK)

        assert len(read(around).parts) == 4
        with pytest.raises(Invalid):
            read(through)

    @pytest.mark.parametrize("key", list(DESIGN_BY_KEY))
    def test_is_made_of_each_design_that_comes_with_the_program(self, key: str):
        read = 0
        for stock in STOCK_BY_KEY.values():
            shipped = DESIGN_BY_KEY[key].build(stock)
            body = write_body(shipped, "asset")

            parts = read_body(body, kind="asset", stock=stock).parts
            assert read_body(
                read_body(body, kind="asset", stock=stock).data, kind="asset", stock=stock
            )
            read += len(parts) > 0
        assert read == len(STOCK_BY_KEY)


class TestLayOut:
    def test_wraps_shrinks_and_cuts_as_the_design_says(self):
        long = "A name of many words that one line does not hold at all"
        tall = {"h": 9, "size": 2}

        shrunk, cut = (
            lay(changed(2, fit="shrink"), name=long),
            lay(changed(2, fit="cut"), name=long),
        )
        wrapped = lay(changed(2, fit="wrap", **tall), name=long)

        assert (shrunk.is_cut, cut.is_cut, wrapped.is_cut) == (True, True, False)
        assert shrunk.texts[1].size < cut.texts[1].size
        assert " ".join(lines_of(wrapped)[1:]) == long
        assert len(wrapped.texts) == 3

    def test_puts_a_text_where_its_box_says(self):
        marks = [lay(changed(1, align=align)).texts[0] for align in ("left", "centre", "right")]
        dot = 25.4 / 300

        assert [mark.x for mark in marks] == sorted({mark.x for mark in marks})
        assert marks[0].x * dot == pytest.approx(21, abs=0.1)
        assert (marks[2].x + marks[2].width) * dot == pytest.approx(49, abs=0.1)

    def test_never_cuts_a_tag_that_has_room_for_two_lines(self):
        label = lay(changed(1, w=10.0))
        assert "".join(lines_of(label)[:-1]) == "LT-004217"
        assert not label.is_cut

    def test_draws_lines_frames_and_the_logo_alike_in_the_picture_and_the_pdf(self):
        elements = [
            {**SYMBOL, "y": 2},
            {"type": "line", "x": 21, "y": 4, "w": 27, "h": 0.3},
            {"type": "box", "x": 21, "y": 6, "w": 27, "h": 8},
            {"type": "logo", "x": 30, "y": 16, "w": 12, "h": 7},
        ]
        logo = io.BytesIO()
        half = Image.new("RGB", (40, 20), (250, 250, 250))
        half.paste((20, 20, 90), (0, 0, 20, 20))
        half.save(logo, "JPEG")
        label = lay({"margin": 1, "elements": elements}, dpi=203, logo=logo.getvalue())
        bits, out = draw_bits(label, fonts=FONTS), io.BytesIO()
        write_pdf(out, [label], Imposition(STOCK), title="Own")
        document = pypdfium2.PdfDocument(out.getvalue())
        page = document[0].render(scale=DOTS_PER_INCH[203] / 72).to_pil().convert("L")
        document.close()

        assert not overlap(label)
        assert len(label.fills) == 5
        assert bits[33, 168:384].all()  # the line
        assert bits[80, 169]  # a side of the frame
        assert not bits[80, 250]  # and nothing in it
        assert bits[150, 260]  # the dark half of the logo
        assert not bits[150, 310]  # and the light half
        drawn = np.asarray(page) < 128
        assert np.array_equal(drawn, bits)


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestApi:
    def test_keeps_each_version_and_makes_none_of_the_same(self, api, work):
        first = api.put(PATH, json=DESIGN)
        again = api.put(PATH, json=DESIGN)
        second = api.put(PATH, json={**DESIGN, "body": changed(1, size=5)})

        assert [one.status_code for one in (first, again, second)] == [201, 200, 200]
        assert [one.json["version"] for one in (first, again, second)] == [1, 1, 2]
        assert api.get(f"{PATH}?version=1").json["body"]["elements"][1]["size"] == 4
        assert api.get(f"{PATH}?version=3").status_code == 404
        for statement in (
            "UPDATE label_design_version SET body = '{}'",
            "DELETE FROM label_design_version",
        ):
            with pytest.raises(DBAPIError, match="cannot be changed"):
                with work() as session:
                    session.execute(text(statement))

    def test_prints_with_it_what_our_decoder_reads(self, api):
        api.put(PATH, json=DESIGN)
        order = {"things": ["LT-1"], "stock": STOCK.key, "design": "server-room", "dpi": 203}

        png = api.post("/labels", json={**order, "format": "png"})

        [symbol] = decode_picture(png.data, budget_ms=5000).symbols
        assert symbol.text.upper().endswith("/A/LT-1")
        assert Image.open(io.BytesIO(png.data)).size == (400, 200)
        other = api.post("/labels", json={**order, "stock": "zebra-2x1"})
        room = api.post("/labels", json={**order, "things": ["R-101"]})
        assert (other.status_code, room.status_code) == (422, 422)
        assert "is for Zebra 50" in other.json["detail"]
        assert "is a design for assets" in room.json["detail"]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": ""}, "name"),
            ({"stock": "avery-0"}, "stock"),
            ({"kind": "kitchen"}, "kind"),
            ({"body": changed(1, w=99)}, "body.elements.1.w"),
            # Of 29 modules, of which none may be smaller than a quarter of a millimetre.
            ({"body": changed(0, w=6, h=6)}, "body.elements.0.w"),
            ({"body": changed(0, symbology="code_128", content="link")}, "body.elements.0.w"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, api, more, field):
        answer = api.put(PATH, json={**DESIGN, **more})

        assert answer.status_code == 422
        assert field.removeprefix("body.") in answer.json["errors"], answer.json

    def test_refuses_another_stock_under_the_same_key(self, api):
        api.put(PATH, json=DESIGN)

        answer = api.put(PATH, json={**DESIGN, "stock": "avery-l7163"})

        assert (answer.status_code, answer.json["code"]) == (409, "design_of_other_stock")

    def test_uses_the_usual_design_of_the_category_then_of_the_stock(self, api, work):
        with work() as session:
            for name in ("Laptop", "Notebook"):
                session.add(Category(name=name))
            session.flush()
            laptop = session.scalars(select(Category.id).where(Category.name == "Laptop")).one()
            session.scalars(
                select(Asset).where(Asset.asset_tag == "LT-1")
            ).one().category_id = laptop
        api.put(PATH, json=DESIGN)
        for choice in (
            {"category": "Laptop", "design": "server-room"},
            {"stock": STOCK.key, "design": "barcode"},
        ):
            assert api.put("/label-choices", json=choice).status_code == 200

        def symbology(code: str, stock: str = STOCK.key) -> str:
            order = {"things": [code], "stock": stock, "format": "png"}
            png = api.post("/labels", json=order).data
            return decode_picture(png, budget_ms=5000).symbols[0].symbology

        assert symbology("LT-1") == "qr_code"
        assert symbology("LT-2") == "code_128"
        assert symbology("LT-2", "avery-5163") == "qr_code"
        with work() as session:
            merge_categories(session, old="Laptop", new="Notebook", actor=CLERK, now=NOW)
        with work() as session:
            assert [
                row.scope for row in session.scalars(select(LabelChoice).order_by(LabelChoice.id))
            ][1:] == [f"{STOCK.key}|*"]
        assert symbology("LT-1") == "qr_code"
        assert api.delete(PATH).status_code == 204
        assert symbology("LT-1") == "code_128"
        assert len(api.get("/label-choices").json["items"]) == 1


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestPages:
    def test_make_a_design_from_one_that_comes_with_the_program(self, admin, api):
        form = read_form(
            admin.get("/labels/designs/new?kind=asset&stock=avery-l7160&from=qr-text").text
        )

        added = admin.post("/labels/designs/draft", data=form | {"act": "add-line"})
        form = read_form(added.text)
        saved = admin.post("/labels/designs/save", data=form | {"name": "Own one"})
        page = admin.get(saved.headers["Location"]).text

        assert saved.status_code == 303
        assert "Version 1" in page
        kept = api.get("/label-designs/own-one").json["body"]["elements"]
        assert [one["type"] for one in kept].count("line") == 1
        removed = read_form(
            admin.post("/labels/designs/draft", data=form | {"act": f"remove-{len(kept) - 1}"}).text
        )
        assert f"e{len(kept) - 1}-type" not in removed

    def test_keep_what_was_typed_and_say_what_is_wrong(self, admin):
        form = read_form(
            admin.get("/labels/designs/new?kind=asset&stock=zebra-50x25&from=qr-text").text
        )

        answer = admin.post("/labels/designs/save", data=form | {"name": "X", "e1-w": "wide"})

        assert answer.status_code == 422
        assert 'value="wide"' in answer.text
        assert "Element 2, width: Use millimetres from 2 to 300." in answer.text

    def test_show_the_preview_alone_to_the_script_that_asks_after_a_change(self, admin):
        form = read_form(admin.get(f"/labels/designs/new?stock={STOCK.key}").text)

        answer = admin.post("/labels/designs/draft", data=form, headers={"HX-Request": "true"})

        assert answer.status_code == 200
        assert 'id="design-preview"' in answer.text
        assert "<html" not in answer.text

    @pytest.mark.parametrize("typed", ["nan", "-inf", "1e308"])
    def test_refuse_what_is_no_place_on_a_label(self, admin, typed):
        form = {**read_form(admin.get(f"/labels/designs/new?stock={STOCK.key}").text), "name": "A"}

        answer = admin.post("/labels/designs/save", data=form | {"e0-x": typed})

        assert answer.status_code == 422
        assert "Use millimetres from 0 to 300." in answer.text

    def test_refuse_a_file_with_a_number_that_no_ruler_has(self, admin):
        body = {**BODY, "margin": 10**400}
        file = {"format": "scanner-app label design 1", "key": "a", **DESIGN, "body": body}

        data = {"file": (io.BytesIO(json.dumps(file).encode()), "a.json")}
        answer = admin.post("/labels/designs/import", data=data)

        assert answer.status_code == 422

    def test_export_a_design_that_another_installation_takes(self, admin, api):
        api.put(PATH, json=DESIGN)
        file = admin.get("/labels/designs/server-room/file")
        api.delete(PATH)

        def upload(data: bytes) -> Any:
            form = {"file": (io.BytesIO(data), "design.json")}
            return admin.post("/labels/designs/import", data=form)

        assert upload(file.data).status_code == 303
        assert api.get(PATH).json["version"] == 1
        other = json.loads(file.data) | {"key": "elsewhere"}
        assert upload(json.dumps(other).encode()).status_code == 303
        assert api.get("/label-designs/elsewhere").json["sha256"] == api.get(PATH).json["sha256"]
        for wrong in (b"", b"[]", b"\xff", file.data.replace(b"design 1", b"design 9")):
            assert upload(wrong).status_code == 422

    def test_are_made_by_an_admin_and_used_by_the_stockroom(self, page_as, api):
        api.put(PATH, json=DESIGN)
        clerk = page_as("stockroom")

        assert "Server room" in clerk.get("/labels/designs").text
        assert 'value="server-room"' in clerk.get("/labels?code=LT-1&stock=zebra-50x25").text
        assert clerk.get("/labels/designs/server-room").status_code == 403
