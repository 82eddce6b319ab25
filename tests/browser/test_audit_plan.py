"""The plan of a sample, on the page of a draft: what it asks for, and what it says at once."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.services.audits.setup import create_audit
from tests.browser.conftest import wait_until

ACTOR = Actor("user", 1, "Mia", Role.AUDITOR, user_id=1)


def test_asks_only_for_what_the_method_needs_and_says_at_once_what_it_buys(server, phone):
    with server.session(write=True) as session:
        draft = create_audit(
            session,
            name="Spring",
            scope={"locations": ["HQ"]},
            is_blind=False,
            due_on=None,
            actor=ACTOR,
            now=datetime.now(UTC),
        ).id
    page = phone.open(cookie=server.sign_in("auditor"))
    page.goto(f"/audits/{draft}")
    preview = page.locator("#plan-preview")
    rate, value = page.get_by_label("this share"), page.get_by_label("this value")

    assert "All 41 are counted." in preview.inner_text()
    assert not rate.is_visible()
    page.get_by_label("A sample by value").check()
    assert value.is_visible()
    assert not rate.is_visible()
    page.locator("input[name=method][value=simple]").check()
    assert rate.is_visible()
    assert not value.is_visible()
    rate.fill("10")
    wait_until(lambda: "at most 10\u00a0% missing" in preview.inner_text())
    rate.fill("many")
    wait_until(lambda: "Enter a rate" in preview.inner_text())
    assert rate.input_value() == "many"
