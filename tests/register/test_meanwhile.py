"""Two people edit one thing at once: the second learns of it, and loses nothing of what was typed."""

from __future__ import annotations

import html
import re

import pytest

from tests.conftest import NOW
from tests.support.register import add_asset, add_location, add_person


@pytest.fixture
def office(work):
    with work() as session:
        room = add_location(session, "RM-1", "Room 1", now=NOW)
        add_location(session, "RM-2", "Room 2", now=NOW)
        add_person(session, "9001", "Ana Lima", badge="B-9077", now=NOW)
        add_asset(session, "ZZ-1", name="Laptop one", location=room, now=NOW)


def open_form(client, path: str) -> dict[str, str]:
    """Return what a browser would send of a form that nobody has typed into."""
    return read_form(client.get(path).text)


def read_form(text: str) -> dict[str, str]:
    main = text[text.index("<main") :]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", main):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or re.search(r"\schecked", tag):
            fields[given["name"]] = html.unescape(given.get("value", ""))
    for name, inner in re.findall(r'<select[^>]*?name="(\w+)".*?>(.*?)</select>', main, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"\s+selected', inner)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    for name, inner in re.findall(r'<textarea[^>]*?name="(\w+)"[^>]*>([^<]*)<', main, re.DOTALL):
        fields[name] = html.unescape(inner)
    return fields


EDITS = [
    ("/assets/ZZ-1/edit", "name", "order_number"),
    ("/assets/ZZ-1/edit", "notes", "supplier"),
    ("/locations/RM-1/edit", "name", "kind"),
    ("/people/9001/edit", "department", "name"),
]


class TestTwoTabs:
    @pytest.mark.parametrize(("path", "first", "second"), EDITS)
    def test_the_second_is_told_and_keeps_what_was_typed(
        self, admin, page_as, office, path, first, second
    ):
        other = page_as("stockroom")
        theirs, mine = open_form(other, path), open_form(admin, path)
        other.post(path, data={**theirs, first: "Theirs"})

        refused = admin.post(path, data={**mine, second: "mine"})
        shown = read_form(refused.text)
        saved = admin.post(path, data=shown)
        after = open_form(admin, path)

        assert refused.status_code == 409
        assert "Somebody changed this while you were editing" in refused.text
        assert "is now “<bdi>Theirs</bdi>”." in refused.text
        assert (shown[first], shown[second]) == ("Theirs", "mine")
        assert saved.status_code == 303
        assert (after[first], after[second]) == ("Theirs", "mine")

    @pytest.mark.parametrize(("path", "name"), [(path, first) for path, first, _ in EDITS])
    def test_both_values_of_one_field_are_shown(self, admin, page_as, office, path, name):
        other = page_as("stockroom")
        theirs, mine = open_form(other, path), open_form(admin, path)
        other.post(path, data={**theirs, name: "Theirs"})

        refused = admin.post(path, data={**mine, name: "Mine"})

        assert "is now “<bdi>Theirs</bdi>”; you entered “<bdi>Mine</bdi>”." in refused.text
        assert read_form(refused.text)[name] == "Mine"
        assert open_form(admin, path)[name] == "Theirs"

    @pytest.mark.parametrize("path", sorted({path for path, _, _ in EDITS}))
    def test_the_same_change_twice_and_a_form_alone_are_saved(self, admin, page_as, office, path):
        other = page_as("stockroom")
        theirs, mine = open_form(other, path), open_form(admin, path)

        saved = other.post(path, data={**theirs, "name": "Both"})
        again = admin.post(path, data={**mine, "name": "Both"})
        odd = admin.post(path, data={**open_form(admin, path), "start": "[{", "name": "Odd"})

        assert (saved.status_code, again.status_code, odd.status_code) == (303, 303, 303)
        assert open_form(admin, path)["name"] == "Odd"

    def test_a_scan_meanwhile_is_not_reverted(self, admin, api, office):
        mine = open_form(admin, "/assets/ZZ-1/edit")
        api.patch("/assets/ZZ-1", json={"location": "RM-2"})

        refused = admin.post("/assets/ZZ-1/edit", data={**mine, "notes": "Mine"})

        assert refused.status_code == 409
        assert api.get("/assets/ZZ-1").json["location"] == "RM-2"
        assert read_form(refused.text)["location"] == "RM-2"
