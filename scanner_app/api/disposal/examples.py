"""Example values of disposal, about laptop LT-0042 of the sample office."""

from __future__ import annotations

from typing import Any

_MEDIUM: dict[str, Any] = {
    "medium": "ssd",
    "technique": "block_erase",
    "classification": "confidential",
    "destination": "resale",
    "maker": "Samsung",
    "model": "PM9A1",
    "serial": "S6SNNX0R",
    "capacity": "512 GB",
    "tool": "nvme-cli",
    "tool_version": "2.8",
    "note": None,
}
VALUES: dict[str, Any] = {
    **{f"Sanitization.{name}": value for name, value in _MEDIUM.items()},
    **{f"NewSanitization.{name}": value for name, value in _MEDIUM.items()},
    "NewSanitization.id": "5f0c1e64-7d0f-4c39-8a52-90c6b7f3b101",
    "Sanitization.is_encrypted": False,
    "Sanitization.state": "performed",
    "Sanitization.number": 1,
    "Sanitization.needed": "purge",
    "Sanitization.reached": "purge",
    "Sanitization.performed_by": "Tom Turner",
    "Sanitization.verification": None,
    "Sanitization.sample_percent": None,
    "Sanitization.result": None,
    "Sanitization.verified_by": None,
    "Sanitization.verified_at": None,
    "Sanitization.validated_by": None,
    "Sanitization.validated_at": None,
    "Sanitization.reason": None,
    "VerificationInput.verification": "full",
    "VerificationInput.result": "pass",
    "ValidationInput.is_accepted": True,
    "NewConsignment.id": "5f0c1e64-7d0f-4c39-8a52-90c6b7f3b102",
    "NewConsignment.method": "resale",
    "NewConsignment.recipient": "Green IT",
    "NewConsignment.carrier": "Van Ltd",
    "NewConsignment.scheme": "R2v3",
    "Consignment.items": [],
}
for _schema in ("Consignment", "ConsignmentSummary"):
    VALUES |= {
        f"{_schema}.number": "C1",
        f"{_schema}.state": "packing",
        f"{_schema}.method": "resale",
        f"{_schema}.recipient": "Green IT",
        f"{_schema}.carrier": "Van Ltd",
        f"{_schema}.count": 0,
        f"{_schema}.closed_at": None,
        f"{_schema}.certificate": None,
    }
SHOWN: dict[str, tuple[str, ...]] = {
    "NewSanitization": (
        "id", "medium", "technique", "classification", "destination", "serial", "tool",
    ),
    "NewConsignment": ("id", "method", "recipient", "carrier", "scheme"),
    "VerificationInput": ("verification", "result"),
    "ValidationInput": ("is_accepted",),
}  # fmt: skip
CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/consignments/{number}": {"number": "C1"},
    "GET /api/v1/sanitizations/{sanitization_id}": {"sanitization_id": 1},
    "POST /api/v1/sanitizations/{sanitization_id}/verification": {"sanitization_id": 1},
    "POST /api/v1/sanitizations/{sanitization_id}/validation": {"sanitization_id": 1},
}
