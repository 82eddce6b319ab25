"""The decisions of a reconciliation: accept or reject what findings propose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.findings import FINDING_KINDS
from scanner_app.domain.audits.proposals import DECISIONS, Decision
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits._page_filter import PageFilter, is_widened, read_filter
from scanner_app.pages.audits.reconciling import (
    count_shown,
    get_finding,
    narrow,
    show_finding,
    show_findings,
)
from scanner_app.pages.register.asset_form import read_form
from scanner_app.queries.audits.findings import list_finding_ids, load_targets
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.readers.watches import has_readers
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.audits.suggesting.take import take_suggestions
from scanner_app.services.files.json_values import to_json_values
from scanner_app.storage.database import reading, transact

# The person at the form can fix these: another asset has the tag or code that they entered, or
# what two counts disagree about is to be looked at first.
FIXABLE = {"tag_taken", "identifier_taken", "counts_disagree", "nothing_suggested"}
# The button that takes what rules suggest, in place of one decision for all.
SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a decision form asks for.

    :param decision: None to take what rules suggest.
    :param rule: the version of the rule whose suggestion the person has seen.
    :param picked: the findings that were selected.
    :param is_many: findings that somebody else has decided by now are skipped.
    :param wants_all: all that the filter leaves are meant, whatever is selected.
    """

    shown: PageFilter
    decision: Decision | None
    picked: list[int]
    is_many: bool
    wants_all: bool
    reason: str | None
    asset: dict[str, Any] | None
    rule: str | None = None


@blueprint.post("/<id:audit_id>/decisions")
@allow(Action.DECIDE_FINDINGS)
def decide(audit_id: int) -> Response:
    """Accept or reject proposals, one or many with one reason."""
    form = request.form
    shown, picked, is_many = read_filter(form), _read_picked(form), _is_many(form)
    errors: list[str] = []
    message = ""
    try:
        asked = _read_decision(form, shown, picked, is_many=is_many)
        count = _decide(audit_id, asked)
        left = len(set(picked)) - count if picked else 0
        message = _describe(count, asked.decision, left=left)
    except Invalid as error:
        errors = error.texts
    except Conflict as error:
        if error.code not in FIXABLE:
            raise
        errors = [error.message]
    if wants_fragment() and len(picked) == 1:
        return _show_decided(audit_id, picked[0], errors)
    if errors and len(picked) == 1 and not is_many:
        return show_finding(audit_id, picked[0], errors)
    return _show_list(audit_id, shown, picked, errors, message)


def _show_list(
    audit_id: int, shown: PageFilter, picked: list[int], errors: list[str], message: str
) -> Response:
    """Show the findings again; after an error with what was selected and entered."""
    if errors:
        with reading() as session:
            audit = get_audit(session, audit_id)
        if audit.state is AuditState.RECONCILING:
            return show_findings(audit, shown, picked=picked, errors=errors)
    flash(" ".join(errors) or message, "error" if errors else "ok")
    return redirect(shown.link(audit_id, cursor=shown.cursor), 303)


def _read_picked(form: MultiDict[str, str]) -> list[int]:
    if form.get("all") == "on":
        return []
    ids = map(read_id, form.getlist("finding"))
    return [finding_id for finding_id in ids if finding_id is not None]


def _is_many(form: MultiDict[str, str]) -> bool:
    return form.get("all") == "on" or "many" in form


def _read_decision(
    form: MultiDict[str, str], shown: PageFilter, picked: list[int], *, is_many: bool
) -> _Asked:
    """Return what a form asks for.

    :raises Invalid: it names no decision, means all of a filter that does not exist, or a field
        of the asset to register cannot be used.
    """
    wants_all = form.get("all") == "on"
    if wants_all and is_widened(form):
        raise Invalid("This list does not exist. Open the audit again and choose from it.")
    chosen = form.get("decision", "")
    if chosen == SUGGESTED:
        rule = form.get("rule") or None
        return _Asked(shown, None, picked, is_many, wants_all, None, None, rule)
    try:
        decision = Decision(chosen)
    except ValueError:
        raise Invalid("Choose accept or reject.") from None
    return _Asked(
        shown,
        decision,
        picked,
        is_many,
        wants_all,
        form.get("reason"),
        _read_asset(form) if decision is Decision.ACCEPT and not is_many else None,
    )


