"""The shapes of the health of devices in the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.health.exploited import Grade, Hit
from scanner_app.domain.health.matching import ReleaseMatch
from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.health.reliability import round_to
from scanner_app.domain.health.states import DeviceState
from scanner_app.domain.health.utilisation import Utilisation
from scanner_app.domain.policies.gates import CheckState
from scanner_app.queries.health.devices import DeviceRow, VulnerabilityRow
from scanner_app.queries.health.figures import Failures
from scanner_app.queries.health.overview import Overview
from scanner_app.queries.policies.policies import ResultRow

STATES = [one.value for one in DeviceState]
MAX_NAME = 200


def _limit() -> fields.Integer:
    return fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))


class SupportSchema(Schema):
    """Until when a release or a model is supported."""

    product = fields.String(required=True)
    cycle = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    has_ended = fields.Boolean(required=True)
    is_sure = fields.Boolean(required=True)


class ExploitSchema(Schema):
    """What the catalogue says of a thing that the device runs. None of it is certain."""

    cve = fields.String(required=True)
    title = fields.String(required=True)
    of = fields.String(required=True)
    grade = fields.String(required=True, validate=validate.OneOf([one.value for one in Grade]))
    added_on = fields.Date(required=True)


class CheckResultSchema(Schema):
    policy = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in CheckState]))
    detail = fields.String(required=True)
    since = fields.AwareDateTime(required=True)


class UseSchema(Schema):
    """The last 90 days."""

    held_percent = fields.String(required=True, allow_none=True)
    idle_since = fields.AwareDateTime(required=True, allow_none=True)
    is_little = fields.Boolean(required=True)


class FailuresSchema(Schema):
    """How often devices failed; numbers as decimal texts, null without a failure."""

    devices = fields.Integer(required=True)
    failures = fields.Integer(required=True)
    operating_days = fields.String(required=True)
    mtbf_days = fields.String(required=True, allow_none=True)
    mttr_days = fields.String(required=True, allow_none=True)
    yearly_percent = fields.String(required=True, allow_none=True)
    availability_percent = fields.String(required=True, allow_none=True)
    most_yearly_percent = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Without a failure: at most, with 95 % confidence."},
    )


class DeviceHealthSchema(Schema):
    asset = fields.String(required=True)
    system = fields.Nested(SupportSchema, required=True, allow_none=True)
    model = fields.Nested(SupportSchema, required=True, allow_none=True)
    exploited = fields.List(fields.Nested(ExploitSchema), required=True)
    patched = fields.Integer(required=True)
    policies = fields.List(fields.Nested(CheckResultSchema), required=True)
    use = fields.Nested(UseSchema, required=True)
    failures = fields.Nested(FailuresSchema, required=True)
    model_failures = fields.Nested(FailuresSchema, required=True, allow_none=True)


class ReleaseCountSchema(Schema):
    product = fields.String(required=True)
    cycle = fields.String(required=True)
    title = fields.String(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    has_ended = fields.Boolean(required=True)
    devices = fields.Integer(required=True)
    unsure = fields.Integer(required=True)


class MonitoringSchema(Schema):
    """The sums; `made_at` says when those of many devices were computed."""

    made_at = fields.AwareDateTime(required=True, allow_none=True)
    reporting = fields.Integer(required=True)
    states = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    releases = fields.List(fields.Nested(ReleaseCountSchema), required=True)
    unknown_systems = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class DeviceQuery(Schema):
    state = fields.String(validate=validate.OneOf(STATES))
    product = SafeText(limit=MAX_NAME, load_default="")
    cycle = SafeText(limit=MAX_NAME)
    system = SafeText(limit=MAX_NAME, load_default="")
    cve = SafeText(limit=MAX_NAME, load_default="")
    policy = SafeText(
        limit=MAX_NAME,
        load_default="",
        metadata={"description": "The code of a policy that does not hold, or is not known."},
    )
    limit = _limit()
    cursor = SafeText(limit=2000)


class DeviceSchema(Schema):
    asset = fields.String(required=True)
    name = fields.String(required=True)
    model = fields.String(required=True, allow_none=True)
    system = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    is_sure = fields.Boolean(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    model_ends_on = fields.Date(required=True, allow_none=True)
    has_ended = fields.Boolean(required=True)
    last_seen_at = fields.AwareDateTime(required=True, allow_none=True)
    unpatched = fields.Integer(required=True)
    possible = fields.Integer(required=True)


class DeviceListSchema(Schema):
    items = fields.List(fields.Nested(DeviceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class VulnerabilityQuery(Schema):
    q = SafeText(limit=MAX_NAME, load_default="")
    everything = fields.Boolean(
        data_key="all",
        load_default=False,
        metadata={"description": "Those too that touch no device."},
    )
    limit = _limit()
    cursor = SafeText(limit=2000)


class VulnerabilitySchema(Schema):
    cve = fields.String(required=True)
    vendor = fields.String(required=True)
    product = fields.String(required=True)
    title = fields.String(required=True)
    added_on = fields.Date(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    ransomware = fields.Boolean(required=True)
    unpatched = fields.Integer(required=True)
    possible = fields.Integer(required=True)


class VulnerabilityListSchema(Schema):
    items = fields.List(fields.Nested(VulnerabilitySchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_support(match: ReleaseMatch | None, today: date) -> dict[str, Any] | None:
    """Return the release that a device runs as JSON has it."""
    if match is None:
        return None
    release = match.release
    if release is None:
        unknown = {"cycle": None, "title": match.product, "ends_on": None, "has_ended": False}
        return {"product": match.product, "is_sure": match.is_sure, **unknown}
    return {
        "product": match.product,
        "cycle": release.cycle,
        "title": release.title,
        "ends_on": release.ends_on,
        "has_ended": has_ended(release.ends_on, is_ended=release.is_ended, today=today),
        "is_sure": match.is_sure,
    }


def show_hit(hit: Hit) -> dict[str, Any]:
    """Return what the catalogue says of a thing as JSON has it."""
    return {
        "cve": hit.vulnerability.cve,
        "title": hit.vulnerability.title,
        "of": hit.piece.name,
        "grade": hit.grade.value,
        "added_on": hit.vulnerability.added_on,
    }


def show_result(row: ResultRow) -> dict[str, Any]:
    """Return what a policy found as JSON has it."""
    return {
        "policy": row.code,
        "title": row.title,
        "state": row.state.value,
        "detail": row.detail,
        "since": row.since,
    }


def show_use(use: Utilisation, now: datetime) -> dict[str, Any]:
    """Return how much a device is used as JSON has it."""
    return {
        "held_percent": None if use.share is None else str(round_to(use.share * 100, 2)),
        "idle_since": use.idle_since,
        "is_little": use.is_little(now),
    }


def show_failures(found: Failures) -> dict[str, Any]:
    """Return how often devices failed as JSON has it."""
    one = found.figures
    percents = {
        "yearly_percent": (one.yearly_rate, 1),
        "availability_percent": (one.availability, 2),
        "most_yearly_percent": (one.most_a_year, 1),
    }
    return {
        "devices": found.count,
        "failures": one.failures,
        "operating_days": str(round_to(one.operating_days, 1)),
        "mtbf_days": None if one.mtbf_days is None else str(round_to(one.mtbf_days, 1)),
        "mttr_days": None if one.mttr_days is None else str(round_to(one.mttr_days, 1)),
        **{
            name: None if part is None else str(round_to(part * 100, places))
            for name, (part, places) in percents.items()
        },
    }


def show_overview(found: Overview, today: date) -> dict[str, Any]:
    """Return the sums of all devices as JSON has them."""
    counts = found.count_states(today)
    return {
        "reporting": found.reporting,
        "states": {state.value: count for state, count in counts.items()},
        "releases": [
            {
                "product": one.product,
                "cycle": one.cycle,
                "title": one.title,
                "ends_on": one.ends_on,
                "has_ended": has_ended(one.ends_on, is_ended=one.is_ended, today=today),
                "devices": one.count,
                "unsure": one.unsure,
            }
            for one in found.releases
        ],
        "unknown_systems": dict(found.unknown),
    }


def show_device(row: DeviceRow, today: date) -> dict[str, Any]:
    """Return one device of a list as JSON has it."""
    names = (
        "name", "model", "system", "version", "title", "is_sure", "ends_on", "model_ends_on",
        "last_seen_at", "unpatched", "possible",
    )  # fmt: skip
    return {
        "asset": row.asset_tag,
        "has_ended": row.is_unsupported(today),
        **{name: getattr(row, name) for name in names},
    }


def show_vulnerability(row: VulnerabilityRow) -> dict[str, Any]:
    """Return an entry of the catalogue as JSON has it."""
    return {name: getattr(row, name) for name in VulnerabilitySchema().fields}
