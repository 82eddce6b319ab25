"""Asset files: the names are those of Snipe-IT's files, of our export, and what people write."""

from __future__ import annotations

from scanner_app.domain.imports.kind import (
    CATEGORIES,
    MODELS,
    PEOPLE,
    PLACES,
    Holds,
    KindFacts,
    OtherMeaning,
    SnipeFile,
    SnipeHeader,
    header_keys,
    make_target,
)

TARGETS = (
    make_target(
        "asset_tag", "Asset Tag", "Tag", "Asset Number", "Asset No.", "Inventory Number",
        "Inventory No.", "Inventory Tag", "Inventory Code", "Asset Code", "Asset ID", "Asset #",
        "Tag Number", "Tag No.", "Tag #", "Label Number",
    ),
    make_target("name", "Asset Name", "Name", "Item Name", "Title", "Device Name", "Item", "Device",
                "Thing", "What"),
    make_target(
        "serial_number", "Serial", "Serial Number", "Serial No.", "S/N", "SN", "Service Tag",
        "Serial #", "Serial Num",
    ),
    make_target("model", "Model", "Model Name", "Asset Model"),
    make_target("model_number", "Model No.", "Model Number", "Part Number"),
    make_target("category", "Category", "Asset Category", "Type of Asset"),
    make_target("manufacturer", "Manufacturer", "Maker", "Brand", "Vendor Brand", "Make",
                "Made By"),
    make_target(
        "status", "Status", "Status Label", "State", "Lifecycle Stage", holds=Holds.STATUS
    ),
    make_target("location", "Location", "Current Location", "Room", "Place", "Where", "Office"),
    make_target(
        "home_location", "Default Location", "Home Location", "Home", "RTD Location", "Stock Room"
    ),
    make_target(
        "custodian",
        "Checked Out To",
        "Custodian",
        "Checked Out",
        "Assigned To",
        "User",
        "Owner",
        "Checked Out To: Full Name",
        "Full Name",
        "Used By",
        "Holder",
        "Held By",
        "Given To",
        "Issued To",
        "Assignee",
        "Who",
        "Who Has It",
    ),
    make_target(
        "custodian_number",
        "Employee Number",
        "Employee No.",
        "Person Number",
        "Custodian Number",
        "Checked Out To: Employee Number",
    ),
    make_target("custodian_email", "Checked Out To: Email", "Email", "Custodian Email", "E-Mail"),
    make_target("custodian_username", "Checked Out To: Username", "Username", "Custodian Username"),
    make_target("custodian_first", "Checked Out To: First Name", "First Name"),
    make_target("custodian_last", "Checked Out To: Last Name", "Last Name"),
    make_target("checkout_type", "Checkout Type", "Checkout Class", "Checked Out Type"),
    make_target(
        "checkout_location",
        "Checked Out To: Location",
        "Checkout to Location",
        "Checkout Location",
    ),
    make_target(
        "purchase_date", "Purchase Date", "Purchased", "Purchased On", "Date Purchased",
        "Date of Purchase", "Bought", "Bought On", "Date Bought", "Buy Date", "Acquired",
        "Acquired On", "Date Acquired", "Acquisition Date", holds=Holds.DATE,
    ),
    make_target(
        "purchase_cost", "Purchase Cost", "Cost", "Price", "Purchase Price", "Price Paid", "Paid",
        "Amount Paid", "Unit Cost", "Unit Price", "Cost Price", "Acquisition Cost",
        holds=Holds.AMOUNT
    ),
    make_target("currency", "Currency"),
    make_target("supplier", "Supplier", "Vendor", "Purchased From", "Bought From", "Bought At",
                "Shop", "Seller"),
    make_target(
        "order_number", "Order Number", "Order No.", "Order", "PO Number", "Purchase Order",
    ),
    make_target("warranty_months", "Warranty", "Warranty Months", "Warranty (Months)"),
    make_target(
        "eol_date", "EOL Date", "Asset EOL Date", "EOL", "End of Life", "End of Life Date",
        holds=Holds.DATE,
    ),
    make_target("notes", "Notes", "Asset Notes", "Note", "Comment", "Comments", "Remark",
                "Remarks"),
    make_target("identifiers", "Identifiers", "Identifier"),
    make_target("site", "Site", "Site Name", "Campus"),
    make_target("snipe_id", "Snipe-IT ID"),
    make_target(
        "rfid", "RFID Tag", "RFID", "EPC", "RFID EPC", "RFID Number", "RFID Tag Number",
        "RFID Code",
    ),
    make_target("barcode", "Barcode", "Bar Code", "QR Code", "Barcode Number", "NFC Tag"),
    make_target(
        "due_at", "Due Back", "Expected Checkin Date", "Expected Check-in Date", "Expected Checkin",
        "Due Date", "Due At", "Return Date", "Return By", "Expected Return",
        "Expected Return Date", holds=Holds.DATE,
    ),
    make_target(
        "deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date",
        "Date Deleted", "Deleted Date",
    ),
    make_target(
        "archived", "Archived", "Is Archived", "Archived At", "Archived On", "Retired",
        "Retired On", "Retirement Date", "Date Retired", "Decommissioned", "Decommissioned On",
        "Decommission Date", "Decommissioned Date", "Date Decommissioned",
    ),
    make_target(
        "disposed", "Disposed", "Disposed On", "Disposal Date", "Date Disposed", "Date of Disposal",
        "Scrapped", "Scrapped On", "Written Off", "Write-off Date", "Sold On", "Date Sold",
    ),
)  # fmt: skip

