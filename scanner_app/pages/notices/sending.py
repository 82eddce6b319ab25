"""How notices leave this service: the mail server, addresses that refuse, and webhooks."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.notices.deliveries import DELIVERY_STATES
from scanner_app.domain.notices.kinds import NOTICES
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.notices.sending import current_seal
from scanner_app.edge.state import current_settings
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.notices import sent
from scanner_app.services.notices import stops, webhooks
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("notice_sending", __name__, url_prefix="/admin/notices")

SHOWN = 50
KINDS = [(kind.value, f"{row.label} ({row.event})") for kind, row in NOTICES.items()]


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show how e-mail is set, which addresses refuse it, and the webhooks."""
    return _show()


def _show(error: Invalid | None = None) -> Response:
    settings = current_settings()
    server = settings.mail_server
    problem = describe_problem(error)
    form = request.form if error is not None else {}
    with reading() as session:
        return page(
            "notices/sending.html",
            server=f"{server.host}:{server.port}" if server is not None else "",
            sender=settings.mail_from,
            base_url=settings.base_url,
            counts=sent.count_mails(session),
            refused=sent.list_refused(session),
            hooks=sent.list_webhooks(session),
            kinds=KINDS,
            form=form,
            chosen=request.form.getlist("kinds") if error is not None else [],
            **problem,
        )


@blueprint.post("/held")
@allow(Action.MANAGE_SETTINGS)
def decide_held() -> Response:
    """Send or drop what a restored backup held."""
    is_sent, now = request.form.get("act") == "send", g.now

    def decide(session: Session) -> int:
        count = stops.decide_held(session, send=is_sent, now=now)
        if count:
            step = Step.SENT if is_sent else Step.DROPPED
            note_change(session, Thing.HELD_MESSAGES, step, f"{count:,}")
        return count

    count = transact(decide)
    flash(f"{count} messages are {'sent now' if is_sent else 'dropped'}.", "ok")
    return redirect("/admin/notices", 303)


@blueprint.post("/addresses")
@allow(Action.MANAGE_SETTINGS)
def try_address() -> Response:
    """Send to an address again that refused what was sent."""
    address = request.form.get("address", "")[:254]
    transact(lambda session: stops.try_address_again(session, address=address))
    flash(f"E-mails go to {address} again.", "ok")
    return redirect("/admin/notices", 303)


@blueprint.post("/webhooks")
@allow(Action.MANAGE_SETTINGS)
def add() -> Response:
    """Add a webhook, and show its secret once."""
    actor, now = require_actor(), g.now
    try:
        hook_id, secret = transact(lambda s: _add(s, created_by=actor.name, now=now))
    except Invalid as error:
        return _show(error)
    return _show_hook(hook_id, secret=secret)


def _add(session: Session, *, created_by: str, now: datetime) -> tuple[int, str]:
    hook, secret = webhooks.add_webhook(
        session,
        name=_text("name"),
        url=_text("url"),
        kinds=request.form.getlist("kinds"),
        rules=current_settings().outbound,
        seal=current_seal().close,
        created_by=created_by,
        now=now,
    )
    note_change(session, Thing.WEBHOOK, Step.ADDED, hook.name)
    return hook.id, secret


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:3000]


@blueprint.get("/webhooks/<id:webhook_id>")
@allow(Action.MANAGE_SETTINGS)
def show_webhook(webhook_id: int) -> Response:
    """Show a webhook with its last deliveries."""
    return _show_hook(webhook_id)


def _show_hook(webhook_id: int, *, secret: str = "", error: Invalid | None = None) -> Response:
    problem = describe_problem(error)
    with reading() as session:
        hook = sent.find_webhook(session, webhook_id)
        return page(
            "notices/webhook.html",
            hook=hook,
            secret=secret,
            rows=sent.list_sent(session, webhook_id=webhook_id, limit=SHOWN),
            states=DELIVERY_STATES,
            kinds=KINDS,
            name=request.form.get("name", hook.name) if error else hook.name,
            url=request.form.get("url", hook.url) if error else hook.url,
            chosen=request.form.getlist("kinds") if error else hook.kinds,
            is_rotating=hook.old_secret_until is not None and hook.old_secret_until > g.now,
            **problem,
        )


