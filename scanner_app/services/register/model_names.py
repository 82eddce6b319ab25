"""Categories and models by their names; created if they do not exist."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import AssetModel, Category


def find_or_make_category(session: Session, name: str) -> int:
    """Return the id of a category; the name is compared without case. Create it if it is new."""
    wanted = name.casefold()
    for id_, known in session.execute(select(Category.id, Category.name)):
        if known.casefold() == wanted:
            return id_
    category = Category(name=name)
    session.add(category)
    session.flush()  # the asset needs the id
    return category.id


def find_or_make_model(
    session: Session,
    *,
    name: str,
    manufacturer: str | None,
    model_number: str | None,
    like: AssetModel | None,
    category_id: int | None,
) -> int:
    """Return the id of a model by its names, compared without case. Create it if it is new.

    :param manufacturer: None if not given: a model of that name by any manufacturer fits.
    :param model_number: likewise.
    :param like: the asset's current model; it decides what is not given.
    """
    maker_first = manufacturer if manufacturer is not None else (like.manufacturer if like else "")
    number_first = model_number if model_number is not None else ""
    candidates = [
        model
        for model in session.scalars(select(AssetModel).order_by(AssetModel.id))
        if model.name.casefold() == name.casefold()
        and _agrees(model.manufacturer, manufacturer)
        and _agrees(model.model_number, model_number)
    ]
    if candidates:
        best = min(
            candidates,
            key=lambda model: (
                model.name != name,
                model.manufacturer.casefold() != maker_first.casefold(),
                model.model_number.casefold() != number_first.casefold(),
                model.id,
            ),
        )
        return best.id
    model = AssetModel(
        name=name,
        manufacturer=maker_first,
        model_number=number_first,
        category_id=category_id,
    )
    session.add(model)
    session.flush()  # the asset needs the id
    return model.id


def _agrees(known: str, wanted: str | None) -> bool:
    return wanted is None or known.casefold() == wanted.casefold()
