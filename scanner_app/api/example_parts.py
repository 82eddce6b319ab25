"""The examples that each noun keeps beside its own part of the API, as one."""

from __future__ import annotations

from typing import Any

from scanner_app.api.audits import examples as audits
from scanner_app.api.contracts.examples import CONTRACT_CALLS, CONTRACT_SHOWN, CONTRACT_VALUES
from scanner_app.api.costs.examples import COST_CALLS, COST_VALUES
from scanner_app.api.disposal import examples as disposal
from scanner_app.api.health.examples import HEALTH_CALLS, HEALTH_VALUES
from scanner_app.api.labels.examples import LABEL_CALLS, LABEL_VALUES
from scanner_app.api.licences.examples import LICENCE_CALLS, LICENCE_SHOWN, LICENCE_VALUES
from scanner_app.api.lifecycle.examples import TASK_CALLS, TASK_SHOWN, TASK_VALUES
from scanner_app.api.policies.examples import POLICY_CALLS, POLICY_SHOWN, POLICY_VALUES
from scanner_app.api.procurement.examples import BUYING_CALLS, BUYING_SHOWN, BUYING_VALUES
from scanner_app.api.procurement.request_examples import (
    REQUEST_CALLS,
    REQUEST_SHOWN,
    REQUEST_VALUES,
)
from scanner_app.api.stock.examples import STOCK_CALLS, STOCK_SHOWN, STOCK_VALUES
from scanner_app.api.stockroom import examples as kits

PART_VALUES: dict[str, Any] = {
    **audits.VALUES,
    **LABEL_VALUES,
    **STOCK_VALUES,
    **TASK_VALUES,
    **disposal.VALUES,
    **kits.KIT_VALUES,
    **CONTRACT_VALUES,
    **COST_VALUES,
    **HEALTH_VALUES,
    **BUYING_VALUES,
    **LICENCE_VALUES,
    **POLICY_VALUES,
    **REQUEST_VALUES,
}
PART_SHOWN: dict[str, tuple[str, ...]] = {
    **audits.SHOWN,
    **STOCK_SHOWN,
    **TASK_SHOWN,
    **disposal.SHOWN,
    **kits.KIT_SHOWN,
    **CONTRACT_SHOWN,
    **BUYING_SHOWN,
    **LICENCE_SHOWN,
    **POLICY_SHOWN,
    **REQUEST_SHOWN,
}
PART_CALLS: dict[str, dict[str, Any]] = {
    **audits.CALLS,
    **LABEL_CALLS,
    **STOCK_CALLS,
    **TASK_CALLS,
    **disposal.CALLS,
    **kits.KIT_CALLS,
    **CONTRACT_CALLS,
    **COST_CALLS,
    **HEALTH_CALLS,
    **BUYING_CALLS,
    **LICENCE_CALLS,
    **POLICY_CALLS,
    **REQUEST_CALLS,
}
