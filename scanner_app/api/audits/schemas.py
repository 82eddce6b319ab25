"""Audits and findings as JSON: what a program may send, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api import OptionalBody
from scanner_app.api.body import SafeText
from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.holdings.holdings import SCOPE_KINDS
from scanner_app.domain.audits.policy import POLICY, show_policy
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.report_columns import API_COLUMNS, ValueKind
from scanner_app.domain.audits.scoping import MAX_DAYS
from scanner_app.domain.audits.suggesting.fields import Evidence
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.signatures.strokes import read_signature
from scanner_app.queries.audits.list import AuditRow
from scanner_app.services.audits.approval.statements import Statement

# The key of a user: a number that every database takes.
USER_KEY = r"^user:[1-9][0-9]{0,8}$"


class ScopeSchema(Schema):
    """What an audit covers. Empty lists cover everything that is not retired or disposed."""

    locations = fields.List(
        SafeText(limit=255, blank=False),
        metadata={"description": "Codes of locations; each includes everything inside."},
    )
    categories = fields.List(SafeText(limit=255, blank=False))
    custodians = fields.List(SafeText(limit=255, blank=False))
    statuses = fields.List(fields.String(validate=validate.OneOf([s.value for s in Stage])))
    kinds = fields.List(
        fields.String(validate=validate.OneOf([*SCOPE_KINDS])),
        metadata={
            "description": "What it covers: `hardware` (the default) is counted by scanning; the "
            "others have no label and are answered under `/holdings`."
        },
    )
    lost = fields.Boolean(
        truthy={True}, falsy={False},
        metadata={"description": "Cover what an audit wrote off as lost, too."},
    )  # fmt: skip
    value_from = SafeText(limit=20, metadata={"description": "Worth at least, in `currency`."})
    value_to = SafeText(limit=20, metadata={"description": "Worth at most, in `currency`."})
    currency = fields.String(
        validate=validate.Regexp("^[A-Z]{3}$", error="Use three letters, such as EUR.")
    )
    not_seen_for_days = fields.Integer(
        strict=True,
        validate=validate.Range(1, MAX_DAYS),
        metadata={"description": "Last seen earlier than that many days ago, or never."},
    )
    never_audited = fields.Boolean(
        truthy={True}, falsy={False},
        metadata={"description": "Expected by no closed audit."},
    )  # fmt: skip


_CHOICES = {
    row.key: fields.String(
        validate=validate.OneOf([value for value, _ in row.choices]),
        metadata={"description": f"{row.label}. {row.hint} Default: `{row.default}`."},
    )
    for row in POLICY.values()
}
PolicySchema = Schema.from_dict(
    {
        **_CHOICES,
        "presence_since": fields.String(
            metadata={
                "description": "With `presence` `any_confirmed_scan`: from this day on, at most "
                "365 days ago, scans outside the audit count. Left out: since counting started.",
                "example": "2026-12-01",
            },
        ),
        "second_count": fields.Raw(
            metadata={
                "description": "Locations that are counted twice: `none` (the default), or "
                "`random_percent` of those below `value_from`, and those where what is missing "
                "reaches `missing_value_from`.",
                "example": "none",
            },
        ),
    },
    name="PolicySchema",
)


class NewAudit(Schema):
    name = SafeText(required=True, limit=200, blank=False)
    scope = fields.Nested(ScopeSchema, load_default=dict)
    policy = fields.Nested(PolicySchema, load_default=dict)
    blind = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    due_on = fields.Date(allow_none=True, load_default=None)


class PopulationSchema(Schema):
    """The list that was frozen.

    `nonce_sha256` is the hash of what the next draw's seed contains.
    """

    count = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    frozen_at = fields.AwareDateTime(required=True)
    nonce_sha256 = fields.String(required=True, allow_none=True)


class AuditSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    policy = fields.Nested(PolicySchema, required=True)
    blind = fields.Boolean(required=True)
    due_on = fields.Date(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)
    counting_started_at = fields.AwareDateTime(allow_none=True, required=True)
    counting_ended_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_by = fields.String(allow_none=True, required=True)
    revises = fields.Integer(allow_none=True, required=True)
    plan = fields.Dict(
        keys=fields.String(), metadata={"description": "`sample`, where something is drawn."}
    )
    population = fields.Nested(PopulationSchema, allow_none=True)
    estimates = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={"description": "What a sample shows, once counting has ended."},
    )
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    accuracy = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    accuracy_by = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String())),
        metadata={"description": "Counts and accuracy by location, category and custodian."},
    )
    without_place = fields.Integer(
        metadata={
            "description": "Verified by scans that named no location: they count in `existence` "
            "and not in `location_accuracy`."
        }
    )
    outside_scans = fields.Integer(
        metadata={
            "description": "Missing, but scanned outside the audit since counting started; known "
            "once counting has ended."
        }
    )
    foreign = fields.Integer(
        metadata={"description": "Unknown labels that are not ours: left out of completeness."}
    )
    by_currency = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={
            "description": "What the expected assets are worth, in hundredths, with the figures by "
            "value, for each currency. Currencies are never added."
        },
    )
    no_value = fields.Integer(
        metadata={"description": "Expected assets without a value: they weigh nothing by value."}
    )
    proposals = fields.Dict(keys=fields.String(), values=fields.Integer())
    holdings = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={
            "description": "How far what has no label is: `count`, `answered`, `differing`, "
            "`undecided`, and `part` of `whole` of count accuracy. Only if the scope covers any."
        },
    )


class AuditListSchema(Schema):
    items = fields.List(fields.Nested(AuditSchema), required=True)
    next = fields.String(allow_none=True, required=True)


def _field_of(kind: ValueKind) -> fields.Field[Any]:
    match kind:
        case ValueKind.NUMBER:
            return fields.Integer(required=True)
        case ValueKind.WORD:
            return fields.String(required=True)
        case ValueKind.YES_NO:
            return fields.Boolean(required=True)
        case ValueKind.LIST:
            return fields.List(fields.String(), required=True)
        case ValueKind.TEXT:
            return fields.String(required=True, allow_none=True)
        case ValueKind.TIME:
            return fields.AwareDateTime(required=True, allow_none=True)
        case ValueKind.MONEY:
            return fields.Integer(required=True, allow_none=True)
        case ValueKind.FIELDS:
            return fields.Dict(
                keys=fields.String(), values=fields.String(), required=True, allow_none=True
            )


FindingSchema = Schema.from_dict(
    {
        **{column.api_name: _field_of(column.kind) for column in API_COLUMNS},
        "asset_now": fields.String(
            allow_none=True,
            metadata={"description": "The tag of today; all other words are those of the freeze."},
        ),
        "assignee": fields.String(
            allow_none=True, metadata={"description": "Who clears it up, such as `user:5`."}
        ),
        "assignee_name": fields.String(allow_none=True),
        "due_on": fields.Date(allow_none=True),
    },
    name="FindingSchema",
)


class FindingListSchema(Schema):
    items = fields.List(fields.Nested(FindingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class FindingInput(Schema):
    """What is said about a finding: a decision, or who clears it up until when, or both."""

    decision = fields.String(validate=validate.OneOf([d.value for d in Decision]))
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)
    asset = fields.Dict(
        keys=fields.String(), values=fields.Raw(), allow_none=True, load_default=None
    )
    assignee = fields.String(
        allow_none=True,
        validate=validate.Regexp(USER_KEY, error="Not a user, such as user:5."),
        metadata={"description": "`user:5` clears it up; null takes it from the one who has it."},
    )
    due_on = fields.Date(allow_none=True)


class CommentInput(Schema):
    text = SafeText(required=True, limit=2000, multiline=True, blank=False)


class CancellationInput(OptionalBody):
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)


class CountingInput(OptionalBody):
    typed = SafeText(limit=200, load_default="")


class StatementInput(OptionalBody):
    """What a person states at the end of the count, or at closing."""

    statement = SafeText(limit=2000, multiline=True, load_default="")
    signature = fields.Raw(
        allow_none=True,
        load_default=None,
        metadata={
            "description": "A drawn signature, `{w, h, strokes: [[[x, y], ...], ...]}`: whole "
            "numbers up to 10,000, at most 64 strokes and 4,000 points, no time and no pressure; "
            "or `{typed: name}`.",
            "example": {"typed": "Mara Klein"},
        },
    )


class ClosureInput(StatementInput):
    """What the person who closes states, and why they close although scans wait."""

    reason = SafeText(
        limit=2000,
        multiline=True,
        load_default="",
        metadata={
            "description": "Why it is closed although phones hold scans, or late scans wait: "
            "without it, that is 409 `unsent_scans` or `late_scans_waiting`."
        },
    )


def read_statement(body: Mapping[str, Any]) -> Statement:
    """Return the statement of a body, with its signature.

    :raises Invalid: the signature is malformed or too small.
    """
    drawn = body.get("signature")
    signature = read_signature(drawn) if drawn is not None else None
    return Statement(body.get("statement", ""), signature)


class ApprovalInput(Schema):
    approver = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=MAX_ID),
        metadata={"description": "The id of the user who is asked to close."},
    )
    comment = SafeText(limit=2000, multiline=True, load_default="")


class ApprovalReturnInput(Schema):
    comment = SafeText(required=True, limit=2000, multiline=True, blank=False)


class ListQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class FilterSchema(Schema):
    """Which findings are meant; what is left out asks for nothing."""

    state = fields.String(validate=validate.OneOf([s.value for s in FindingState]))
    location = SafeText(metadata={"description": "A code: in that location or inside it."})
    flag = fields.String(validate=validate.OneOf([f.value for f in Flag]))
    evidence = fields.String(
        validate=validate.OneOf([e.value for e in Evidence]),
        metadata={"description": "The best way in which it is known."},
    )
    category = SafeText(metadata={"description": "Its category when the list was frozen."})
    custodian = SafeText(metadata={"description": "A number or a name: whom it is recorded with."})
    value_from = SafeText(
        limit=20, metadata={"description": "Worth at least, each in its own currency."}
    )
    assignee = fields.String(
        validate=validate.Regexp(rf"{USER_KEY}|^nobody$", error="Not a user, such as user:5."),
        metadata={"description": "Only what this user clears up; `nobody`: what nobody does."},
    )
    due_to = fields.Date(metadata={"description": "To be cleared up until this day."})
    changed = fields.Boolean(
        metadata={"description": "Its status, location or person has changed in the register."}
    )


class FindingQuery(ListQuery, FilterSchema):
    undecided = fields.Boolean(load_default=False)


def show_audit(row: AuditRow) -> dict[str, Any]:
    """Return an audit as the API writes it, without counts."""
    return {
        "id": row.id,
        "name": row.name,
        "state": row.state.value,
        "scope": row.scope,
        "policy": show_policy(row.policy),
        "blind": row.is_blind,
        "due_on": row.due_on,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "counting_started_at": row.counting_started_at,
        "counting_ended_at": row.counting_ended_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "revises": row.revises_id,
    }
