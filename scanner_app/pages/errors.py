"""Errors as pages: what happened, what to do next, and for the unforeseen only an id."""

from __future__ import annotations

import logging
from urllib.parse import quote

from flask import Response, g, redirect, request
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ScannerAppError,
    TooLarge,
    TooMany,
    Unavailable,
)
from scanner_app.edge.web import BROKEN_BODY, page
from scanner_app.storage.database import is_trouble

log = logging.getLogger(__name__)

STATUS: dict[type[ScannerAppError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    NotAllowed: 403,
    NotSignedIn: 401,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
}

# What the page says, in words for people; the numbers are for programs and the log.
TITLES: dict[int, str] = {
    400: "That cannot be read",
    403: "Not for your role",
    404: "There is nothing here",
    405: "Not opened like this",
    409: "Not possible as things stand",
    413: "Too large",
    415: "Not a kind that is taken",
    422: "Something is not right in it",
    429: "Too many tries",
    503: "Not available now",
}
DETAILS: dict[int, str] = {
    400: "What the browser sent cannot be understood. Go back and try again.",
    404: "No page has this address. It may be mistyped, or what it showed is gone.",
    405: "This address takes no such request. Go back and use the button there.",
    413: "What was sent is larger than is taken here.",
    415: "What was sent is of a kind that is not taken here.",
    429: "That was tried too often. Wait a moment, then try again.",
}


def to_error_page(error: Exception) -> WerkzeugResponse:
    """Turn any exception into a page."""
    if isinstance(error, NotSignedIn):
        return _lead_to_sign_in()
    if isinstance(error, ScannerAppError):
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        answer = show(status, error.message)
        if isinstance(error, TooMany | Unavailable):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if isinstance(error, HTTPException):
        return _show_http_error(error)
    if isinstance(error, BROKEN_BODY):
        return show(400, DETAILS[400])
    if isinstance(error, DBAPIError | PoolTimeout):
        return _show_database_error(error)
    return _show_unforeseen(error)


def _lead_to_sign_in() -> WerkzeugResponse:
    if request.headers.get("HX-Request") == "true":
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = "/sign-in"
        return answer
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(f"/sign-in?next={quote(target)}", 303)


def _show_http_error(error: HTTPException) -> Response:
    code = error.code or 500
    is_ours = error.description is not None and error.description != type(error).description
    answer = show(code, str(error.description if is_ours else DETAILS.get(code, "")))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    return answer


def _show_database_error(error: DBAPIError | PoolTimeout) -> Response:
    if isinstance(error, DataError):
        log.warning("data refused by the database id=%s", g.get("request_id", ""))
        return show(422, "A value cannot be stored. Go back and check the fields.")
    if isinstance(error, IntegrityError):
        log.warning("lost a race id=%s", g.get("request_id", ""), exc_info=error)
        return show(409, "Somebody changed the same thing. Go back, load it again and repeat it.")
    if isinstance(error, PoolTimeout) or is_trouble(error):
        log.error("database trouble id=%s", g.get("request_id", ""), exc_info=error)
        answer = show(503, "The database cannot answer now. Nothing was stored; try again.")
        answer.headers["Retry-After"] = "2"
        return answer
    return _show_unforeseen(error)


def _show_unforeseen(error: Exception) -> Response:
    log.error("unforeseen id=%s", g.get("request_id", ""), exc_info=error)
    return show(
        500,
        "Nothing more is known here. Try again; if it stays so, tell an admin the number below.",
    )


def show(status: int, message: str) -> Response:
    return page(
        "error.html",
        status=status,
        code=status,
        title=TITLES.get(status, "Something went wrong"),
        message=message,
        request_id=g.get("request_id", ""),
    )
