"""The order of the examples on the page that describes the API."""

from __future__ import annotations

# The order of calls that build on each other; calls that are not named keep their place behind.
ORDER = (
    "POST /api/v1/readers/{name}/heartbeat",
    "PUT /api/v1/assets/{asset_tag}/attachments/{uuid}",
    "GET /api/v1/assets/{asset_tag}/attachments",
    "GET /api/v1/assets/{asset_tag}/attachments/{uuid}",
    "DELETE /api/v1/assets/{asset_tag}/attachments/{uuid}",
    "POST /api/v1/audits",
    "PUT /api/v1/audits/{audit_id}/plan",
    "POST /api/v1/audits/{audit_id}/freeze",
    "POST /api/v1/audits/{audit_id}/draws",
    "GET /api/v1/audits/{audit_id}/draws",
    "GET /api/v1/audits/{audit_id}/draws/{number}",
    "POST /api/v1/audits/{audit_id}/counting",
    "GET /api/v1/audits/{audit_id}/places",
    "PUT /api/v1/audits/{audit_id}/places/{code}/assignments",
    "POST /api/v1/audits/{audit_id}/places/{code}/sign-offs",
    "POST /api/v1/audits/{audit_id}/places/{code}/recounts",
    "GET /api/v1/audits/{audit_id}/places/{code}/comparison",
    "POST /api/v1/audits/{audit_id}/reconciliation",
    "GET /api/v1/audits/{audit_id}/findings",
    "PATCH /api/v1/audits/{audit_id}/findings/{finding_id}",
    "POST /api/v1/audits/{audit_id}/findings/{finding_id}/comments",
    "POST /api/v1/audits/{audit_id}/approval-requests",
    "POST /api/v1/audits/{audit_id}/approval-returns",
    "POST /api/v1/audits/{audit_id}/closure",
    "GET /api/v1/audits/{audit_id}/report.{form}",
    "POST /api/v1/audits/{audit_id}/revision",
    "POST /api/v1/audits/{audit_id}/cancellation",
)