@blueprint.post("/webhooks/<id:webhook_id>")
@allow(Action.MANAGE_SETTINGS)
def change(webhook_id: int) -> Response:
    """Change a webhook."""
    try:
        transact(lambda session: _change(session, webhook_id))
    except Invalid as error:
        return _show_hook(webhook_id, error=error)
    flash("The webhook is saved.", "ok")
    return redirect(f"/admin/notices/webhooks/{webhook_id}", 303)


def _change(session: Session, webhook_id: int) -> None:
    hook = webhooks.lock_webhook(session, webhook_id)
    name, url, kinds = hook.name, hook.url, hook.kinds
    webhooks.change_webhook(
        session,
        webhook_id=webhook_id,
        name=_text("name"),
        url=_text("url"),
        kinds=request.form.getlist("kinds"),
        rules=current_settings().outbound,
    )
    changes = {
        "name": (name, hook.name),
        # The trail does not show it: many receivers know their sender by a secret in it.
        "address": ("", "changed" if hook.url != url else ""),
        "kinds": (", ".join(kinds), ", ".join(hook.kinds)),
    }
    note_change(session, Thing.WEBHOOK, Step.CHANGED, hook.name, changes)


@blueprint.post("/webhooks/<id:webhook_id>/secret")
@allow(Action.MANAGE_SETTINGS)
def rotate(webhook_id: int) -> Response:
    """Make a new secret, and show it once."""
    now, box = g.now, current_seal()

    def give(session: Session) -> str:
        secret = webhooks.rotate_secret(session, webhook_id=webhook_id, seal=box.close, now=now)
        name = webhooks.lock_webhook(session, webhook_id).name
        note_change(session, Thing.WEBHOOK, Step.ROTATED, name)
        return secret

    return _show_hook(webhook_id, secret=transact(give))


@blueprint.post("/webhooks/<id:webhook_id>/act")
@allow(Action.MANAGE_SETTINGS)
def act(webhook_id: int) -> Response:
    """Switch a webhook on or off, send a test, or remove it."""
    wanted, now = request.form.get("act", ""), g.now
    try:
        if wanted == "test":
            transact(lambda s: webhooks.send_test(s, webhook_id=webhook_id, now=now))
            flash("A test is on its way. Its result is below in a few seconds.", "ok")
        elif wanted == "remove":
            transact(lambda s: _remove(s, webhook_id))
            flash("The webhook is removed.", "ok")
            return redirect("/admin/notices", 303)
        elif wanted in {"on", "off"}:
            transact(lambda s: _switch(s, webhook_id, is_active=wanted == "on"))
    except Conflict as error:
        flash(error.message, "error")
    return redirect(f"/admin/notices/webhooks/{webhook_id}", 303)


def _remove(session: Session, webhook_id: int) -> None:
    name = webhooks.lock_webhook(session, webhook_id).name
    webhooks.remove_webhook(session, webhook_id=webhook_id)
    note_change(session, Thing.WEBHOOK, Step.REMOVED, name)


def _switch(session: Session, webhook_id: int, *, is_active: bool) -> None:
    hook = webhooks.lock_webhook(session, webhook_id)
    if hook.is_active is not is_active:
        step = Step.SWITCHED_ON if is_active else Step.SWITCHED_OFF
        note_change(session, Thing.WEBHOOK, step, hook.name)
    webhooks.switch_webhook(session, webhook_id=webhook_id, is_active=is_active)


@blueprint.post("/webhooks/<id:webhook_id>/deliveries/<id:delivery_id>")
@allow(Action.MANAGE_SETTINGS)
def again(webhook_id: int, delivery_id: int) -> Response:
    """Send a delivery once more."""
    now = g.now
    try:
        transact(
            lambda s: webhooks.send_again(
                s, webhook_id=webhook_id, delivery_id=delivery_id, now=now
            )
        )
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash("It is sent again, under the same id.", "ok")
    return redirect(f"/admin/notices/webhooks/{webhook_id}", 303)
