"""Example values of policies and waivers: bands of approval, and a device that may stay."""

from __future__ import annotations

from typing import Any

_BANDS = {"bands": [[0, 0], [50000, 1], [500000, 2]], "needs_request": False}
POLICY_VALUES: dict[str, Any] = {
    "HousePolicy.code": "approvals",
    "HousePolicy.version": 1,
    "HousePolicy.title": "What costs much is approved",
    "HousePolicy.reference": "",
    "HousePolicy.stage": 1,
    "HousePolicy.check": "approved_by",
    "HousePolicy.params": _BANDS,
    "HousePolicy.applies": {},
    "HousePolicy.gate": "order",
    "HousePolicy.mode": "block",
    "HousePolicy.severity": "high",
    "HousePolicy.is_active": True,
    "HousePolicy.counts": {"pass": 2},
    "HousePolicyInput.params": {
        "bands": [[0, 0], [100000, 1], [500000, 2]],
        "needs_request": False,
    },
    "NewHousePolicy.check": "encrypted",
    "NewHousePolicy.title": "Laptops of the board are encrypted",
    "NewHousePolicy.severity": "high",
    "NewHousePolicy.applies": {"categories": ["Laptops"]},
    "Waiver.id": 1,
    "Waiver.policy": "supported",
    "Waiver.subject_kind": "asset",
    "Waiver.subject": "LT-0042",
    "Waiver.reason": "It is replaced in June.",
    "Waiver.until_on": "2099-06-30",
    "Waiver.by": "Bob",
    "Waiver.withdrawn_at": None,
    "WaiverInput.policy": "supported",
    "WaiverInput.subject_kind": "asset",
    "WaiverInput.subject": "LT-0042",
    "WaiverInput.reason": "It is replaced in June.",
    "WaiverInput.until_on": "2099-06-30",
}
POLICY_SHOWN: dict[str, tuple[str, ...]] = {
    "HousePolicyInput": ("params",),
    "NewHousePolicy": ("check", "title", "severity", "applies"),
    "WaiverInput": ("policy", "subject_kind", "subject", "reason", "until_on"),
}
POLICY_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/policies/{code}": {"code": "approvals"},
    "PATCH /api/v1/policies/{code}": {"code": "approvals"},
    "DELETE /api/v1/waivers/{waiver_id}": {"waiver_id": 1},
}
# A waiver names an asset: orders come later on the page.
POLICY_ORDER = (
    "GET /api/v1/policies",
    "GET /api/v1/policies/{code}",
    "PATCH /api/v1/policies/{code}",
    "POST /api/v1/policies",
    "POST /api/v1/waivers",
    "GET /api/v1/waivers",
    "DELETE /api/v1/waivers/{waiver_id}",
)
