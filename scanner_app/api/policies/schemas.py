"""How policies and waivers are written in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.policies.checks import Check
from scanner_app.domain.policies.gates import Gate, Mode, Severity, SubjectKind
from scanner_app.queries.policies.policies import PolicyRow, WaiverRow

GATES = [one.value for one in Gate]
MODES = [one.value for one in Mode]
SEVERITIES = [one.value for one in Severity]
SUBJECTS = [one.value for one in SubjectKind]


class HousePolicyQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class HousePolicyFields(Schema):
    """`params` are those of its check, amounts in hundredths.

    `applies` has lists by `kinds`, `categories`, `models`, `classifications`, `methods`, each of
    which narrows it.
    """

    title = SafeText(limit=120, blank=False)
    reference = SafeText(limit=200)
    gate = fields.String(validate=validate.OneOf(GATES))
    mode = fields.String(validate=validate.OneOf(MODES))
    severity = fields.String(validate=validate.OneOf(SEVERITIES))
    is_active = fields.Boolean()
    params = fields.Dict(keys=fields.String(), values=fields.Raw())
    applies = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class HousePolicyInput(HousePolicyFields):
    """What is sent is changed, and makes a new version.

    `params` are those of its check, amounts in hundredths; `applies` has lists by `kinds`,
    `categories`, `models`, `classifications`, `methods`, each of which narrows it.
    """

    version = fields.Integer(
        strict=True,
        metadata={"description": "That you saw: if it was changed since, you get 409."},
    )


class NewHousePolicy(HousePolicyFields):
    """A policy of a check. What is missing is as the check has it; a new policy warns.

    `code` is made of the title if it is missing, and never changes, nor does `check`.
    """

    check = fields.String(required=True, validate=validate.OneOf([one.value for one in Check]))
    title = SafeText(limit=120, required=True, blank=False)
    code = SafeText(limit=40)


class HousePolicySchema(Schema):
    code = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    reference = fields.String(required=True)
    stage = fields.Integer(required=True)
    check = fields.String(required=True, validate=validate.OneOf([one.value for one in Check]))
    params = fields.Dict(keys=fields.String(), required=True)
    applies = fields.Dict(keys=fields.String(), required=True)
    gate = fields.String(required=True, validate=validate.OneOf(GATES))
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES))
    is_active = fields.Boolean(required=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "About how many its check found what."},
    )


class HousePolicyListSchema(Schema):
    items = fields.List(fields.Nested(HousePolicySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class WaiverInput(Schema):
    """Who is signed in lets something pass a policy, until a day, that day included."""

    policy = SafeText(limit=64, required=True, blank=False)
    subject_kind = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    subject = SafeText(
        limit=100,
        required=True,
        blank=False,
        metadata={"description": "The tag of an asset, the number of an order or a task."},
    )
    reason = SafeText(limit=500, required=True, blank=False)
    until_on = fields.Date(required=True)


class WaiverSchema(Schema):
    id = fields.Integer(required=True)
    policy = fields.String(required=True)
    subject_kind = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    subject = fields.String(required=True)
    reason = fields.String(required=True)
    until_on = fields.Date(required=True)
    by = fields.String(required=True)
    at = fields.DateTime(required=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)


class WaiverListSchema(Schema):
    items = fields.List(fields.Nested(WaiverSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_policy(row: PolicyRow) -> dict[str, Any]:
    """Return a policy as JSON has it."""
    names = ("code", "version", "title", "reference", "stage", "is_active")
    return {
        **{name: getattr(row, name) for name in names},
        "check": row.check.value,
        "params": dict(row.params),
        "applies": dict(row.applies),
        "gate": row.gate.value,
        "mode": row.mode.value,
        "severity": row.severity.value,
        "counts": {state.value: count for state, count in row.counts.items()},
    }


def show_waiver(row: WaiverRow) -> dict[str, Any]:
    """Return a waiver as JSON has it."""
    names = ("id", "policy", "reason", "until_on", "by", "at", "withdrawn_at")
    return {
        **{name: getattr(row, name) for name in names},
        "subject_kind": row.subject_kind.value,
        "subject": row.name,
    }
