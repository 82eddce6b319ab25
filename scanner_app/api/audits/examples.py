"""Example values of asking people what they have and of suggestions, of the sample office."""

from __future__ import annotations

from typing import Any

_ASKING: dict[str, Any] = {
    "Asked.link": "/attest/u3Zk0mB1x7cT9qLrE5vYwN2sHdJpKfGaOiVbXeRtUyQ",
    "Asked.name": "Ana Xu",
    "Asked.person": "1002",
    "AskingInput.by": "shown",
    "AskingInput.expires_at": None,
    "AskingInput.people": ["1002"],
    "AttestationAnswer.at": "2026-03-02T09:00:00.000000+00:00",
}
_SUGGESTING: dict[str, Any] = {
    "Condition.field": "value_cents",
    "Condition.op": "<=",
    "Condition.value": 5000,
    "Many.decided": 1,
    "ManyInput.decision": "reject",
    "ManyInput.filter": {"state": "misplaced"},
    "ManyInput.reason": "It was brought back.",
    "Rule.conditions": [{"field": "value_cents", "op": "<=", "value": 5000}],
    "Rule.active": False,
    "Rule.id": 5,
    "Rule.name": "Of little value",
    "Rule.reason": "It is worth little.",
    "Rule.suggest": "accept",
    "Rule.version": 1,
    "RuleChange.active": True,
    "RuleInput.conditions": [{"field": "value_cents", "op": "<=", "value": 5000}],
    "RuleInput.name": "Of little value",
    "RuleInput.reason": "It is worth little.",
    "RuleInput.suggest": "accept",
    "Suggestion.alone": False,
    "Suggestion.finding": 17,
    "Suggestion.rule": "Same building v1",
    "Suggestion.suggest": "accept",
    "Suggestion.why": "both in BER, label read",
}
VALUES = {**_ASKING, **_SUGGESTING}
SHOWN: dict[str, tuple[str, ...]] = {
    "ManyFilter": ("state",),
    "ManyInput": ("filter", "decision", "reason"),
    "RuleChange": ("active",),
}
CALLS: dict[str, dict[str, Any]] = {
    "POST /api/v1/audits/{audit_id}/attestation-requests": {"audit_id": 1},
    "GET /api/v1/audits/{audit_id}/attestations": {"audit_id": 1},
    "DELETE /api/v1/audits/{audit_id}/attestation-requests/{person_id}": {
        "audit_id": 1,
        "person_id": 2,
    },
}
