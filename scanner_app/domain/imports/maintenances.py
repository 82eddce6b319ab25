"""Maintenance files: the names are those of Snipe-IT's report, and what people write."""

from __future__ import annotations

from scanner_app.domain.imports.kind import Holds, KindFacts, header_keys, make_target

# What a type of maintenance is called when something had broken: it counts as a failure.
FAILURES = frozenset({"repair", "pat fail", "fault", "hardware support", "reparatur"})

TARGETS = (
    make_target("asset_tag", "Asset Tag", "Tag", "Asset"),
    make_target("serial_number", "Serial", "Serial Number", "Serial No."),
    make_target("title", "Title", "Name", "Maintenance", "Subject", "What was done"),
    make_target("type", "Asset Maintenance Type", "Maintenance Type", "Type"),
    make_target("supplier", "Supplier", "Vendor", "Repairer"),
    make_target("started_on", "Start Date", "Started", "Begin", "From", holds=Holds.DATE),
    make_target("ended_on", "Completion Date", "Completed", "End", "Until", holds=Holds.DATE),
    make_target("cost", "Cost", "Price", "Amount", holds=Holds.AMOUNT),
    make_target("currency", "Currency"),
    make_target("warranty", "Is Warranty", "Warranty", "Under Warranty"),
    make_target("url", "URL", "Ticket", "Reference"),
    make_target("notes", "Notes", "Note", "Comment"),
    make_target("deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date"),
)

LEFT_OUT = header_keys(
    ("ID", "Company", "Asset Name", "Model", "Model Number", "Status", "Location",
     "Default Location", "Asset Maintenance Time (in days)", "Asset Maintenance Time",
     "Maintenance Time (in days)", "Maintenance Time", "Checked Out To", "Image",
     "Created At", "Updated At", "Created By", "Actions")
)  # fmt: skip

FACTS = KindFacts(
    label="Maintenances",
    one="Maintenance",
    icon="settings",
    link="/tasks",
    order=8,
    row_means="a maintenance of an asset",
    known_by="its asset, its title and the day on which it began",
    targets=TARGETS,
    required=(("asset_tag", "serial_number"), ("title", "type"), ("started_on",)),
    left_out=LEFT_OUT,
    export_headers=(
        "Asset Tag", "Supplier", "Asset Maintenance Type", "Title", "Start Date",
        "Completion Date", "Cost", "Currency", "Notes",
    ),
)  # fmt: skip
