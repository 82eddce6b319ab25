"""What is to be decided about contracts, month by month."""

from __future__ import annotations

from itertools import groupby

from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.contracts.states import CONTRACT_KINDS, PERIODS, RENEWALS
from scanner_app.domain.money import say_money
from scanner_app.domain.months import add_months
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.contracts._blueprint import blueprint
from scanner_app.queries.contracts.contracts import TermRow, list_due
from scanner_app.storage.database import reading

AHEAD_MONTHS = 12


@blueprint.get("/renewals")
@allow(Action.READ_REGISTER)
def show_renewals() -> Response:
    """Show the terms to decide about in the next 12 months, by the day to act by."""
    today = today_here()
    with reading() as session:
        rows = list_due(session, until=add_months(today, AHEAD_MONTHS))
    late = [row for row in rows if (row.act_by or today) < today]
    ahead = [row for row in rows if (row.act_by or today) >= today]
    return page(
        "contracts/renewals.html",
        late=late,
        months=[(list(found)) for _, found in groupby(ahead, key=_month)],
        undecided=sum(row.is_undecided for row in rows),
        today=today,
        kind_labels=CONTRACT_KINDS,
        renewals=RENEWALS,
        periods=PERIODS,
        say_money=say_money,
    )


def _month(row: TermRow) -> tuple[int, int]:
    return (row.act_by.year, row.act_by.month) if row.act_by else (0, 0)
