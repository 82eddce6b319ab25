"""The calendar feed: its address on a page, and the file that calendar programs fetch."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.notices.calendars import FEED_SCOPES, FeedScope, write_calendar
from scanner_app.domain.notices.mail import host_of
from scanner_app.edge.guard import public, signed_in
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.edge.words.voices import find_voice
from scanner_app.pages.notices.bell import own_user_id
from scanner_app.queries.notices.calendars import list_days
from scanner_app.services.notices import calendars
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("calendar", __name__)


@blueprint.get("/account/calendar")
@signed_in
def show() -> Response:
    """Show whether the person has a feed, and offer to make one."""
    return _show()


def _show(url: str = "") -> Response:
    with reading() as session:
        feed = calendars.feed_of(session, user_id=own_user_id())
        return page(
            "notices/calendar.html",
            scopes=FEED_SCOPES,
            scope=feed.scope if feed is not None else FeedScope.MINE,
            made_at=feed.created_at if feed is not None else None,
            url=url,
        )


@blueprint.post("/account/calendar")
@signed_in
def renew() -> Response:
    """Make a new address, and show it once; or end the feed."""
    user_id, now = own_user_id(), g.now
    if request.form.get("act") == "end":
        transact(lambda session: calendars.end_feed(session, user_id=user_id))
        flash("The calendar's address works no longer.", "ok")
        return redirect("/account/calendar", 303)
    wanted = request.form.get("scope", "")
    scope = FeedScope(wanted) if wanted in FEED_SCOPES else FeedScope.MINE
    token = transact(lambda s: calendars.renew_feed(s, user_id=user_id, scope=scope, now=now))
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    return _show(f"{base}/calendar/{token}.ics")


@blueprint.get("/calendar/<token>.ics")
@public
def send(token: str) -> Response:
    """Send the file. The address is the key: calendar programs cannot sign in."""
    settings = current_settings()
    organisation = current_organisation()
    with reading(snapshot=True) as session:
        feed, user = calendars.find_feed(session, token=token[:200])
        base = settings.base_url or request.host_url
        days = list_days(
            session,
            feed,
            user,
            organisation=organisation,
            base_url=base,
            host=host_of(base, ""),
            now=g.now,
            voice=find_voice(user.language or organisation.language),
        )
    response = Response(
        write_calendar(organisation.name, days), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)
