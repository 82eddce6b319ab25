"""How all devices do, and how often those of a model fail: kept where they are many."""

from __future__ import annotations

from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from scanner_app.domain.policies.gates import Gate
from scanner_app.edge.kept.sums import MAX_LIVE, load_kept
from scanner_app.queries.health.figures import Failures, find_model_id, load_model_failures
from scanner_app.queries.health.overview import Overview, count_devices, load_overview
from scanner_app.queries.policies.policies import PolicyRow, list_policies, list_versions_in_use


def load_kept_failures(session: Session, asset_id: int) -> tuple[Failures | None, datetime | None]:
    """Return how often devices of an asset's model failed, and when that was found if it is kept.

    The first is None without a model.
    """
    model_id = find_model_id(session, asset_id)
    if model_id is None:
        return None, None
    return load_kept(
        ("failures", model_id),
        lambda: load_model_failures(session, model_id, now=g.now),
        lambda found: found.count > MAX_LIVE,
    )


def load_kept_overview(
    session: Session,
) -> tuple[tuple[Overview, list[PolicyRow]], datetime | None]:
    """Return how all devices do and what policies of devices found, and when if it is kept."""
    is_large = count_devices(session) > MAX_LIVE
    return load_kept(
        ("overview", list_versions_in_use(session)),
        lambda: (load_overview(session, now=g.now), list_policies(session, gate=Gate.NONE)),
        lambda _: is_large,
    )
