"""What the headers of an import file mean: one table of names for each kind of file.

The names are those of Snipe-IT's sample files and exports, of our own exports, and what people
write instead. Headers are matched by position: names occur twice in real files ("Address").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ImportKind(StrEnum):
    ASSETS = "assets"
    LOCATIONS = "locations"
    PEOPLE = "people"


CUSTOM = "custom"
IGNORED = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a column can mean. `names` are headers, normalised by `header_key`."""

    name: str
    label: str
    names: tuple[str, ...]
    is_date: bool = False


def header_key(header: str) -> str:
    """Give the form headers are compared in: lower case, words apart by one blank, no dots."""
    text = header.replace("\ufeff", "").casefold()
    text = re.sub(r"[\s_\-]+", " ", text.replace(".", " ").replace(":", " : "))
    return re.sub(r"\s+", " ", text).strip(" *")


def _target(name: str, label: str, *names: str, is_date: bool = False) -> Target:
    keys = dict.fromkeys(header_key(text) for text in (label, name, *names))
    return Target(name, label, tuple(keys), is_date)


ASSET_TARGETS = (
    _target("asset_tag", "Asset Tag", "Tag", "Asset Number", "Asset No.", "Inventory Number"),
    _target("name", "Asset Name", "Name", "Item Name", "Title", "Device Name"),
    _target("serial_number", "Serial", "Serial Number", "Serial No.", "S/N", "SN", "Service Tag"),
    _target("model", "Model", "Model Name", "Asset Model"),
    _target("model_number", "Model No.", "Model Number", "Part Number"),
    _target("category", "Category", "Asset Category", "Type of Asset"),
    _target("manufacturer", "Manufacturer", "Maker", "Brand", "Vendor Brand"),
    _target("status", "Status", "Status Label", "State", "Lifecycle Stage"),
    _target("location", "Location", "Current Location", "Room", "Place"),
    _target(
        "home_location", "Default Location", "Home Location", "Home", "RTD Location", "Stock Room"
    ),
    _target(
        "custodian",
        "Checked Out To",
        "Custodian",
        "Checked Out",
        "Assigned To",
        "User",
        "Owner",
        "Checked Out To: Full Name",
        "Full Name",
    ),
    _target(
        "custodian_number",
        "Employee Number",
        "Employee No.",
        "Person Number",
        "Custodian Number",
        "Checked Out To: Employee Number",
    ),
    _target("custodian_email", "Checked Out To: Email", "Email", "Custodian Email", "E-Mail"),
    _target("custodian_username", "Checked Out To: Username", "Username", "Custodian Username"),
    _target("custodian_first", "Checked Out To: First Name", "First Name"),
    _target("custodian_last", "Checked Out To: Last Name", "Last Name"),
    _target("checkout_type", "Checkout Type", "Checkout Class", "Checked Out Type"),
    _target(
        "checkout_location",
        "Checked Out To: Location",
        "Checkout to Location",
        "Checkout Location",
    ),
    _target("purchase_date", "Purchase Date", "Purchased", "Purchased On", is_date=True),
    _target("purchase_cost", "Purchase Cost", "Cost", "Price", "Purchase Price"),
    _target("currency", "Currency"),
    _target("supplier", "Supplier", "Vendor", "Purchased From"),
    _target("order_number", "Order Number", "Order No.", "Order", "PO Number", "Purchase Order"),
    _target("warranty_months", "Warranty", "Warranty Months", "Warranty (Months)"),
    _target(
        "eol_date", "EOL Date", "Asset EOL Date", "EOL", "End of Life", "End of Life Date",
        is_date=True,
    ),
    _target("notes", "Notes", "Asset Notes", "Note", "Comment", "Comments"),
    _target("identifiers", "Identifiers", "Identifier"),
    _target("snipe_id", "Snipe-IT ID"),
)  # fmt: skip

LOCATION_TARGETS = (
    _target("code", "Code", "Location Code", "Barcode", "Number"),
    _target("name", "Name", "Location", "Location Name", "Title", "Room"),
    _target("kind", "Kind", "Type", "Location Type"),
    _target(
        "parent", "Parent", "Parent Location", "Inside", "Parent Code", "Parent Name", "Building"
    ),
)

