"""Errors as pages: what happened, and what to do next."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.help import find_error_help
from scanner_app.edge.errors import classify
from scanner_app.edge.web import page

# The headings, in words for people; the numbers are for programs and the log.
TITLES: dict[int, str] = {
    400: "The request cannot be read",
    403: "You do not have access to this page",
    404: "Page not found",
    405: "Not opened this way",
    409: "That did not work",
    413: "Too large",
    415: "Not a kind of file we take",
    422: "Something needs correcting",
    429: "Too many tries",
    503: "Not available now",
    507: "The disk is nearly full",
}


def to_error_page(error: Exception) -> WerkzeugResponse:
    """Turn any exception into a page, or into the way to the sign-in page."""
    trouble = classify(error)
    if trouble.status == HTTPStatus.UNAUTHORIZED:
        return _lead_to_sign_in()
    answer = page(
        "error.html",
        status=trouble.status,
        code=trouble.status,
        title=TITLES.get(trouble.status, "Something went wrong"),
        message=trouble.message,
        error_help=find_error_help(trouble.status),
        request_id=g.get("request_id", ""),
    )
    for name, value in trouble.headers.items():
        answer.headers[name] = value
    return answer


def _lead_to_sign_in() -> WerkzeugResponse:
    if request.headers.get("HX-Request") == "true":
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = "/sign-in"
        return answer
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(f"/sign-in?next={quote(target)}", 303)
