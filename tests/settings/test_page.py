"""The settings page, and where its settings act."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from scanner_app.edge.state import app_state
from tests.support.databases import SqliteTemplate
from tests.support.register import add_asset


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path):
    url = sqlite_template.make(tmp_path / "instance", None)
    yield url
    sqlite_template.drop(url)


class TestPage:
    def test_saves_what_was_changed_and_says_what(self, client, save):
        answer = save(organisation_name="Müller & Søn", due_days="14", closure_needs_two="yes")

        assert "Saved. Name: Müller &amp; Søn. Due back after: 14 days." in answer.text
        assert "<title>Settings · Müller &amp; Søn</title>" in answer.text
        assert re.search(r'id="f-closure_needs_two"[^>]*checked', answer.text)
        assert "by <bdi>Admin</bdi>" in answer.text
        trail = answer.text[answer.text.index('id="trail"') :]
        assert "Due back after</span>: <bdi>no due date</bdi> → <bdi>14 days</bdi>" in trail
        assert "Nothing was changed." in save().text
        # A box that is no longer ticked is not sent.
        assert "a second person: no" in save(closure_needs_two=None).text

    def test_shows_a_wrong_value_beside_its_field_and_keeps_the_rest_of_the_form(self, save):
        answer = save(currency="EURO", organisation_name="Acme")

        assert answer.status_code == 422
        assert "Enter three letters, such as EUR." in answer.text
        assert 'value="Acme"' in answer.text

    def test_shows_what_the_environment_sets_as_fixed(self, app, client, save):
        state = app_state(app)
        state.settings = replace(state.settings, currency="CHF", given=frozenset({"due_days"}))

        text = client.get("/settings").text
        save(currency="USD", due_days="3")

        assert "SCANNER_CURRENCY" in text
        assert "SCANNER_DUE_DAYS" in text
        assert re.search(r'id="f-currency"[^>]*value="CHF"[^>]*disabled', text)
        assert re.search(r'id="f-currency"[^>]*value="CHF"', client.get("/settings").text)

    def test_tells_the_second_of_two_admins(self, client, save, page_as):
        other = page_as("admin", "other@example.org")
        stale = {"due_days": "5", "was:due_days": "0"}
        save(due_days="7")

        answer = other.post("/settings", data=stale)

        assert answer.status_code == 409
        assert "was changed while this page was open" in answer.text
        assert re.search(r'id="f-due_days"[^>]*value="7"', answer.text)


def draw(colour: tuple[int, ...], size: int = 600) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGBA", (size, size), colour).save(file, "PNG")
    file.seek(0)
    return file


class TestLogo:
    def test_is_kept_small_on_white_and_shown_to_all(self, app, client, page_as):
        answer = client.post(
            "/settings/logo",
            data={"logo": (draw((200, 0, 0, 0)), "logo.png")},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert "The logo is saved." in answer.text
        url = re.search(r'src="(/organisation/logo\.jpg\?v=\d+)"', page_as("viewer").get("/").text)

        picture = app.test_client().get(url[1])
        image = Image.open(io.BytesIO(picture.data))

        assert (picture.content_type, image.size) == ("image/jpeg", (256, 256))
        assert image.getpixel((9, 9)) == (255, 255, 255)
        assert url[1] in app.test_client().get("/sign-in").text
        assert (
            "The logo is removed."
            in client.post("/settings/logo/remove", follow_redirects=True).text
        )
        assert app.test_client().get(url[1]).status_code == 404

    @pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b""])
    def test_that_is_no_picture_is_refused_beside_the_field(self, client, data):
        answer = client.post(
            "/settings/logo",
            data={"logo": (io.BytesIO(data), "logo.svg")},
            content_type="multipart/form-data",
        )

        assert answer.status_code == 422
        assert 'aria-describedby="f-logo-help"' in answer.text


class TestWhereTheyAct:
    def test_a_new_asset_starts_with_the_currency_and_the_next_tag(self, client, save, work, now):
        with work() as session:
            for tag in ("LT-00009", "LT-00011", "LT-99999X", "LT-7", "MN-00050"):
                add_asset(session, tag, now=now)
        save(currency="SEK", tag_prefix="LT-", tag_digits="5")

        text = client.get("/new/asset").text

        assert re.search(r'id="f-asset_tag"[^>]*value="LT-00012"', text)
        assert re.search(r'id="f-currency"[^>]*value="SEK"', text)
        assert 'value="X-1"' in client.get("/new/asset?asset_tag=X-1").text

    def test_the_first_tag_of_a_pattern_is_number_one(self, client, save):
        save(tag_prefix="AB", tag_digits="0")

        assert re.search(r'id="f-asset_tag"[^>]*value="AB1"', client.get("/new/asset").text)

    def test_a_delivery_of_a_new_model_starts_with_the_next_tag(self, client, save):
        delivery = {"model": "X1", "serials": "A"}
        assert client.post("/receive", data=delivery).status_code == 422

        save(tag_prefix="AB", tag_digits="3")

        assert "<bdi>AB001</bdi>" in client.post("/receive", data=delivery).text

    def test_a_bare_number_is_read_by_the_pattern_at_once(self, api, save, work, now):
        with work() as session:
            add_asset(session, "LT-00042", now=now)
        before = api.get("/identify?code=42").json

        save(tag_prefix="LT-", tag_digits="5")

        assert before["asset"] is None
        assert api.get("/identify?code=42").json["asset"]["asset_tag"] == "LT-00042"

    def test_a_check_out_starts_with_the_due_date(self, client, save):
        assert re.search(r'id="f-due_at"[^>]*value=""', client.get("/scan?mode=check_out").text)

        save(due_days="14")

        text = client.get("/scan?mode=check_out").text
        assert re.search(r'id="f-due_at"[^>]*value="20\d\d-\d\d-\d\d"', text)
        assert 'data-days="14"' in text
