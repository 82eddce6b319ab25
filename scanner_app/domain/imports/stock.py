"""Stock files: the names are those of Snipe-IT's three files, of our export, and what people write.

A row of Snipe-IT's consumables, accessories or components has no column for its kind: the file is
the kind. `class_of_file` says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner_app.domain.imports.kind import (
    CATEGORIES,
    PLACES,
    Holds,
    KindFacts,
    header_keys,
    make_target,
)
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.stock.items import StockClass

TARGETS = (
    make_target("name", "Name", "Item Name", "Accessory Name", "Component Name", "Title", "Item"),
    make_target("code", "Code", "Stock Code"),
    make_target("stock_class", "Class", "Stock Class", "Kind", "Type"),
    make_target("category", "Category", "Item Category", "Accessory Category", "Group"),
    make_target("quantity", "QTY", "Quantity", "Total", "Count", "Stock", "On Hand", "Level"),
    make_target("location", "Location", "Location Code", "Storeroom", "Place", "Where"),
    make_target("min_quantity", "Min Amount", "Min. QTY", "Minimum", "Min Quantity", "Min"),
    make_target("target_quantity", "Target", "Fill Up To", "Target Quantity", "Max"),
    make_target("manufacturer", "Manufacturer", "Maker", "Brand"),
    make_target("supplier", "Supplier", "Vendor"),
    make_target(
        "supplier_code", "Supplier's code", "Item Number", "Item No.", "Model Number", "Model No.",
        "Part Number", "SKU", "Order Code",
    ),
    make_target("unit", "Unit", "Unit of Measure", "UOM"),
    make_target("pack_quantity", "Pack", "Pack Size", "Pack Quantity", "In a Pack"),
    make_target("unit_cost", "Purchase Cost", "Unit Cost", "Price", "Cost", holds=Holds.AMOUNT),
    make_target("currency", "Currency"),
    make_target("order_number", "Order Number", "Purchase Order", "PO Number"),
    make_target("purchase_date", "Purchase Date", "Bought On", holds=Holds.DATE),
    make_target("notes", "Notes", "Note", "Comment", "Description"),
    make_target("serial_number", "Serial", "Serial Number", "Serial No."),
    make_target("deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date"),
)  # fmt: skip

LEFT_OUT = header_keys(
    ("ID", "Image", "Remaining", "Avail", "Checked Out", "Total Cost", "Created At", "Updated At",
     "Created By", "Change", "Actions", "Purchase Total")
)  # fmt: skip

FACTS = KindFacts(
    label="Stock",
    one="Item",
    icon="list",
    link="/stock",
    order=4,
    row_means="a stock item at a location",
    known_by="its code; without a code, its name and category among the items of its class",
    targets=TARGETS,
    required=(("name", "code"),),
    left_out=LEFT_OUT,
    export_headers=(
        "Name", "Category", "Supplier", "Manufacturer", "QTY", "Location", "Min Amount",
        "Item Number", "Notes", "Purchase Cost", "Currency", "Code", "Class", "Unit", "Pack",
        "Target",
    ),
    adds=(PLACES, CATEGORIES),
    keeps_custom=True,
)  # fmt: skip

_CLASS_OF_TITLE = {
    "consumables of Snipe-IT": StockClass.CONSUMABLE,
    "accessories of Snipe-IT": StockClass.ACCESSORY,
    "components of Snipe-IT": StockClass.COMPONENT,
}


def class_of_file(headers: Sequence[str]) -> StockClass | None:
    """Return the class of all rows of one of Snipe-IT's three files; None for any other file."""
    known = recognise_file(headers)
    return _CLASS_OF_TITLE.get(known.title) if known is not None else None
