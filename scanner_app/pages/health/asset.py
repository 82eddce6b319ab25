"""How one device does: what it reports, how long it is supported, and what may be wrong."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.asset_page import Tab
from scanner_app.domain.errors import NotFound
from scanner_app.domain.health.exploited import GRADES, Grade
from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.health.reliability import round_to
from scanner_app.domain.policies.gates import CHECK_STATES, SubjectKind
from scanner_app.edge.guard import allow
from scanner_app.edge.kept.devices import load_kept_failures
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.health._blueprint import blueprint
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.health.asset import load_asset_health
from scanner_app.queries.health.figures import load_failures
from scanner_app.queries.lifecycle.facts import list_facts
from scanner_app.queries.policies.policies import list_results
from scanner_app.queries.register.assets import get_asset
from scanner_app.services.health.use import measure_use
from scanner_app.storage.database import reading

MAX_HITS = 50


@blueprint.get("/assets/<path:asset_tag>/health")
@allow(Action.READ_REGISTER)
def show_asset(asset_tag: str) -> Response:
    """Show how a device does."""
    today = today_here()
    with reading() as session:
        asset = get_asset(session, asset_tag)
        found = load_asset_health(session, asset.id, today=today)
        facts = list_facts(session, asset.id)
        results = list_results(session, SubjectKind.ASSET, asset.id)
        use = measure_use(session, asset.id, now=g.now)
        failures = load_failures(session, asset.id, now=g.now)
        of_model, made_at = load_kept_failures(session, asset.id)
    if found is None:
        raise NotFound(f"{asset.asset_tag} is not a device, so it has no health.")
    path = asset_path(asset.asset_tag)
    tabs = [(t.label, f"{path}?tab={t.value}" if t.value else path, False) for t in Tab]
    pressing = [hit for hit in found.hits if hit.grade is not Grade.PATCHED]
    return page(
        "health/asset.html",
        asset=asset,
        path=path,
        tabs=[*tabs, ("Costs", f"{path}/costs", False), ("Health", f"{path}/health", True)],
        found=found,
        facts=facts,
        hits=pressing[:MAX_HITS],
        hidden=max(0, len(pressing) - MAX_HITS),
        patched=len(found.hits) - len(pressing),
        grades=GRADES,
        results=results,
        check_states=CHECK_STATES,
        use=use,
        use_percent=None if use.share is None else round_to(use.share * 100, 1),
        is_little=use.is_little(g.now),
        failures=failures,
        of_model=of_model,
        made_at=made_at,
        round_to=round_to,
        has_ended=has_ended,
        today=today,
    )
