"""How many assets of a model are to be in stock at least."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.models import AssetModel


def set_model_minimum(session: Session, model_id: int, least: int | None) -> str:
    """Set the minimum of a model, and return the model's name.

    :param least: None: it is never low.
    :raises NotFound: no model has this id.
    :raises Invalid: it is not a number of assets.
    """
    model = session.get(AssetModel, model_id, with_for_update=True)
    if model is None:
        raise NotFound("That model does not exist. Choose one from the list.")
    if least is not None and not 0 <= least <= MAX_QUANTITY:
        problem = f"Give a number from 0 to {MAX_QUANTITY:,}."
        raise Invalid(problem, errors={"least": [problem]})
    model.min_in_stock = least
    session.flush()
    return model.name
