"""How a browser is known: the cookie of a sign-in, and the marks of its earlier sign-ins."""

from __future__ import annotations

from flask import Response, request

from scanner_app.config import Settings
from scanner_app.edge.state import current_settings


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
