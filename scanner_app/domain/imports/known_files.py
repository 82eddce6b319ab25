"""Files of other programs: how each is recognised, what its headers mean, what cannot be kept.

One row a kind of file. Files of things that this product does not keep are recognised too, so that
nobody imports licences as assets without being told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanner_app.domain.imports.kind import CUSTOM, IGNORED, header_key, header_keys


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A kind of file of another program.

    :param kind: what its rows can be imported as: a value of `ImportKind`; "" for not at all.
    :param all_of: keys of headers that such a file has, and `any_of` some of which it has one.
    :param none_of: headers by which it is another file.
    :param names: what its headers mean, where they do not speak for themselves.
    :param not_kept: what is lost, as a sentence.
    :param path_sign: the sign between the names of nested locations.
    :param also: other kinds as which it may be read, by its columns alone.
    """

    title: str
    kind: str
    all_of: frozenset[str]
    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    not_kept: str = ""
    path_sign: str = ""
    also: frozenset[str] = frozenset()


def _names(**headers: str) -> Mapping[str, str]:
    return {header_key(header): target for header, target in headers.items()}


_TAGS = header_keys(
    ("Asset Tag", "Tag", "Asset Number", "Asset No.", "Inventory Number", "Asset ID")
)

# With one of these, the file says itself which kind of stock each row is.
_NOT_STOCK = _TAGS | header_keys(("Class", "Stock Class"))
_STOCK_OF_SNIPE = (
    "The quantity opens the books of its location: it is taken where nothing was counted or moved "
    "yet. Who has some is not in this file, so issue those again. A row with a serial number is "
    "refused: that thing is an asset."
)
_OF_DEVICES = (
    "What it says of each device becomes facts of the asset with its serial number. A device that "
    "is not an asset here is told and not registered. Names and users of devices are left out; a "
    "column without a meaning is kept as a fact whose name begins with x_."
)
_OF_LICENCES = header_keys(
    ("Licensed To Name", "Licensed To Email", "License Name", "Reassignable", "License Email")
)
_LICENCES_OF_SNIPE = (
    "Of a product key its last five characters are kept. Each row with a person or an asset tag is "
    "a seat. Company, manufacturer, maintained and licensed to are kept as columns of the licence."
)

