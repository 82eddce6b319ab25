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
_PROGRAMME: dict[str, Any] = {
    "name": "Berlin, each week",
    "every": "week",
    "anchor_on": "2026-12-07",
    "period_days": 7,
    "days_to_count": 5,
    "scope": {"locations": ["BER"]},
    "sample": None,
    "policy": {"place_depth": "room", "places": "all_signed_off"},
    "counts": {"A": 4, "B": 2, "C": 1},
}
_PROGRAMMES: dict[str, Any] = {
    **{f"Programme.{name}": value for name, value in _PROGRAMME.items()},
    **{f"ProgrammeInput.{name}": value for name, value in _PROGRAMME.items()},
    "Programme.next_on": "2026-12-07",
    "Programme.paused": False,
    "Programme.problem": None,
    "ProgrammePlace.class": "A",
    "ProgrammePlace.name": "Stockroom 105",
    "PauseInput.paused": True,
    "Round.audit": 3,
    "Round.audit_state": "draft",
    "Round.period": "2026-12-07",
    "programme_id": 1,
}
_LATE: dict[str, Any] = {
    "AuditLateScan.asset": "NW-0088",
    "AuditLateScan.counts": False,
    "AuditLateScan.device": "web-40337934",
    "AuditLateScan.in_time": True,
    "AuditLateScan.waits": True,
    "AuditPhone.device": "web-40337934",
    "AuditPhone.is_holding": True,
    "AuditPhone.name": "Mia Klein",
    "AuditPhone.person": "user:5",
    "AuditPhone.unsent": 3,
    "ClosureInput.reason": "",
    "LateAdmission.admitted": 3,
    "LateAdmissionInput.reason": "Her phone was without a network in the cellar.",
    "UnsentInput.unsent": 3,
}
_HELD: dict[str, Any] = {
    "Holding.answered_by": "Mia Klein",
    "Holding.by_owner": False,
    "Holding.code": "ST-0001",
    "Holding.counted": 22,
    "Holding.custodian": None,
    "Holding.decision": None,
    "Holding.flags": ["count_differs"],
    "Holding.frozen_quantity": 24,
    "Holding.holds": True,
    "Holding.id": 1,
    "Holding.kind": "stock",
    "Holding.name": "Toner black",
    "Holding.note": None,
    "Holding.proposal": "adjust",
    "Holding.reason": None,
    "Holding.recorded": 24,
    "Holding.state": "verified",
    "HoldingAnswerInput.holds": True,
    "HoldingAnswerInput.note": "Two are in the printer.",
    "HoldingAnswerInput.quantity": 22,
    "HoldingDecisionInput.decision": "accept",
    "HoldingDecisionInput.reason": "",
    "Scope.kinds": ["hardware", "stock"],
    "holding_id": 1,
}
VALUES = {**_ASKING, **_SUGGESTING, **_PROGRAMMES, **_LATE, **_HELD}
SHOWN: dict[str, tuple[str, ...]] = {
    "ClosureInput": ("statement", "signature"),
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
    "PUT /api/v1/audits/{audit_id}/phones/{device}": {"audit_id": 1, "device": "web-40337934"},
}