# Columns of Snipe-IT's exports that add nothing here: computed figures, the parts of an address,
# dates of events that its own history holds.
LEFT_OUT = header_keys(
    (
        "ID", "Device Image", "Image", "Image Filename", "QR", "Age", "EOL Rate",
        "Warranty Expires", "Current Value", "Book Value", "Diff", "Fully Depreciated",
        "Depreciation", "Address", "Address 2", "City", "State", "Country", "Zip",
        "Postal Code", "Manager", "Department", "Title", "Job Title", "Phone", "Checkout Date",
        "Last Checkout", "Last Checkin Date", "Created At",
        "Created By", "Updated At", "Last Audit", "Next Audit Date", "Next Audit",
        "URL", "Requestable", "Checkouts", "Checkins", "Requests", "Model Notes", "Change",
        "Last Seen", "Last Seen At", "Updated",
    )
)  # fmt: skip

SNIPE = SnipeFile(
    key="Asset Tag",
    marks=header_keys(
        (
        "Company", "Device Image", "Model Notes", "Asset Notes", "Checkout Type", "EOL Rate",
        "Fully Depreciated", "Requestable", "Warranty Expires", "BYOD", "Expected Checkin Date",
        "Last Checkin Date", "Checked Out To: Username", "Checked Out To: Email",
        "Checked Out To: First Name", "Checked Out To: Location", "Diff", "Next Audit Date",
        )
    ),
    headers=(
        # The number in Snipe-IT's links (/hardware/12).
        SnipeHeader("ID", "snipe_id"),
        # The custom report calls the checkout class "Type".
        SnipeHeader("Type", "checkout_type", beside="Checked Out"),
        # In Snipe-IT's own import files, "Location" is where the asset belongs.
        SnipeHeader(
            "Location", "home_location", beside="Checkout Type", without="Default Location"
        ),
    ),
)  # fmt: skip

ADDRESS = header_keys(
    ("Address", "Address 2", "Street", "City", "Zip", "Zip Code", "Postal Code", "Postcode",
     "Country", "County")
)  # fmt: skip
PERSON = header_keys(
    ("Employee No.", "Employee Number", "Manager", "Department", "Username", "First Name",
     "Last Name", "Job", "Email", "Checked Out", "Checked Out To", "Assigned To", "User")
)  # fmt: skip

FACTS = KindFacts(
    label="Assets",
    one="Asset",
    icon="box",
    link="/assets",
    order=3,
    row_means="an asset",
    known_by="its tag; upper and lower case are the same",
    targets=TARGETS,
    required=(("asset_tag",),),
    left_out=LEFT_OUT,
    export_headers=(
        "Asset Tag", "Asset Name", "Serial", "Model", "Model No.", "Category", "Manufacturer",
        "Status", "Location", "Default Location", "Checked Out To", "Purchase Date",
        "Purchase Cost", "Currency", "Supplier", "Order Number", "Warranty", "EOL Date",
        "Notes", "Identifiers",
    ),
    adds=(PLACES, PEOPLE, MODELS, CATEGORIES),
    keeps_custom=True,
    snipe=SNIPE,
    other_meanings=(OtherMeaning("state", ADDRESS), OtherMeaning("title", PERSON)),
)  # fmt: skip