KNOWN_FILES: tuple[KnownFile, ...] = (
    KnownFile(
        "licences of Snipe-IT",
        "licences",
        header_keys(("Item Name", "Seats")),
        _OF_LICENCES,
        # Beside the name of the item, these are who has the seat.
        names={"name": "holder", "email": "holder_email", "serial number": "product_key"},
        not_kept=_LICENCES_OF_SNIPE,
    ),
    KnownFile(
        "licences of Snipe-IT",
        "licences",
        header_keys(("Seats",)),
        _OF_LICENCES | header_keys(("License", "Remaining Seats")),
        header_keys(("Licence Tag",)),
        not_kept=_LICENCES_OF_SNIPE,
    ),
    KnownFile(
        "maintenances of Snipe-IT",
        "maintenances",
        header_keys(("Start Date", "Completion Date")),
        header_keys(("Asset Maintenance Type", "Maintenance Type")),
        not_kept="How long it took is worked out from the two days. What is not over yet is an "
        "open task; it does not put its asset into maintenance.",
    ),
    KnownFile(
        "suppliers of Snipe-IT",
        "suppliers",
        header_keys(("Name", "Phone", "Contact")),
        header_keys(("Address", "Fax", "URL", "Tag Color", "Address2")),
        _TAGS | header_keys(("Manager", "Username", "First Name", "Parent")),
        not_kept="The lines of its address are the lines of its contact here.",
    ),
    KnownFile(
        "suppliers of Snipe-IT",
        "suppliers",
        header_keys(("Name", "Contact Name")),
        header_keys(("Phone", "Fax", "URL", "Address")),
        _TAGS,
        not_kept="The lines of its address are the lines of its contact here.",
    ),
    KnownFile(
        "models of Snipe-IT",
        "",
        header_keys(("Name", "Model Number")),
        header_keys(("Fieldset", "Model Notes")),
        _TAGS,
        not_kept="Models are added with the assets that name them; import the asset file. "
        "Fieldsets, end of life by model and the least quantity have no place here.",
    ),
    KnownFile(
        "consumables of Snipe-IT",
        "stock",
        header_keys(("Item Number",)),
        header_keys(("QTY", "Quantity", "Min Amount", "Min. QTY", "Min QTY")),
        _NOT_STOCK,
        {"item number": "supplier_code", "model number": CUSTOM, "model no": CUSTOM},
        _STOCK_OF_SNIPE,
    ),
    KnownFile(
        "components of Snipe-IT",
        "stock",
        header_keys(("Quantity",)),
        header_keys(("Item Name",)),
        _NOT_STOCK,
        not_kept=_STOCK_OF_SNIPE,
    ),
    KnownFile(
        "components of Snipe-IT",
        "stock",
        header_keys(("Component Name",)),
        none_of=_NOT_STOCK,
        not_kept=_STOCK_OF_SNIPE,
    ),
    KnownFile(
        "accessories of Snipe-IT",
        "stock",
        frozenset(),
        header_keys(("Min Amount", "Min. QTY", "Min QTY", "QTY", "Accessory Name")),
        _NOT_STOCK,
        not_kept=_STOCK_OF_SNIPE,
    ),
    KnownFile(
        "users of Snipe-IT",
        "people",
        header_keys(("First Name", "Last Name")),
        header_keys(("Username", "Employee Number", "Activated", "Job Title")),
        _TAGS,
        not_kept="Manager, company, location, title, phone, start and end date are left out.",
    ),
    KnownFile(
        "hosts of Fleet",
        "devices",
        header_keys(("hardware_serial", "seen_time")),
        header_keys(("osquery_version", "platform", "team_name", "issues")),
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "devices of osquery",
        "devices",
        header_keys(("hardware_serial",)),
        header_keys(("physical_memory", "cpu_brand", "cpu_physical_cores", "osquery_version")),
        names={"version": "os_version", "memory": CUSTOM},
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "devices of Intune",
        "devices",
        header_keys(("Device name", "Last check-in")),
        header_keys(("Compliance", "SkuFamily", "OS version", "Primary user UPN")),
        header_keys(("Asset Tag", "Location")),
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "devices of Intune",
        "devices",
        header_keys(("DeviceName", "SerialNumber")),
        header_keys(("CompliantState", "SkuFamily", "LastContact", "ComplianceState")),
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "computers of Jamf",
        "devices",
        header_keys(("Computer Name", "Operating System Name")),
        names={"operating system": CUSTOM},
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "computers of Jamf",
        "devices",
        header_keys(("Computer Name",)),
        header_keys(
            ("JSS Computer ID", "Last Inventory Update", "FileVault 2 Status", "FileVault Status",
             "Last Check-in", "Jamf Pro Computer ID")
        ),
        not_kept=_OF_DEVICES,
        also=frozenset({"assets"}),
    ),
    KnownFile(
        "assets of GLPI",
        "assets",
        header_keys(("Name", "Status")),
        header_keys(("Alternate username", "Locations", "Last update", "Entity")),
        header_keys(("Asset Tag",)),
        {
            **_names(Locations="location", Location="location", Manufacturers="manufacturer",
                     Manufacturer="manufacturer", Type="category"),
            "inventory number": "asset_tag",
            "alternate username": "custodian",
            "user": "custodian",
            "serial number": "serial_number",
            "entity": CUSTOM,
            "last update": IGNORED,
        },
        "Connections, components, contracts, tickets and documents of GLPI are left out.",
        ">",
    ),
    KnownFile(
        "devices of NetBox",
        "assets",
        header_keys(("asset_tag", "device_type")),
        names={
            **_names(device_type="model", role="category", location="location", site="site"),
            "description": "notes",
        },
        not_kept="Interfaces, cables and addresses are left out. A location is made inside its "
        "site; the rack is kept as a text.",
        path_sign="/",
    ),
    KnownFile(
        "assets of Shelf",
        "assets",
        header_keys(("title",)),
        header_keys(("qrId", "bookable", "imageUrl")),
        names={
            "title": "name", "description": "notes", "valuation": "purchase_cost",
            "qrid": "asset_tag", "imageurl": IGNORED, "bookable": IGNORED,
        },
        not_kept="Kits, bookings and pictures are left out. Without a separate column for tags, "
        "the number of the QR label is the asset tag.",
    ),
    KnownFile(
        "items of Homebox",
        "assets",
        header_keys(("HB.name", "HB.location")),
        names={
            header_key(f"HB.{name}"): target
            for name, target in (
                ("asset_id", "asset_tag"), ("name", "name"), ("location", "location"),
                ("serial_number", "serial_number"), ("model_number", "model"),
                ("manufacturer", "manufacturer"), ("purchase_price", "purchase_cost"),
                ("purchase_time", "purchase_date"), ("purchase_from", "supplier"),
                ("notes", "notes"), ("archived", "archived"), ("labels", CUSTOM),
                ("quantity", CUSTOM), ("description", CUSTOM), ("import_ref", IGNORED),
                ("url", IGNORED), ("insured", CUSTOM), ("parent_asset_id", CUSTOM),
            )
        },
        not_kept="Attachments, maintenance and what an item contains are left out. A quantity is "
        "kept as a text: each row is one thing.",
        path_sign="/",
    ),
    KnownFile(
        "stock items of InvenTree",
        "assets",
        header_keys(("Part", "Quantity")),
        header_keys(("Batch", "Serial", "Stocktake", "SKU")),
        _TAGS,
        {
            "id": "asset_tag", "part": "name", "serial": "serial_number", "location": "location",
            "purchase price": "purchase_cost", "purchase price currency": "currency",
            "batch": CUSTOM, "quantity": CUSTOM,
        },
        "Builds, orders and suppliers are left out. A quantity is kept as a text: each row is one "
        "thing.",
        "/",
    ),
)  # fmt: skip


def recognise_file(headers: Sequence[str]) -> KnownFile | None:
    """Return the row of the file that has these headers; None for any other file."""
    keys = header_keys(headers)
    return next(
        (
            row
            for row in KNOWN_FILES
            if row.all_of <= keys
            and (not row.any_of or row.any_of & keys)
            and not row.none_of & keys
        ),
        None,
    )


def known_names(kind: str, headers: Sequence[str]) -> Mapping[str, str]:
    """Return what the headers of a recognised file mean, by their keys."""
    row = recognise_file(headers)
    return row.names if row is not None and row.kind == kind else {}


def known_words() -> frozenset[str]:
    """Return the keys of all headers that some program writes, to tell headers from other rows."""
    return frozenset().union(*(row.all_of | row.any_of | row.names.keys() for row in KNOWN_FILES))