PEOPLE_TARGETS = (
    _target(
        "number", "Number", "Employee Number", "Employee No.", "Employee ID", "Personnel Number",
        "Person Number", "Staff Number",
    ),
    _target("name", "Name", "Full Name", "Display Name"),
    _target("first_name", "First Name", "Given Name", "Firstname", "First"),
    _target("last_name", "Last Name", "Surname", "Family Name", "Lastname", "Last"),
    _target("email", "Email", "E-Mail", "Email Address", "Mail"),
    _target("username", "Username", "User Name", "Login", "Account"),
    _target("department", "Department", "Team", "Cost Centre", "Cost Center"),
    _target("badges", "Badges", "Badge", "Badge Number", "Card", "Card Number"),
)  # fmt: skip

TARGETS: Mapping[ImportKind, tuple[Target, ...]] = {
    ImportKind.ASSETS: ASSET_TARGETS,
    ImportKind.LOCATIONS: LOCATION_TARGETS,
    ImportKind.PEOPLE: PEOPLE_TARGETS,
}

# Columns of Snipe-IT's exports that say nothing of their own here: computed figures, the parts
# of an address, dates of events that its own history holds.
LEFT_OUT: Mapping[ImportKind, frozenset[str]] = {
    ImportKind.ASSETS: frozenset(
        header_key(name)
        for name in (
            "ID", "Device Image", "Image", "Image Filename", "QR", "Age", "EOL Rate",
            "Warranty Expires", "Current Value", "Book Value", "Diff", "Fully Depreciated",
            "Depreciation", "Address", "Address 2", "City", "State", "Country", "Zip",
            "Postal Code", "Manager", "Department", "Title", "Job Title", "Phone",
            "Checkout Date", "Last Checkout", "Last Checkin Date", "Expected Checkin Date",
            "Created At", "Created By", "Updated At", "Deleted", "Last Audit", "Next Audit Date",
            "Next Audit", "URL", "Requestable", "Checkouts", "Checkins", "Requests",
            "Model Notes", "Change", "Last Seen", "Last Seen At", "Updated",
        )
    ),
    ImportKind.LOCATIONS: frozenset(
        header_key(name)
        for name in (
            "ID", "Address", "Address2", "Address 2", "City", "State", "Country", "Zip", "Manager",
            "Manager Username", "Currency", "Image", "Assets", "Assigned Assets", "Users",
            "LDAP OU", "Phone", "Fax", "Created At", "Updated At", "Notes", "Company", "Path",
            "Full Name",
        )
    ),
    ImportKind.PEOPLE: frozenset(
        header_key(name)
        for name in (
            "ID", "Activated", "Location", "Address", "City", "State", "Country", "Postal Code",
            "Zip", "Website", "Phone", "Job Title", "Title", "Notes", "Company", "Manager",
            "Remote", "VIP", "Start Date", "End Date", "Gravatar", "Avatar", "Groups", "Assets",
            "Licenses", "Accessories", "Consumables", "Last Login", "Created At", "Updated At",
            "Deleted",
        )
    ),
}  # fmt: skip

# Headers that only Snipe-IT's files have. Two of them beside a tag make it one of its files, in
# which "ID" is the number in its links and places and people are known by name alone.
_SNIPE_ONLY = frozenset(
    header_key(name)
    for name in (
        "Company", "Device Image", "Model Notes", "Asset Notes", "Checkout Type", "EOL Rate",
        "Fully Depreciated", "Requestable", "Warranty Expires", "BYOD", "Expected Checkin Date",
        "Last Checkin Date", "Checked Out To: Username", "Checked Out To: Email",
        "Checked Out To: First Name", "Checked Out To: Location", "Diff", "Next Audit Date",
    )
)  # fmt: skip
_SNIPE_MARKS = 2

