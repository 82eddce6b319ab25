"""Audits and findings as JSON: what a program may set, and what it is answered."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.reconciliation import Decision, FindingState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.queries.audits import AuditRow
from scanner_app.queries.findings import FindingRow, Target
from scanner_app.services.reports import show_target

LARGEST = 2**31 - 1


class ScopeSchema(Schema):
    """What an audit covers; empty lists cover everything that is not retired."""

    locations = fields.List(
        SafeText(limit=255, blank=False),
        metadata={"description": "Codes of places, with all inside."},
    )
    categories = fields.List(SafeText(limit=255, blank=False))
    custodians = fields.List(SafeText(limit=255, blank=False))
    statuses = fields.List(fields.String(validate=validate.OneOf([s.value for s in Stage])))


class NewAudit(Schema):
    name = SafeText(required=True, limit=200, blank=False)
    scope = fields.Nested(ScopeSchema, load_default=dict)
    blind = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    due_on = fields.Date(allow_none=True, load_default=None)


class AuditSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    blind = fields.Boolean(required=True)
    due_on = fields.Date(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)
    counting_started_at = fields.AwareDateTime(allow_none=True, required=True)
    counting_ended_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_by = fields.String(allow_none=True, required=True)
    revises = fields.Integer(allow_none=True, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    accuracy = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    accuracy_by = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String())),
        metadata={"description": "Counts and accuracy by location, category and custodian."},
    )
    proposals = fields.Dict(keys=fields.String(), values=fields.Integer())


class AuditListSchema(Schema):
    items = fields.List(fields.Nested(AuditSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class FindingSchema(Schema):
    id = fields.Integer(required=True)
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)
    asset = fields.String(allow_none=True, required=True)
    name = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    expected = fields.Boolean(required=True)
    recorded_location = fields.String(allow_none=True)
    recorded_custodian = fields.String(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)
    seen_location = fields.String(allow_none=True)
    sightings = fields.Integer()
    recorded_status = fields.String(allow_none=True)
    proposal = fields.String(allow_none=True)
    proposed = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    decision = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class FindingListSchema(Schema):
    items = fields.List(fields.Nested(FindingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class DecisionInput(Schema):
    decision = fields.String(required=True, validate=validate.OneOf([d.value for d in Decision]))
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)
    asset = fields.Dict(
        keys=fields.String(), values=fields.Raw(), allow_none=True, load_default=None
    )


class ListQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=LARGEST))


class FindingQuery(ListQuery):
    state = fields.String(validate=validate.OneOf([s.value for s in FindingState]))


def show_audit(row: AuditRow) -> dict[str, Any]:
    """Give an audit as the contract writes it."""
    return {
        "id": row.id,
        "name": row.name,
        "state": row.state.value,
        "scope": row.scope,
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


def show_finding(row: FindingRow, target: Target | None) -> dict[str, Any]:
    """Give a finding as the contract writes it."""
    return {
        "id": row.id,
        "state": row.state.value,
        "flags": row.flags,
        "asset": row.asset_tag,
        "name": row.asset_name,
        "code": row.code,
        "expected": row.is_expected,
        "recorded_location": row.recorded_location,
        "recorded_custodian": row.recorded_custodian,
        "seen_at": row.seen_at,
        "seen_location": row.seen_location,
        "sightings": row.sightings,
        "recorded_status": row.recorded_status,
        "proposal": row.proposal,
        "proposed": show_target(row, target),
        "decision": row.decision,
        "reason": row.reason,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
    }
