"""Location files: the names are those of Snipe-IT's files, of our export, and what people write."""

from __future__ import annotations

from scanner_app.domain.imports.kind import PLACES, KindFacts, header_keys, make_target

TARGETS = (
    make_target("code", "Code", "Location Code", "Barcode", "Number"),
    make_target("name", "Name", "Location", "Location Name", "Title", "Room"),
    make_target("kind", "Kind", "Type", "Location Type"),
    make_target(
        "parent", "Parent", "Parent Location", "Inside", "Parent Code", "Parent Name", "Building"
    ),
    make_target(
        "deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date",
    ),
)  # fmt: skip

LEFT_OUT = header_keys(
    (
        "ID", "Address", "Address2", "Address 2", "City", "State", "Country", "Zip", "Manager",
        "Manager Username", "Currency", "Image", "Assets", "Assigned Assets", "Users",
        "LDAP OU", "Phone", "Fax", "Created At", "Updated At", "Notes", "Company", "Path",
        "Full Name",
    )
)  # fmt: skip

FACTS = KindFacts(
    label="Locations",
    one="Location",
    icon="place",
    link="/locations",
    order=1,
    row_means="a location",
    known_by="its code; without a code, its name (inside its parent, where the row names one)",
    targets=TARGETS,
    required=(("code", "name"),),
    left_out=LEFT_OUT,
    export_headers=("Code", "Name", "Kind", "Parent"),
    adds=(PLACES,),
)