def _decide(audit_id: int, asked: _Asked) -> int:
    actor, now = require_actor(), g.now

    def carry_out(session: Session) -> int:
        ids = _choose(session, audit_id, asked) if asked.is_many else asked.picked
        over = _say_filter(session, asked) if asked.wants_all else None
        if not ids:
            raise Invalid(
                "Nothing is left to decide here."
                if asked.picked or asked.wants_all
                else "Select at least one finding."
            )
        if asked.decision is None:
            return take_suggestions(
                session,
                audit_id=audit_id,
                finding_ids=ids,
                rule=asked.rule,
                asked=over,
                actor=actor,
                now=now,
            )
        return decide_findings(
            session,
            audit_id=audit_id,
            finding_ids=ids,
            decision=asked.decision,
            reason=asked.reason,
            asset=asked.asset,
            only_open=asked.is_many,
            asked=over,
            actor=actor,
            now=now,
        )

    return transact(carry_out)


def _choose(session: Session, audit_id: int, asked: _Asked) -> Sequence[int]:
    """Return the undecided findings of those selected, or of all that the filter leaves.

    An unknown label is not accepted together with others, because each needs its own fields.
    """
    shown, wants_all = asked.shown, asked.wants_all
    if not wants_all and not asked.picked:
        return []
    if asked.decision is None:
        wanted = replace(narrow(session, audit_id, shown), undecided=False)
        return list_finding_ids(session, audit_id, wanted) if wants_all else asked.picked
    states = [shown.state] if wants_all and shown.state else list(FINDING_KINDS)
    if asked.decision is Decision.ACCEPT:
        states = [state for state in states if not FINDING_KINDS[state].takes_fields]
        if not states:
            raise Invalid("Add unknown labels one at a time: each needs its own asset tag.")
    asked_for = narrow(session, audit_id, shown) if wants_all else FindingFilter()
    wanted = replace(asked_for, states=states, undecided=True)
    ids = list_finding_ids(session, audit_id, wanted)
    return ids if wants_all else sorted(set(ids).intersection(asked.picked))


def _say_filter(session: Session, asked: _Asked) -> dict[str, Any]:
    """Return the filter of the page in words, as the act keeps it."""
    said = asked.shown.wanted.show(session)
    return {**said, "suggested": True} if asked.shown.is_suggested else said


def _describe(count: int, decision: Decision | None, *, left: int) -> str:
    label = DECISIONS[decision].label.lower() if decision else "decided as suggested"
    text = f"{count:,} {'proposal' if count == 1 else 'proposals'} {label}."
    if left > 0:
        why = "an unknown label" if decision else "not suggested"
        text += f" {left:,} skipped: decided already, or {why}."
    return text


def _read_asset(form: MultiDict[str, str]) -> dict[str, Any] | None:
    """Return the fields of an asset to register, by the rules of the register's own form."""
    if not form.get("asset_tag", "").strip():
        return None
    return to_json_values(read_form(form, was=None))


def _show_decided(audit_id: int, finding_id: int, errors: list[str]) -> Response:
    """Return, for htmx, the finding as it is now, and what else on the page has changed."""
    shown = read_filter(request.form)
    with reading() as session:
        audit = get_audit(session, audit_id)
        row = get_finding(session, audit_id, finding_id)
        counted = count_shown(session, audit_id, shown, narrow(session, audit_id, shown))
        targets = load_targets(session, [row])
        can_locate = has_readers(session)
    return page(
        "audits/reconciling.html",
        block="answer",
        status=422 if errors else 200,
        is_answer=True,
        audit=audit,
        row=row,
        targets=targets,
        can_locate=can_locate,
        shown=shown,
        **counted,
        errors=errors,
        given=request.form if errors else {},
    )
