"""Example values of asking people what they have, about the audit of the sample office."""

from __future__ import annotations

from typing import Any

ASKING_VALUES: dict[str, Any] = {
    "Asked.link": "/attest/u3Zk0mB1x7cT9qLrE5vYwN2sHdJpKfGaOiVbXeRtUyQ",
    "Asked.name": "Ana Xu",
    "Asked.person": "1002",
    "AskingInput.by": "shown",
    "AskingInput.expires_at": None,
    "AskingInput.people": ["1002"],
    "AttestationAnswer.at": "2026-03-02T09:00:00.000000+00:00",
}
ASKING_CALLS: dict[str, dict[str, Any]] = {
    "POST /api/v1/audits/{audit_id}/attestation-requests": {"audit_id": 1},
    "GET /api/v1/audits/{audit_id}/attestations": {"audit_id": 1},
    "DELETE /api/v1/audits/{audit_id}/attestation-requests/{person_id}": {
        "audit_id": 1,
        "person_id": 2,
    },
}
