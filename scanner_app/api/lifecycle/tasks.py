"""/api/v1/tasks: what waits for somebody, its items, and its next state.

Deployments and maintenances are opened by scans (POST /scans with deploy, repair).
"""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.checklists import ItemType, read_items
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, write_number
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.signatures.strokes import read_signature
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.queries.lifecycle.tasks import (
    AnswerRow,
    TaskRow,
    get_task,
    list_answers,
    page_tasks,
)
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.lifecycle.answers import Proof, answer_item, find_scanned
from scanner_app.services.lifecycle.tasks import (
    MAX_NOTE,
    MAX_TITLE,
    assign_task,
    open_follow_up,
    step_task,
)
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
KINDS = [kind.value for kind in TaskKind]
STATES = [state.value for state in TaskState]

blueprint = Blueprint("tasks_api", __name__, url_prefix="/api/v1", description="Tasks.")


class TaskQuery(Schema):
    kind = fields.String(validate=validate.OneOf(KINDS))
    state = fields.String(validate=validate.OneOf(STATES))
    asset = SafeText(limit=255)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class NewTask(Schema):
    """A follow-up. The same `id` again returns the task that it made."""

    id = fields.UUID(required=True)
    title = SafeText(limit=MAX_TITLE, blank=False, required=True)
    asset = SafeText(limit=255)
    due_on = fields.Date(allow_none=True)
    items = SafeText(
        limit=20_000,
        multiline=True,
        load_default="",
        metadata={"description": "One a line, as a checklist is written."},
    )


class TaskInput(Schema):
    """What is to change: the state, with what came of it, or who does it and by when."""

    state = fields.String(validate=validate.OneOf(STATES))
    outcome = SafeText(limit=MAX_NOTE, multiline=True, load_default="")
    assignee = SafeText(
        limit=254, metadata={"description": "The e-mail address of a user; empty for nobody."}
    )
    due_on = fields.Date(allow_none=True)


class AnswerInput(Schema):
    """An answer to an item, or without `item` a note. The same `id` again changes nothing.

    A picture is added to the asset first (PUT /assets/TAG/attachments/UUID), a scan is recorded
    first (POST /scans): `picture` and `scan` name them.
    """

    id = fields.UUID(required=True)
    item = SafeText(limit=20, load_default="")
    is_done = fields.Boolean(load_default=True)
    value = SafeText(limit=200, load_default="")
    note = SafeText(limit=MAX_NOTE, multiline=True, load_default="")
    picture = fields.UUID()
    scan = fields.UUID()
    signature = fields.Raw(
        metadata={"type": "object", "description": "w, h and strokes; or a name as `typed`."}
    )


class ItemSchema(Schema):
    key = fields.String(required=True)
    text = fields.String(required=True)
    type = fields.String(required=True, validate=validate.OneOf([one.value for one in ItemType]))
    is_required = fields.Boolean(required=True)
    options = fields.List(fields.String(), required=True)
    expects = fields.String(required=True)
    is_done = fields.Boolean(required=True)
    value = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class TaskSummarySchema(Schema):
    number = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    title = fields.String(required=True)
    asset = fields.String(required=True, allow_none=True)
    assignee = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)


class TaskSchema(TaskSummarySchema):
    """A task with its items and the newest answer to each."""

    items = fields.List(fields.Nested(ItemSchema), required=True)
    notes = fields.List(fields.String(), required=True)


class TaskListSchema(Schema):
    items = fields.List(fields.Nested(TaskSummarySchema), required=True)
    next = fields.String(required=True, allow_none=True)


def _summarize(row: TaskRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind.value,
        "state": row.state.value,
        "title": row.title,
        "asset": row.asset_tag,
        "assignee": row.assignee_email,
        "due_on": row.due_on,
        "started_at": row.started_at,
        "closed_at": row.closed_at,
        "outcome": row.outcome,
    }


