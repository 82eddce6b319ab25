from __future__ import annotations

import re

import pytest


@pytest.fixture
def client(page_as):
    return page_as("admin")


@pytest.fixture
def save(client):
    """`save(currency="USD")` sends the settings form as the browser does, with these changes."""

    def send(**changes: str):
        form = dict(read_form(client.get("/settings").text))
        form |= changes
        form = {name: value for name, value in form.items() if value is not None}
        return client.post("/settings", data=form, follow_redirects=True)

    return send


def read_form(text: str) -> list[tuple[str, str]]:
    """Return what a browser would send of the settings form."""
    form = text[text.index('action="/settings"') :]
    sent = []
    for tag in re.findall(r"<input[^>]*>", form):
        field = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        is_on = field.get("type") != "checkbox" or "checked" in tag
        if "name" in field and is_on and " disabled" not in tag:
            sent.append((field["name"], field.get("value", "")))
    sent.append(("language", "en"))
    return sent
