"""Many assets at once: what is to be done, what it would do, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action, authorize
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.order import MAX_THINGS
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.many import MANY, MAX_MANY, Many, ManyResult
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.labels.printing import show_labels
from scanner_app.pages.register.asset_list import offer_many, read_filter
from scanner_app.pages.register.assets import STAGES
from scanner_app.pages.register.exports import send_assets
from scanner_app.pages.register.sealed_edit import write_undo
from scanner_app.pages.scanning.scan_form import read_uuid
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.assets import list_categories, list_ids, load_assets
from scanner_app.queries.register.code_lists import CodeList, read_code_list, split_codes
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.register.people import list_people
from scanner_app.services.register.many import change_many
from scanner_app.services.scanning.forecast import forecast_scans
from scanner_app.services.scanning.record import load_first_answers, record_scans
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("many", __name__, url_prefix="/many/assets")

# As many scans as one delivery of a phone: in between, other people's scans are recorded.
CHUNK = 500
MAX_LIST_BYTES = 1_000_000
MAX_PEOPLE_OFFERED = 500
DEVICE = "many at once"


# -- what is selected --------------------------------------------------------------------------


def _read_selection(session: Session) -> list[int]:
    """Return the ids of the selected assets: those of the boxes, or all that match the list."""
    form = request.form
    if form.get("all") == "yes":
        address = read_filter(session, dict(parse_qsl(form.get("list", ""))))
        ids = list_ids(session, wanted=address.filter, most=MAX_MANY + 1)
    else:
        picked = form.getlist("pick") or form.get("ids", "").split()
        ids = [id_ for text in picked if (id_ := read_id(text)) is not None]
    if len(ids) > MAX_MANY:
        raise Invalid(f"Select at most {MAX_MANY:,} assets at once.")
    return list(dict.fromkeys(ids))


def read_action() -> Many:
    """Return what is to be done.

    :raises Invalid: nothing that is known.
    """
    try:
        return Many(request.form.get("do", ""))
    except ValueError:
        raise Invalid("Choose what to do with what is selected.") from None


@blueprint.post("")
@allow(Action.READ_REGISTER)
def choose() -> Response:
    """Show the form of what is to be done with the selected assets, or send them as a file."""
    do = read_action()
    authorize(require_actor(), do.facts.action)
    with reading() as session:
        ids = _read_selection(session)
    if not ids:
        flash("Select assets first: tick their boxes.", "error")
        return redirect(f"/assets?{request.form.get('list', '')}".rstrip("?"), 303)
    if do is Many.EXPORT:
        return send_assets(ids, "xlsx" if request.form.get("as") == "xlsx" else "csv")
    if do is Many.LABELS:
        with reading() as session:
            tags = [row.asset_tag for row in load_assets(session, ids[: MAX_THINGS + 1])]
        return show_labels(tags)
    return _show_step(do, ids)


def _show_step(
    do: Many,
    ids: Sequence[int],
    *,
    results: Sequence[ManyResult] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    with reading() as session:
        rows = load_assets(session, ids)
        return page(
            "register/many/step.html",
            block="forecast" if results is not None or errors else None,
            status=422 if errors else 200,
            do=do,
            facts=MANY[do],
            ids=" ".join(str(row.id) for row in rows),
            base=request.form.get("base") or uuid4(),
            rows=rows,
            by_status=Counter(row.status for row in rows).most_common(),
            results=results,
            counts=_count(results or ()),
            errors=errors or {},
            form=request.form,
            list_query=request.form.get("list", ""),
            stages=STAGES,
            places=list_choices(session),
            people=list_people(session, limit=MAX_PEOPLE_OFFERED).rows,
            categories=list_categories(session),
            today=g.now.date(),
        )


def _count(results: Sequence[ManyResult]) -> dict[str, int]:
    counts = Counter(result.kind for result in results)
    return {kind: counts[kind] for kind in ("changed", "left", "refused")}


# -- edits -------------------------------------------------------------------------------------


@blueprint.post("/change")
@allow(Action.EDIT_REGISTER)
def change() -> Response:
    """Show what an edit would do to the selected assets, or carry it out."""
    do, actor = read_action(), require_actor()
    if not do.facts.edits:
        raise Invalid("Choose what to change.")
    is_forecast = request.form.get("step") != "apply"
    with reading() as session:
        ids = _read_selection(session)
    try:
        values = _read_edit(do)

        def work(session: Session) -> list[ManyResult]:
            return change_many(
                session,
                asset_ids=ids,
                values=values,
                actor=actor,
                now=g.now,
                is_forecast=is_forecast,
            )

        if is_forecast:
            with reading() as session:
                return _show_step(do, ids, results=work(session))
        done = transact(work)
        return show_report(do, ids, done, undo=write_undo(done, made_by=actor.key, at=g.now))
    except Invalid as error:
        return _show_step(do, ids, errors={"value": error.texts[0]})


def _read_edit(do: Many) -> dict[str, Any]:
    """Return the field to change, as a single edit names it."""
    text = request.form.get("value", "").strip()
    if not text and do is not Many.HOME:
        raise Invalid("Choose a value first.", errors={"value": ["Choose a value first."]})
    if do is not Many.STATUS:
        return {do.facts.edits: text[:200]}
    try:
        return {"status": Stage(text)}
    except ValueError:
        raise Invalid("No such status.", errors={"value": ["Choose one of the list."]}) from None


# -- check-outs and check-ins ------------------------------------------------------------------


@blueprint.post("/custody")
@allow(Action.CHANGE_CUSTODY)
def change_custody() -> Response:
    """Show what a check-out or check-in would do to the selected assets, or record the scans."""
    do, actor = read_action(), require_actor()
    if do.facts.intent is None:
        raise Invalid("Choose check out or check in.")
    base = read_uuid(request.form.get("base")) or uuid4()
    with reading() as session:
        ids = _read_selection(session)
        rows = load_assets(session, ids)
    try:
        scans = _make_scans(do, base, rows)
    except Invalid as error:
        return _show_step(do, ids, errors={"value": error.texts[0]})
    if request.form.get("step") != "apply":
        with reading() as session:
            answers = forecast_scans(
                session, scans=scans, actor=actor, now=g.now, skew=_skew(), rules=tag_rules()
            )
        return _show_step(do, ids, results=_to_results(rows, answers))
    return show_report(do, ids, _to_results(rows, _record(scans)), base=base)


def _make_scans(do: Many, base: UUID, rows: Sequence[AssetRow]) -> list[NewScan]:
    person = request.form.get("value", "").strip()[:255]
    place = request.form.get("location", "").strip()[:255]
    if do is Many.CHECK_OUT and not person:
        raise Invalid("Choose who gets them.", errors={"value": ["Choose who gets them."]})
    due_at = _read_due(request.form.get("due_at", "")) if do is Many.CHECK_OUT else None
    made, intent = _ids(), do.facts.intent or Intent.LOOKUP
    return [
        NewScan(
            scan_id=made.make(base, f"asset {row.id}"),
            code=row.asset_tag,
            intent=intent,
            scanned_at=g.now,
            source="typed",
            location=place or None,
            custodian=person if do is Many.CHECK_OUT else None,
            due_at=due_at,
            device=DEVICE,
        )
        for row in rows
    ]


def _read_due(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("No day.", errors={"due_at": ["Enter the day as year-month-day."]}) from None
    return datetime.combine(day, time(23, 59, 59), UTC)


def _ids() -> DerivedIds:
    return DerivedIds(current_settings().secret_key, require_actor().key)


def _skew() -> timedelta:
    return timedelta(seconds=current_settings().clock_skew_seconds)


def _record(scans: Sequence[NewScan]) -> list[Answer]:
    actor, rules = require_actor(), tag_rules()
    zone = current_organisation().time_zone
    answers: list[Answer] = []
    for start in range(0, len(scans), CHUNK):
        part = scans[start : start + CHUNK]
        spend_budget(actor.key, len(part), 0)

        def work(session: Session, part: Sequence[NewScan] = part) -> list[Answer]:
            # A form that is sent twice names another time, but the same scans.
            known, _ = load_first_answers(
                session.connection(), [scan.scan_id for scan in part], author=actor.key
            )
            fresh = [scan for scan in part if str(scan.scan_id) not in known]
            made = record_scans(
                session, scans=fresh, actor=actor, now=g.now, skew=_skew(), rules=rules, zone=zone
            )
            new = {answer.scan_id: answer for answer in made}
            return [new.get(str(scan.scan_id)) or known[str(scan.scan_id)][1] for scan in part]

        answers += transact(work)
    return answers


def _to_results(rows: Sequence[AssetRow], answers: Sequence[Answer]) -> list[ManyResult]:
    return [
        ManyResult(
            row.id,
            row.asset_tag,
            row.name or row.model or "",
            "changed" if answer.outcome is Outcome.APPLIED else "refused",
            "" if answer.outcome is Outcome.APPLIED else answer.message,
        )
        for row, answer in zip(rows, answers, strict=True)
    ]


@blueprint.post("/undo")
@allow(Action.CHANGE_CUSTODY)
def undo() -> Response:
    """Undo the scans of a check-out or check-in of many."""
    base = read_uuid(request.form.get("base"))
    if base is None:
        raise Invalid("It is not known what to undo.")
    do, made = read_action(), _ids()
    with reading() as session:
        ids = _read_selection(session)
        rows = load_assets(session, ids)
    scans = [
        NewScan(
            scan_id=made.make(base, f"undo {row.id}"),
            code=row.asset_tag,
            intent=Intent.VOID,
            scanned_at=g.now,
            source="typed",
            voids=made.make(base, f"asset {row.id}"),
            device=DEVICE,
        )
        for row in rows
    ]
    return show_report(do, ids, _to_results(rows, _record(scans)), is_undo=True)


def show_report(
    do: Many,
    ids: Sequence[int],
    results: Sequence[ManyResult],
    *,
    base: UUID | None = None,
    undo: str = "",
    is_undo: bool = False,
) -> Response:
    """Show what became of each asset.

    :param base: undoes the scans that were recorded.
    :param undo: undoes the edit that was made.
    """
    changed = [result.asset_id for result in results if result.kind == "changed"]
    return page(
        "register/many/report.html",
        do=do,
        facts=MANY[do],
        results=results,
        counts=_count(results),
        total=len(ids),
        changed_ids=" ".join(map(str, changed)),
        base=base,
        undo=undo,
        is_undo=is_undo,
        list_query=request.form.get("list", ""),
    )


# -- a list of codes ---------------------------------------------------------------------------


@blueprint.get("/codes")
@allow(Action.READ_REGISTER)
def show_codes() -> Response:
    """Show the form for a list of codes."""
    return page(
        "register/many/codes.html", found=None, rows=[], text="", problem="", many=offer_many()
    )


@blueprint.post("/codes")
@allow(Action.READ_REGISTER)
def read_codes() -> Response:
    """Show which assets a pasted or uploaded list of codes means, to do something with them."""
    text, problem = request.form.get("codes", ""), ""
    file = request.files.get("file")
    if file is not None and file.filename:
        data = file.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES or b"\x00" in data:
            problem = "This file is not a list of codes. Use a text or CSV file of at most 1 MB."
        else:
            text = f"{text}\n{data.decode('utf-8-sig', 'replace')}"
    codes = list(dict.fromkeys(split_codes(text)))
    if not problem and not codes:
        problem = "Paste codes first, one a line, or choose a file."
    if len(codes) > MAX_MANY:
        problem = f"This list has more than {MAX_MANY:,} codes. Cut it into parts."
    found: CodeList | None = None
    rows: list[AssetRow] = []
    if not problem:
        with reading() as session:
            found = read_code_list(session, codes, rules=tag_rules(), now=g.now)
            rows = load_assets(session, found.asset_ids)
    return page(
        "register/many/codes.html",
        status=422 if problem else 200,
        found=found,
        rows=rows,
        text=text,
        problem=problem,
        many=offer_many(),
    )