# What our own export begins with; every column after these is a custom one, whatever its name.
_OWN_EXPORT = tuple(
    header_key(name)
    for name in (
        "Asset Tag", "Asset Name", "Serial", "Model", "Model No.", "Category", "Manufacturer",
        "Status", "Location", "Default Location", "Checked Out To", "Purchase Date",
        "Purchase Cost", "Currency", "Supplier", "Order Number", "Warranty", "EOL Date", "Notes",
        "Identifiers",
    )
)  # fmt: skip

REQUIRED: Mapping[ImportKind, tuple[tuple[str, ...], ...]] = {
    # Of each group, one target must stand in the file.
    ImportKind.ASSETS: (("asset_tag",),),
    ImportKind.LOCATIONS: (("code", "name"),),
    ImportKind.PEOPLE: (("name", "first_name", "last_name"),),
}


def is_from_snipe(kind: ImportKind, headers: Sequence[str]) -> bool:
    """Tell whether the header row is one of Snipe-IT's asset files."""
    if kind is not ImportKind.ASSETS:
        return False
    keys = {header_key(header) for header in headers}
    return header_key("Asset Tag") in keys and len(keys & _SNIPE_ONLY) >= _SNIPE_MARKS


def match_headers(kind: ImportKind, headers: Sequence[str]) -> tuple[str, ...]:
    """Give the target of each column: a target's name, `custom`, or "" for left out.

    The first column of a name wins; a second one of the same name is left out. In an asset file,
    a header that nobody knows becomes a custom column by its own name.
    """
    snipe = is_from_snipe(kind, headers)
    keys = [header_key(header) for header in headers]
    if kind is ImportKind.ASSETS and tuple(keys[: len(_OWN_EXPORT)]) == _OWN_EXPORT:
        own = match_headers(kind, headers[: len(_OWN_EXPORT) - 1])
        custom = [CUSTOM if key else IGNORED for key in keys[len(_OWN_EXPORT) :]]
        return (*own, "identifiers", *custom)
    known = {name: target.name for target in TARGETS[kind] for name in target.names}
    if snipe:
        known[header_key("ID")] = "snipe_id"
        if header_key("Checked Out") in keys:  # the custom report calls the checkout class "Type"
            known[header_key("Type")] = "checkout_type"
    is_export = header_key("Default Location") in keys
    if snipe and not is_export and header_key("Checkout Type") in keys:
        # In Snipe-IT's own import files, "Location" is where the asset belongs.
        known[header_key("Location")] = "home_location"
    matched: list[str] = []
    for key in keys:
        target = known.get(key, IGNORED)
        if target and target in matched:
            target = IGNORED
        elif not target and kind is ImportKind.ASSETS and key and key not in LEFT_OUT[kind]:
            target = CUSTOM if key not in keys[: len(matched)] else IGNORED
        matched.append(target)
    return tuple(matched)


def count_known(kind: ImportKind, headers: Sequence[str]) -> int:
    """Count the headers that the tables know, to tell a header row from any other text."""
    known = {name for target in TARGETS[kind] for name in target.names} | LEFT_OUT[kind]
    return sum(header_key(header) in known for header in headers)


def unknown_headers(kind: ImportKind, headers: Sequence[str]) -> tuple[str, ...]:
    """Give the headers that stand in no table: what a mapping page should draw the eye to."""
    known = {name for target in TARGETS[kind] for name in target.names} | LEFT_OUT[kind]
    known |= _SNIPE_ONLY
    return tuple(header for header in headers if header and header_key(header) not in known)


def find_missing(kind: ImportKind, columns: Sequence[str]) -> tuple[str, ...]:
    """Give the labels of what a file of this kind must hold and the columns do not."""
    labels = {target.name: target.label for target in TARGETS[kind]}
    return tuple(
        " or ".join(labels[name] for name in group)
        for group in REQUIRED[kind]
        if not any(name in columns for name in group)
    )


def label_of(kind: ImportKind, target: str) -> str:
    """Give the words for a target; a custom column has its own."""
    labels = {item.name: item.label for item in TARGETS[kind]}
    return labels.get(target, target)


def date_targets(kind: ImportKind) -> frozenset[str]:
    return frozenset(target.name for target in TARGETS[kind] if target.is_date)
