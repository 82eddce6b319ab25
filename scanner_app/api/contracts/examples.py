"""Example values of contracts, about one that covers laptop LT-0042 of the sample office."""

from __future__ import annotations

from typing import Any

CONTRACT_VALUES: dict[str, Any] = {
    "ContractInput.price": "1290.00",
    "ContractInput.supplier": "Acme Support",
    "ContractQuery.q": "support",
    "CoverInput.assets": ["LT-0042"],
    "Covered.from_on": "2026-01-01",
    "Covered.until_on": None,
    "CoveredList.warnings": [],
    "NewContract.currency": "EUR",
    "NewContract.ends_on": "2098-12-31",
    "NewContract.name": "Support for laptops",
    "NewContract.notice_days": 90,
    "NewContract.number": "SUP-7",
    "NewContract.price": "1200.00",
    "NewContract.renewal": "tacit",
    "NewContract.renewal_months": 12,
    "NewContract.starts_on": "2026-01-01",
    "NewContract.supplier": "Acme",
    "NoticeInput.reason": "The laptops are replaced.",
    "RenewalInput.ends_on": "2099-12-31",
    "RenewalInput.price": "1300.00",
    "RenewalQuery.until": "2099-12-31",
    "StateInput.reason": "",
    "StateInput.state": "active",
}
for _schema in ("Contract", "Term"):
    CONTRACT_VALUES |= {
        f"{_schema}.act_by": "2098-10-02",
        f"{_schema}.currency": "EUR",
        f"{_schema}.ends_on": "2098-12-31",
        f"{_schema}.is_undecided": True,
        f"{_schema}.name": "Support for laptops",
        f"{_schema}.notes": "",
        f"{_schema}.notice_days": 90,
        f"{_schema}.number": "SUP-7",
        f"{_schema}.owner": None,
        f"{_schema}.period": "year",
        f"{_schema}.price": "1200.00",
        f"{_schema}.renewal": "tacit",
        f"{_schema}.renewal_months": 12,
        f"{_schema}.sla_resolution_hours": None,
        f"{_schema}.sla_response_hours": None,
        f"{_schema}.starts_on": "2026-01-01",
        f"{_schema}.state": "active",
        f"{_schema}.supplier": "Acme",
        f"{_schema}.term": 1,
    }
CONTRACT_SHOWN: dict[str, tuple[str, ...]] = {
    "ContractInput": ("supplier", "price"),
    "CoverInput": ("assets",),
    "NewContract": (
        "number", "name", "supplier", "starts_on", "ends_on", "notice_days", "renewal",
        "renewal_months", "price", "currency",
    ),
    "RenewalInput": ("ends_on", "price"),
    "StateInput": ("state",),
}  # fmt: skip
_ONE: dict[str, Any] = {"number": "SUP-7"}
CONTRACT_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/contracts": {"q": "support"},
    "GET /api/v1/contracts/{number}": _ONE,
    "PATCH /api/v1/contracts/{number}": _ONE,
    "GET /api/v1/contracts/{number}/assets": _ONE,
    "POST /api/v1/contracts/{number}/assets": _ONE,
    "DELETE /api/v1/contracts/{number}/assets/{asset_tag}": _ONE,
    "POST /api/v1/contracts/{number}/renewal": _ONE,
    "POST /api/v1/contracts/{number}/notice": _ONE,
    "POST /api/v1/contracts/{number}/state": _ONE,
}
# In the order in which they build on each other.
CONTRACT_ORDER = (
    "POST /api/v1/contracts",
    "GET /api/v1/contracts",
    "GET /api/v1/contracts/{number}",
    "PATCH /api/v1/contracts/{number}",
    "POST /api/v1/contracts/{number}/assets",
    "GET /api/v1/contracts/{number}/assets",
    "DELETE /api/v1/contracts/{number}/assets/{asset_tag}",
    "POST /api/v1/contracts/{number}/renewal",
    "POST /api/v1/contracts/{number}/notice",
    "POST /api/v1/contracts/{number}/state",
    "GET /api/v1/renewals",
)
