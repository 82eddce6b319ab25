"""When an asset may be deployed: one row for each stage."""

from __future__ import annotations

from collections.abc import Mapping

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.refusals import Refusal

_S, _R = Stage, Refusal
# What is not here yet, or gone, is brought to the register first.
DEPLOYABLE: Mapping[Stage, Refusal | None] = {
    _S.REQUESTED: _R.NOT_IN_STOCK,
    _S.ORDERED: _R.NOT_IN_STOCK,
    _S.IN_STOCK: None,
    _S.IN_USE: None,
    _S.IN_MAINTENANCE: _R.ASSET_IN_MAINTENANCE,
    _S.MISSING: _R.NOT_IN_STOCK,
    _S.RETIRED: _R.ASSET_RETIRED,
    _S.DISPOSED: _R.ASSET_RETIRED,
}
