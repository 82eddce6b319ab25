"""What a browser keeps: its sign-in, the marks of earlier ones, and how far it has written."""

from __future__ import annotations

import re

from flask import Flask, Response, g, request

from scanner_app.config import Settings
from scanner_app.edge.state import current_settings
from scanner_app.storage.replica import IS_NEW, WRITTEN

# A place in the log of PostgreSQL. One that somebody made up delays their own pages at most.
_PLACE = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


def cookie_name(settings: Settings) -> str:
    # The __Host- prefix ties the cookie to this host and to HTTPS; browsers refuse it without.
    return "__Host-scanner" if settings.secure_cookies else "scanner"


def marks_cookie_name(settings: Settings) -> str:
    return f"{cookie_name(settings)}-browser"


def set_sign_in_cookie(response: Response, value: str) -> None:
    settings = current_settings()
    _set_cookie(response, cookie_name(settings), value, days=settings.session_days)


def set_browser_marks(response: Response, marks: str) -> None:
    """Keep the marks that say to which accounts this browser has signed in before."""
    # 400 days: the longest that browsers keep a cookie.
    _set_cookie(response, marks_cookie_name(current_settings()), marks, days=400)


def read_browser_marks() -> str:
    return request.cookies.get(marks_cookie_name(current_settings()), "")


def _set_cookie(response: Response, name: str, value: str, *, days: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=days * 86400,
        httponly=True,
        secure=current_settings().secure_cookies,
        samesite="Lax",
        path="/",
    )


def clear_sign_in_cookie(response: Response) -> None:
    settings = current_settings()
    response.delete_cookie(
        cookie_name(settings),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def keep_written_place(app: Flask) -> None:
    """Keep in each browser how far its person has written, for a read replica."""

    def name() -> str:
        return f"{cookie_name(current_settings())}-written"

    @app.before_request
    def read() -> None:
        place = request.cookies.get(name(), "")
        setattr(g, WRITTEN, place if _PLACE.fullmatch(place) else None)

    @app.after_request
    def send(response: Response) -> Response:
        if g.get(IS_NEW):
            _set_cookie(response, name(), g.get(WRITTEN), days=1)
        return response
