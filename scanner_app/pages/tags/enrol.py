"""Enrol: scan a label, present a tag, one after the other. From then on the tag means the asset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.decoding.codes.read import is_secret
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.new_scan import Refused, parse_uuid
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.tag_rules import SECRET, tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.tags.claim import claim, find_free_label, find_label, take_off
from scanner_app.queries.readers.readers import ReaderRow, list_readers
from scanner_app.queries.tags import (
    Labelled,
    SeenTag,
    find_asset,
    list_bound,
    list_seen_tags,
)
from scanner_app.services.tags.enrol import EnrolResult, NeedsConfirmation, take_code, undo_binding
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("enrol", __name__, url_prefix="/enrol")

# Two tags that are presented together are posted one after the other. So a tag counts as alone only
# after it has been alone for this long.
SETTLE = timedelta(seconds=1)
# What a reader saw before that does not belong to the label in hand.
MAX_WAIT = timedelta(minutes=10)
SHOWN_BOUND = 8
MAX_CODE = 4096
ACTS = frozenset({"bind", "tag", "move"})


@dataclass(frozen=True, slots=True)
class EnrolProgress:
    """The state of the work, as the page carries it from step to step.

    :param reader: the number of the reader whose reads are used; None: typed codes and a wedge
        only.
    :param asset: the label that waits for its tag.
    :param tag: the tag that waits for its label.
    :param since: ignore what the reader saw before this.
    :param label: the blank label that waits for the asset it goes on.
    """

    reader: int | None
    asset: str | None
    tag: str | None
    since: datetime
    label: str | None = None

    def query(self, **more: str) -> str:
        """Return the query string with which the work continues from here."""
        values = {
            "reader": str(self.reader) if self.reader else "",
            "asset": self.asset or "",
            "tag": self.tag or "",
            "since": self.since.isoformat(),
            "label": self.label or "",
            **more,
        }
        return urlencode({name: value for name, value in values.items() if value})


@blueprint.get("")
@allow(Action.EDIT_REGISTER)
def show() -> Response:
    """Show the state of the work, and the last bindings."""
    return _show(_read_progress())


@blueprint.get("/reads")
@allow(Action.EDIT_REGISTER)
def show_reads() -> Response:
    """Show which tags are at the chosen reader. The page asks every second."""
    return _show(_read_progress(), block="reads")


@blueprint.post("")
@allow(Action.EDIT_REGISTER)
def take() -> Response:
    """Take a label or a tag: typed, scanned, or chosen from the tags that the reader saw."""
    progress = _read_progress()
    form = request.form
    act, _, chosen = form.get("choice", "").partition(":")
    code = chosen if act in ACTS else form.get("code", "")
    actor, now, rules = require_actor(), g.now, tag_rules()
    try:
        if len(code) > MAX_CODE or not is_storable(code):
            raise Invalid(
                "This cannot be the code of a label or a tag.", errors={"code": ["No code."]}
            )
        if is_secret(code):
            raise Invalid(SECRET, errors={"code": [SECRET]})
        if act not in ACTS and (labelled := _take_label(progress, code)) is not None:
            return labelled
        done = transact(
            lambda session: take_code(
                session,
                code=code,
                symbology=form.get("symbology") or None,
                act=act if act in ACTS else None,
                asset_tag=progress.asset,
                tag=progress.tag,
                replaces=form.get("replace") == "on",
                is_repeat=form.get("again") == "on",
                actor=actor,
                now=now,
                rules=rules,
            )
        )
    except NotFound as error:
        # The asset that was waiting no longer exists, so the next label starts again.
        return _show(replace(progress, asset=None), error=error)
    except (Invalid, Conflict) as error:
        return _show(progress, error=error)
    return _go_on(progress, done)


def _take_label(progress: EnrolProgress, code: str) -> Response | None:
    """Take a blank label, or the asset that one waits for; None if the code is about neither."""
    actor, now = require_actor(), g.now
    free = find_free_label(code)
    label, asset = free or progress.label, progress.asset if free else code
    if label is None:
        return None
    if not asset:
        return redirect(f"/enrol?{replace(progress, tag=None, label=label).query()}", 303)
    scan = claim(label, asset, actor=actor, now=now)
    after = replace(progress, asset=None, tag=None, label=None, since=now)
    return redirect(f"/enrol?{after.query(labelled=label, scan=scan)}", 303)


def _go_on(progress: EnrolProgress, done: EnrolResult) -> Response:
    said = str(done.change_id or "")
    after = replace(progress, asset=done.asset_tag, tag=done.tag)
    if done.change_id is not None or done.asset_tag is not None:
        after = replace(after, since=g.now)
    if done.asset_tag is not None and progress.tag is None and progress.asset is None:
        # The tag may have been laid down just before its label was scanned.
        after = replace(after, since=max(progress.since, g.now - 2 * SETTLE))
    return redirect(f"/enrol?{after.query(said=said)}", 303)


@blueprint.post("/undo")
@allow(Action.EDIT_REGISTER)
def undo() -> Response:
    """Undo a binding made by the same person."""
    progress = _read_progress()
    change_id = read_id(request.form.get("change")) or 0
    actor, now = require_actor(), g.now
    if "scan" in request.form:
        return _take_label_off(progress)
    try:
        done = transact(
            lambda session: undo_binding(session, change_id=change_id, actor=actor, now=now)
        )
    except (NotFound, Conflict) as error:
        return _show(progress, error=error)
    # The tag of the undone binding is still at the reader. It must not be bound again at once.
    after = EnrolProgress(progress.reader, None, None, now)
    return redirect(f"/enrol?{after.query(said=str(done), undone='1')}", 303)


def _take_label_off(progress: EnrolProgress) -> Response:
    label = _read_text("labelled") or ""
    try:
        scan_id = parse_uuid(request.form.get("scan"))
        take_off(scan_id, label, actor=require_actor(), now=g.now)
    except Refused:
        return _show(progress, error=NotFound("That scan cannot be undone."))
    except Conflict as error:
        return _show(progress, error=error)
    return redirect(f"/enrol?{progress.query(labelled=label, undone='1')}", 303)


def _read_progress() -> EnrolProgress:
    values = request.values
    return EnrolProgress(
        reader=read_id(values.get("reader")),
        asset=_read_text("asset"),
        tag=_read_text("tag"),
        since=_read_since(values.get("since", "")),
        label=find_free_label(_read_text("label") or ""),
    )


def _read_text(name: str) -> str | None:
    text = request.values.get(name, "").strip()
    is_fit = 0 < len(text) <= MAX_CODE and is_storable(text) and not is_secret(text)
    return text if is_fit else None


def _read_since(text: str) -> datetime:
    now: datetime = g.now
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return now
        return min(max(moment.astimezone(UTC), now - MAX_WAIT), now)
    except (ValueError, OverflowError):
        return now


def _show(
    progress: EnrolProgress,
    *,
    block: str = "work",
    error: Invalid | Conflict | NotFound | None = None,
) -> Response:
    status = 200
    if error is not None:
        status = 422 if isinstance(error, Invalid) else 409
    actor = require_actor()
    with reading() as session:
        readers = [one for one in list_readers(session, now=g.now) if one.is_active]
        reader = next((one for one in readers if one.id == progress.reader), None)
        asset = _find_asset(session, progress.asset)
        seen = _list_seen(session, progress, reader)
        bound = list_bound(session, actor=actor.key, limit=SHOWN_BOUND)
    said = request.args.get("said", "")
    if asset is None and progress.asset is not None:
        progress = replace(progress, asset=None)
    return page(
        "tags/enrol.html",
        block=block,
        status=status,
        title="Enrol tags" if block == "work" else "Tags at the reader",
        progress=progress,
        readers=[(one.id, one.name) for one in readers],
        reader=reader,
        asset=asset,
        error=error.message if error else "",
        offer=error if isinstance(error, NeedsConfirmation) else None,
        bound=bound,
        answer=next((one for one in bound if str(one.id) == said), None),
        is_undone="undone" in request.args,
        labelled=find_label(request.args.get("labelled", "")),
        scan=request.args.get("scan", ""),
        **_describe_seen(progress, asset, seen),
    )


def _find_asset(session: Session, tag: str | None) -> Labelled | None:
    return find_asset(session, tag, rules=tag_rules(), now=g.now) if tag is not None else None


def _list_seen(
    session: Session, progress: EnrolProgress, reader: ReaderRow | None
) -> list[SeenTag]:
    if reader is None:
        return []
    return list_seen_tags(
        session, reader_name=reader.name, since=progress.since, rules=tag_rules(), now=g.now
    )


def _describe_seen(
    progress: EnrolProgress, asset: Labelled | None, seen: list[SeenTag]
) -> dict[str, Any]:
    """Return what is done with the tags at the reader."""
    free = [tag for tag in seen if tag.is_free]
    # A stray tag that lies near the reader all day must not be bound to the next asset.
    come = [tag for tag in free if tag.has_come]
    others = [tag for tag in seen if tag.meant.asset is not None and tag.meant.asset != asset]
    is_alone = len(come) == 1
    is_settled = is_alone and g.now - come[0].first_at >= SETTLE
    return {
        "free": free,
        "others": others,
        "is_alone": is_alone,
        "is_old": bool(free) and not come,
        # Bound automatically: the only unknown tag that came after the label.
        "chosen": come[0] if is_settled and asset is not None else None,
        # Kept for the next label: the only unknown tag that came before it.
        "waiting": come[0] if is_settled and asset is None and progress.tag is None else None,
    }