def _show(session: Session, number: str) -> dict[str, Any]:
    row = get_task(session, number)
    answers = list_answers(session, row.id)
    newest: dict[str, AnswerRow] = {one.item_key: one for one in answers if one.item_key}
    items = []
    for item in row.items:
        said = newest.get(item.key)
        items.append(
            {
                "key": item.key,
                "text": item.text,
                "type": item.type.value,
                "is_required": item.is_required,
                "options": list(item.options),
                "expects": item.expects,
                "is_done": bool(said and said.is_ticked),
                "value": said.value if said else None,
                "by": said.actor_name if said else None,
                "at": said.at if said else None,
            }
        )
    notes = [one.note for one in answers if one.note]
    return {**_summarize(row), "items": items, "notes": notes}


@blueprint.route("/tasks")
class Tasks(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="List tasks")
    @blueprint.arguments(TaskQuery, location="query")
    @blueprint.response(200, TaskListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List tasks, the oldest first."""
        limit = query["limit"]
        with reading() as session:
            rows = page_tasks(
                session,
                kind=TaskKind(query["kind"]) if "kind" in query else None,
                state=TaskState(query["state"]) if "state" in query else None,
                asset_id=find_asset_id(session, query["asset"]) if query.get("asset") else None,
                after_id=query.get("cursor"),
                limit=limit + 1,
            )
        more = len(rows) > limit
        return {
            "items": [_summarize(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if more else None,
        }

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Open a follow-up")
    @blueprint.arguments(NewTask)
    @blueprint.response(201, TaskSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Open a follow-up: something that is left to a person."""
        actor = require_actor()
        try:
            items = read_items(body["items"])
        except ValueError as error:
            raise Invalid(str(error), errors={"items": [str(error)]}) from None

        def add(session: Session) -> dict[str, Any]:
            asset = body.get("asset")
            task_id = open_follow_up(
                session,
                key=f"api:{actor.key}:{body['id']}",
                title=body["title"],
                actor_name=actor.name,
                now=g.now,
                asset_id=find_asset_id(session, asset) if asset else None,
                due_on=body.get("due_on"),
                items=items,
            )
            return _show(session, write_number(TaskKind.FOLLOW_UP, task_id))

        return transact(add)


@blueprint.route("/tasks/<number>")
class OneTask(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="Get a task")
    @blueprint.response(200, TaskSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get one task by its number, with its items."""
        with reading() as session:
            return _show(session, number)

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Change a task")
    @blueprint.arguments(TaskInput)
    @blueprint.response(200, TaskSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Assign a task, or take it to its next state. It is not done while items are open."""
        actor, today = require_actor(), today_here()

        def change(session: Session) -> dict[str, Any]:
            row = get_task(session, number)
            if "assignee" in body or "due_on" in body:
                assign_task(
                    session,
                    task_id=row.id,
                    email=body.get("assignee", row.assignee_email or ""),
                    due_on=body.get("due_on", row.due_on),
                )
            if "state" in body:
                step_task(
                    session,
                    task_id=row.id,
                    wanted=TaskState(body["state"]),
                    outcome=body["outcome"],
                    actor=actor,
                    now=g.now,
                    today=today,
                )
            return _show(session, number)

        return transact(change)


@blueprint.route("/tasks/<number>/answers")
class Answers(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Answer an item of a task")
    @blueprint.arguments(AnswerInput)
    @blueprint.response(200, TaskSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Answer an item, take its answer away (`is_done` false), or add a note."""
        actor = require_actor()
        signature = body.get("signature")
        read = read_signature(signature) if signature is not None else None

        def add(session: Session) -> dict[str, Any]:
            row = get_task(session, number)
            scan_id = body.get("scan")
            proof = Proof(
                text=body["value"],
                signature=read,
                attachment=body.get("picture"),
                scan_id=scan_id,
                asset_tag=find_scanned(session, scan_id) if scan_id else None,
            )
            answer_item(
                session,
                task_id=row.id,
                uuid=body["id"],
                item_key=body["item"],
                is_ticked=body["is_done"],
                note=body["note"],
                actor=actor,
                now=g.now,
                proof=proof,
            )
            return _show(session, number)

        return transact(add)
