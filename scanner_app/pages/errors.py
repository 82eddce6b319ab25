"""Errors as pages: what happened, what to do next, and for the unforeseen only an id."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Response, g, redirect, request
from sqlalchemy.exc import DBAPIError
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
from scanner_app.extensions.database import is_trouble
from scanner_app.extensions.web import page

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


def to_error_page(error: Exception) -> WerkzeugResponse:
    """Turn any exception into a page."""
    if isinstance(error, NotSignedIn):
        if request.headers.get("HX-Request") == "true":
            answer = Response(status=401)
            answer.headers["HX-Redirect"] = "/sign-in"
            return answer
        target = request.full_path.rstrip("?") if request.method == "GET" else "/"
        from urllib.parse import quote

        return redirect(f"/sign-in?next={quote(target)}", 303)
    if isinstance(error, ScannerAppError):
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        answer = show(status, error.message)
        if isinstance(error, TooMany | Unavailable):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if isinstance(error, HTTPException):
        return show(error.code or 500, str(error.description or ""))
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and is_trouble(error)):
        log.error("database trouble id=%s", g.get("request_id", ""), exc_info=error)
        answer = show(503, "The database cannot answer now. Nothing was stored; try again.")
        answer.headers["Retry-After"] = "2"
        return answer
    log.error("unforeseen id=%s", g.get("request_id", ""), exc_info=error)
    return show(500, "Something went wrong here. Quote the number below to an admin.")


def show(status: int, message: str) -> Response:
    return page(
        "error.html",
        status=status,
        code=status,
        title=HTTPStatus(status).phrase,
        message=message,
        request_id=g.get("request_id", ""),
    )
