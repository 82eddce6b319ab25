"""Licence files: the names are those of Snipe-IT's import and report, and what people write.

Rows of one product and one key are one licence; a row that names a person or a device is a seat.
"""

from __future__ import annotations

from scanner_app.domain.imports.kind import (
    CATEGORIES,
    PEOPLE,
    Holds,
    KindFacts,
    header_keys,
    make_target,
)

TARGETS = (
    make_target("licence_tag", "Licence Tag", "License Tag", "Licence ID"),
    make_target("product", "Product", "Item Name", "License", "Licence", "License Name",
                "Licence Name", "Software", "Software Name", "Name"),
    make_target("product_key", "Product Key", "Serial", "Serial Number", "License Key",
                "Licence Key", "Key", holds=Holds.KEY),
    make_target("metric", "Counted by", "Metric", "License Type", "Licence Type"),
    make_target("seats", "Seats", "Quantity", "QTY", "Number of Seats"),
    make_target("min_free", "Least free seats", "Min Amt", "Min Amount", "Min QTY", "Min. QTY"),
    make_target("min_cores", "Least cores", "Min Cores"),
    make_target("category", "Category"),
    make_target("purchase_date", "Purchase Date", "First day", "Starts On", "Bought On",
                holds=Holds.DATE),
    make_target("ends_on", "Expiration Date", "Last day", "Ends On", "Expires", "Expiry Date",
                holds=Holds.DATE),
    make_target("termination_on", "Termination Date", "Given notice for", holds=Holds.DATE),
    make_target("maintained_until", "Maintained until", "Maintenance End", holds=Holds.DATE),
    make_target("cost", "Purchase Cost", "Cost", "Total Cost", "Price of all seats",
                holds=Holds.AMOUNT),
    make_target("unit_price", "Unit Price", "Price of one", "Price per Seat", "Cost per Seat",
                holds=Holds.AMOUNT),
    make_target("currency", "Currency"),
    make_target("supplier", "Supplier", "Vendor", "Reseller"),
    make_target("order_number", "Order Number", "Order No."),
    make_target("reassignable", "Reassignable", "Seats can be returned"),
    make_target("holder", "Full Name", "Person", "Assigned To", "Checked Out To", "User"),
    make_target("holder_email", "Email", "E-Mail", "Email Address"),
    make_target("holder_username", "Username", "User Name"),
    make_target("device", "Asset Tag", "Device", "Device Tag"),
    make_target("notes", "Notes", "Note", "Comment"),
    make_target("deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date"),
)  # fmt: skip

LEFT_OUT = header_keys(
    ("ID", "Image", "Remaining", "Remaining Seats", "Avail", "Available", "Free Seats",
     "Depreciation", "Created At", "Updated At", "Created By", "Actions", "Checkout Type")
)  # fmt: skip

FACTS = KindFacts(
    label="Licences",
    one="Licence",
    icon="key",
    link="/licences",
    order=6,
    row_means="a licence, or one seat of it where it names a person or a device",
    known_by="the tag of the licence; without it, its product and the end of its key",
    targets=TARGETS,
    required=(("product", "licence_tag"),),
    left_out=LEFT_OUT,
    export_headers=(
        "Licence Tag", "Product", "Counted by", "Seats", "Least free seats", "Category",
        "Purchase Date", "Expiration Date", "Termination Date", "Maintained until", "Unit Price",
        "Currency", "Supplier", "Order Number", "Reassignable", "Full Name", "Email", "Username",
        "Asset Tag", "Notes",
    ),
    adds=(PEOPLE, CATEGORIES),
    keeps_custom=True,
)  # fmt: skip
