"""The register's pages: they work without script, answer htmx with a block, and show text as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Location
from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.either_database

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "' hx-get=/logout hx-trigger=load x='",
    "<div hx-on:load=alert(1)>",
]


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Headquarters", now=NOW)
    room = add_location(session, "R-1", "Room 1", parent=site, now=NOW)
    ana = add_person(session, "1001", "Ana Lima", badge="B-77", now=NOW)
    add_asset(
        session, "LT-1", name="Laptop one", serial="C02", location=room, custodian=ana, now=NOW
    )
    add_asset(session, "IT/7 x", name="Slash", now=NOW)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def text_of(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.get_data(as_text=True)


class TestAssetList:
    def test_shows_and_searches_without_script(self, admin, office):
        assert "LT-1" in text_of(admin.get("/assets"))
        found = text_of(admin.get("/assets?q=ana+laptop"))
        assert "LT-1" in found
        assert "IT/7 x" not in found

    def test_answers_htmx_with_the_rows_alone(self, admin, office):
        response = admin.get("/assets?q=slash", headers={"HX-Request": "true"})

        text = text_of(response)
        assert text.lstrip().startswith('<section id="rows"')
        assert "IT/7 x" in text
        assert "HX-Request" in response.headers["Vary"]

    def test_links_its_export_with_the_same_filters(self, admin, office):
        text = text_of(admin.get("/assets?q=lt&status=in_stock&sort=name"))

        assert "/exports/assets.csv?q=lt&amp;status=in_stock&amp;sort=name" in text

    def test_leaves_what_is_overdue(self, admin, work):
        with work() as session:
            for tag, status, days in (
                ("LATE", Stage.IN_USE, -1),
                ("SOON", Stage.IN_USE, 1),
                ("BACK", Stage.IN_STOCK, -1),
                ("OPEN", Stage.IN_USE, None),
            ):
                asset = session.get_one(Asset, add_asset(session, tag, now=NOW))
                asset.status = status
                asset.due_at = datetime.now(UTC) + timedelta(days=days) if days else None

        text = text_of(admin.get("/assets?overdue=yes"))

        assert re.findall(r'href="/assets/(\w+)"', text) == ["LATE"]
        assert "/exports/assets.csv?overdue=yes" in text
        assert 'href="/assets" aria-label="Take the filter off: overdue"' in text
        with admin.get("/exports/assets.csv?overdue=yes") as file:
            assert [line.split(",")[0] for line in text_of(file).splitlines()[1:]] == ["LATE"]

    @pytest.mark.parametrize("query", ["", "q=default&"])
    def test_pages_on(self, admin, work, query):
        with work() as session:
            for number in range(51):
                add_asset(session, f"T-{number:03d}", serial="DEFAULT", now=NOW)

        first = text_of(admin.get(f"/assets?{query}"))
        following = re.search(r'href="(/assets\?[^"]*cursor=[^"]+)"', first)
        second = text_of(admin.get(following[1].replace("&amp;", "&")))

        assert "T-049" in first
        assert "T-050" not in first
        assert "T-050" in second

    def test_refuses_an_address_that_it_does_not_know(self, admin):
        for query in (
            "sort=name;select",
            "status=lost",
            "overdue=no",
            "cursor=forged",
            "q=%00",
            "q=" + "x" * 201,
        ):
            text_of(admin.get(f"/assets?{query}"), 422)
        for query in ("location=nowhere", "custodian=nobody"):
            text_of(admin.get(f"/assets?{query}"), 404)

    def test_is_not_for_readers_and_strangers(self, app, page_as):
        assert page_as("reader").get("/assets").status_code == 403
        assert app.test_client().get("/assets").status_code == 303


class TestAssetDetail:
    def test_shows_the_record_its_codes_and_its_history(self, admin, office):
        text = text_of(admin.get("/assets/lt-1"))

        for part in ("Laptop one", "Room 1", "Ana Lima", "C02", "Created.", "Assigned to", "/edit"):
            assert part in text

    def test_offers_no_edit_to_who_may_not(self, page_as, office):
        viewer = page_as("viewer")

        assert "/edit" not in text_of(viewer.get("/assets/LT-1"))
        assert viewer.get("/assets/LT-1/edit").status_code == 403
        assert viewer.post("/assets/LT-1/edit", data={"name": "x"}).status_code == 403
        assert viewer.post("/assets", data={"asset_tag": "x"}).status_code == 403

    def test_is_reached_by_the_links_on_labels(self, admin, office):
        for link, page in (
            ("/a/LT-1", "/assets/LT-1"),
            ("/a/IT%2F7%20x", "/assets/IT%2F7%20x"),
            ("/l/R-1", "/locations/R-1"),
            ("/p/1001", "/people/1001"),
        ):
            response = admin.get(link)
            assert (response.status_code, response.headers["Location"]) == (302, page)
            text_of(admin.get(page))

    def test_draws_the_code_of_the_label(self, admin, office):
        for path in (
            "/assets/IT%2F7%20x/code.svg",
            "/locations/r-1/code.svg",
            "/people/1001/code.svg",
        ):
            response = admin.get(path)
            assert response.mimetype == "image/svg+xml"
            assert "<svg" in text_of(response)
        text_of(admin.get("/assets/none/code.svg"), 404)
        text_of(admin.get("/people/none/code.svg"), 404)

    def test_can_be_scanned_from_the_screen_for_a_room_and_all_that_is_in_it(self, admin, office):
        room = text_of(admin.get("/locations/R-1"))
        drawn = re.findall(r'<img src="([^"]*/code\.svg)"', room)

        assert sorted(drawn) == ["/assets/LT-1/code.svg", "/locations/R-1/code.svg"]
        assert 'src="/people/1001/code.svg"' in text_of(admin.get("/people/1001"))

    def test_of_who_has_no_number_is_not_shown(self, admin, work):
        with work() as session:
            person = add_person(session, "1002", "Bo Nash", now=NOW)
            person.number = None
            ref = f"~{person.id}"

        assert "code.svg" not in text_of(admin.get(f"/people/{ref}"))
        assert "no number" in text_of(admin.get(f"/people/{ref}/code.svg"), 404)


class TestAssetForm:
    def test_creates_an_asset(self, admin, office):
        form = {
            "asset_tag": "NB-1",
            "name": "Notebook",
            "status": "in_stock",
            "location": "R-1",
            "purchase_cost": "12.5",
            "currency": "eur",
            "identifiers": "epc:aa\r\nalias:x y",
            "custom_name": "Colour",
            "custom_value": "red",
            "notes": "",
        }

        response = admin.post("/assets", data=form)

        assert (response.status_code, response.headers["Location"]) == (303, "/assets/NB-1")
        text = text_of(admin.get("/assets/NB-1"))
        for part in ("12.50 EUR", "AA", "X Y", "Colour", "red", "is in the register"):
            assert part in text

    def test_gives_the_form_back_with_an_error_at_each_field(self, admin, office):
        form = {
            "asset_tag": "NB-1",
            "name": "kept <b>text</b>",
            "purchase_cost": "12,5",
            "warranty_months": "x",
            "purchase_date": "soon",
            "identifiers": "nothing",
        }

        text = text_of(admin.post("/assets", data=form), 422)

        assert "kept &lt;b&gt;text&lt;/b&gt;" in text
        for name in ("purchase_cost", "warranty_months", "purchase_date", "identifiers"):
            assert re.search(rf'id="f-{name}-help"><span class="error">', text), name
        text_of(admin.get("/assets/NB-1"), 404)

    def test_says_at_the_field_that_a_tag_is_taken(self, admin, office):
        text = text_of(admin.post("/assets", data={"asset_tag": "lt-1"}), 409)

        assert re.search(r'id="f-asset_tag-help"><span class="error">The asset tag lt-1 is', text)

    def test_saved_as_it_was_changes_nothing(self, admin, api, office):
        before = api.get("/assets/LT-1").get_json()
        text = text_of(admin.get("/assets/LT-1/edit"))
        form = dict(
            re.findall(r'<input id="f-[^"]+" name="([^"]+)" type="[^"]+" value="([^"]*)"', text)
        )
        for name, options in re.findall(
            r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL
        ):
            chosen = re.search(r'value="([^"]*)" selected', options)
            form[name] = chosen[1] if chosen else ""
        form |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text))

        assert admin.post("/assets/LT-1/edit", data=form).status_code == 303

        assert api.get("/assets/LT-1").get_json() == before

    def test_changes_what_was_changed(self, admin, api, office):
        response = admin.post(
            "/assets/LT-1/edit", data={"asset_tag": "LT-2", "custodian": "", "status": "in_stock"}
        )

        assert response.headers["Location"] == "/assets/LT-2"
        asset = api.get("/assets/LT-2").get_json()
        assert (asset["custodian"], asset["serial_number"]) == (None, "C02")

    def test_refuses_a_step_that_the_lifecycle_has_not(self, admin, work):
        with work() as session:
            add_asset(session, "D-1", status=Stage.DISPOSED, now=NOW)

        text = text_of(admin.post("/assets/D-1/edit", data={"status": "in_stock"}), 409)

        assert "It is the last status" in text


class TestPlacePages:
    def test_show_the_tree_and_a_place(self, admin, office):
        assert 'data-depth="1"' in text_of(admin.get("/locations"))
        assert "data-depth" not in text_of(admin.get("/locations?sort=-inside"))
        text = text_of(admin.get("/locations/r-1"))
        for part in ("Headquarters", "LT-1", "code.svg", "Here now"):
            assert part in text

    def test_what_is_not_there_is_not_shown_as_there(self, admin, office, work):
        with work() as session:
            room = session.scalars(select(Location).where(Location.code == "R-1")).one()
            for stage in Stage:
                add_asset(session, f"S-{stage.value}", location=room, status=stage, now=NOW)

        text = text_of(admin.get("/locations/R-1"))
        shown = set(re.findall(r"/assets/S-(\w+)", text))
        tree = text_of(admin.get("/locations"))

        assert shown == {"in_stock", "in_use", "in_maintenance", "retired"}
        assert 'Here now <span class="muted">5</span>' in text
        assert "1 missing from here" in text
        assert tree.count('<td class="num" data-label="Assets here and inside">5</td>') == 2

    def test_create_move_and_refuse(self, admin, api, office):
        created = admin.post("/locations", data={"name": "Lab 2", "kind": "room", "parent": "HQ"})
        assert created.headers["Location"] == "/locations/LAB-2"

        form = {"name": "Lab 3", "code": "LAB-2", "kind": "lab", "parent": "", "is_active": "on"}
        assert admin.post("/locations/LAB-2/edit", data=form).status_code == 303
        place = api.get("/locations/LAB-2").get_json()
        assert (place["full_name"], place["parent"], place["kind"]) == ("Lab 3", None, "lab")

        circle = {"name": "H", "code": "HQ", "parent": "R-1", "is_active": "on"}
        assert "inside it" in text_of(admin.post("/locations/HQ/edit", data=circle), 422)

    def test_the_form_keeps_a_point_to_its_last_digit(self, admin, api, office):
        point = {"latitude": 52.520008, "longitude": 113.404954}
        assert api.patch("/locations/R-1", json=point).status_code == 200
        form = text_of(admin.get("/locations/R-1/edit"))
        shown = {name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', form)[1] for name in point}
        place = api.get("/locations/R-1").get_json()
        values = {name: place[name] or "" for name in ("name", "code", "kind", "parent")}

        saved = admin.post("/locations/R-1/edit", data={**values, **shown, "is_active": "on"})

        assert saved.status_code == 303
        after = api.get("/locations/R-1").get_json()
        assert {name: after[name] for name in point} == point


class TestPeoplePages:
    def test_show_who_holds_what(self, admin, office):
        assert "Ana Lima" in text_of(admin.get("/people?q=b-77"))
        assert "LT-1" in text_of(admin.get("/people/1001"))

    def test_create_change_and_refuse(self, admin, api, office):
        created = admin.post("/people", data={"name": "Bob", "badges": "b-1, b-2"})
        assert created.status_code == 303
        path = created.headers["Location"]
        assert path.startswith("/people/~")

        form = {"name": "Bob", "number": "2002", "badges": "b-2", "is_active": "on"}
        assert admin.post(f"{path}/edit", data=form).headers["Location"] == "/people/2002"
        assert api.get("/people/2002").get_json()["badges"] == ["B-2"]

        text = text_of(admin.post("/people", data={"name": "X", "number": "1001"}), 409)
        assert "belongs to Ana Lima" in text


class TestNastyText:
    def test_is_inert_on_every_page(self, admin, work):
        with work() as session:
            for number, text in enumerate(NASTY):
                place = add_location(session, f"P{number}", text, now=NOW)
                person = add_person(session, f"{number}", text, now=NOW)
                add_asset(
                    session,
                    f"{text} {number}"[:64],
                    name=text,
                    serial=text,
                    location=place,
                    home=place,
                    custodian=person,
                    identifiers=[("alias", text.upper())],
                    now=NOW,
                )

        paths = ["/assets", "/locations", "/people", "/new/asset", "/assets?q=%3Cscript%3E"]
        lists = ("/assets", "/locations", "/people")
        listed = "".join(text_of(admin.get(path)) for path in lists)
        paths += sorted(set(re.findall(r'href="(/(?:assets|locations|people)/[^"]+)"', listed)))
        paths += [f"{path}/edit" for path in paths if path.count("/") == 2 and "new" not in path]
        assert len(paths) > 40
        for path in paths:
            text = text_of(admin.get(path))
            assert "<script>alert" not in text, path
            assert "<img src=x" not in text, path
            assert "<div hx-on" not in text, path
            assert "' hx-get=/logout" not in text, path
            assert "{{7*7}}" in text or "49" not in re.sub(r"[0-9a-f]{12}", "", text), path
            assert 'href="javascript:' not in text, path
