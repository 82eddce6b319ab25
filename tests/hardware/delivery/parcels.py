"""Parcels with numbers for names."""

from __future__ import annotations

from uuid import UUID

from hardware.delivery.spool import Parcel


def parcel(number: int, *, route: str = "reads", reader: str = "door") -> Parcel:
    name = str(UUID(int=number))
    return Parcel(name, route, reader, {f"{route[:-1]}_id": name, "epc": "30"})


def names(parcels: list[Parcel]) -> list[int]:
    return [UUID(one.id).int for one in parcels]
