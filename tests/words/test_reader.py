"""The language of a page: of the account, else of the browser, else of the organisation."""

from __future__ import annotations

import re

import pytest

from tests.support import on_both

database = on_both.database

pytestmark = pytest.mark.either_database


def ask(client, browser: str = "", path: str = "/account") -> str:
    headers = {"Accept-Language": browser} if browser else {}
    return client.get(path, headers=headers).text


def language_of(text: str) -> str:
    return re.search(r'<html lang="(\w+)"', text)[1]


def test_is_chosen_by_account_then_browser_then_organisation(admin):
    assert language_of(ask(admin)) == "en"
    assert language_of(ask(admin, "de-CH,de;q=0.9,en;q=0.5")) == "de"
    assert language_of(ask(admin, "fr,en;q=0.5")) == "en"

    form = dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', admin.get("/settings").text))
    admin.post("/settings", data={**form, "language": "de"})
    assert language_of(ask(admin)) == "de"
    assert language_of(ask(admin, "en")) == "en"

    assert admin.post("/account/language", data={"language": "en"}).status_code == 303
    assert language_of(ask(admin, "de")) == "en"
    assert admin.post("/account/language", data={"language": "xx"}).status_code == 422
    admin.post("/account/language", data={"language": "de"})
    assert language_of(ask(admin, "en")) == "de"


def test_a_german_page_has_german_words_days_and_scripts(admin):
    text = ask(admin, "de")

    assert "Ihre Sitzungen" in text
    assert "Einstellungen speichern" in ask(admin, "de", "/settings")
    version = re.search(r"/js/(\w+-de-\w+)/shell/shell.js", text)[1]
    with admin.get(f"/js/{version}/shell/shell.js") as script:
        assert "zu senden" in script.text
    assert admin.get(f"/js/{version.replace('-de-', '-xx-')}/shell/shell.js").status_code == 404


def test_a_page_s_script_is_answered_in_german_and_a_program_in_english(admin):
    german = admin.get("/api/v1/assets/NONE", headers={"Accept-Language": "de"}).json
    english = admin.get("/api/v1/assets/NONE", headers={"Accept-Language": "en"}).json

    assert german["code"] == english["code"]
    assert german["detail"] != english["detail"]
