"""A passkey in Chromium's own authenticator: added, used, and refused once it was removed."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from scanner_app.models import Passkey, UsedChallenge

pytestmark = pytest.mark.browser


def add_authenticator(page) -> None:
    """Add to the browser a device that knows its owner and answers at once."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_signs_in_without_a_password_until_it_is_removed(phone, server):
    page = phone.open(cookie=server.sign_in("technician"))
    add_authenticator(page)
    page.goto("/account")
    page.fill("#f-passkey", "Pixel")
    page.click("[data-passkey-add]")
    page.locator("text=The passkey “Pixel” is added").wait_for()
    # The authenticator has a key of this account already.
    page.click("[data-passkey-add]")
    page.locator("[data-said] >> text=has a passkey for your account already").wait_for()

    page.context.clear_cookies()
    page.goto("/sign-in?next=/assets")
    sent = []
    page.on(
        "request", lambda asked: sent.append(asked.post_data) if "sign-in" in asked.url else None
    )
    page.click("[data-passkey-sign-in]")
    page.wait_for_url(f"{server.url}/assets")

    # The same answer, sent again, opens nothing.
    again = page.context.request.post(
        f"{server.url}/passkeys/sign-in",
        data=sent[-1],
        headers={"Content-Type": "application/json"},
    )
    assert again.status == 422
    with server.session() as session:
        assert session.scalar(select(Passkey.last_used_at)) is not None
        assert session.scalar(select(func.count()).select_from(UsedChallenge)) >= 2

    page.goto("/account")
    page.click("[aria-label='Remove Pixel']")
    page.locator("text=The passkey is removed").wait_for()
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.click("[data-passkey-sign-in]")
    page.locator("[data-said] >> text=does not work here").wait_for()
    assert "/sign-in" in page.url
