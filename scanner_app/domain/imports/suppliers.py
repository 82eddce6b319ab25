"""Supplier files: the names are those of Snipe-IT's import and list, and what people write.

A supplier has one text for how to reach it. Each column of an address becomes a line of it.
"""

from __future__ import annotations

from scanner_app.domain.imports.kind import KindFacts, header_keys, make_target

# The lines of a contact, in their order: target, and the word before it.
CONTACT_LINES = (
    ("contact", ""),
    ("phone", "Phone "),
    ("fax", "Fax "),
    ("email", ""),
    ("url", ""),
    ("address", ""),
    ("address2", ""),
)
# These make one line together.
TOWN = ("zip", "city", "state", "country")

TARGETS = (
    make_target("name", "Name", "Supplier", "Supplier Name", "Vendor", "Vendor Name", "Company"),
    make_target("roles", "Roles", "Role", "Does for us", "Supplier Type"),
    make_target("contact", "Contact", "Contact Name", "Contact Person"),
    make_target("phone", "Phone", "Telephone", "Phone Number"),
    make_target("fax", "Fax"),
    make_target("email", "Email", "E-Mail", "Email Address"),
    make_target("url", "URL", "Website", "Web Site"),
    make_target("address", "Address", "Street", "Address 1"),
    make_target("address2", "Address 2", "Address2"),
    make_target("zip", "ZIP", "Postal Code", "Zip Code", "Postcode"),
    make_target("city", "City", "Town"),
    make_target("state", "State", "Province", "Region"),
    make_target("country", "Country"),
    make_target("notes", "Notes", "Note", "Comment"),
    make_target("deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date"),
)

LEFT_OUT = header_keys(
    ("ID", "Image", "Tag Color", "Assets", "Licenses", "Accessories", "Components", "Consumables",
     "Created At", "Updated At", "Created By", "Actions")
)  # fmt: skip

FACTS = KindFacts(
    label="Suppliers",
    one="Supplier",
    icon="in",
    link="/suppliers",
    order=3,
    row_means="a supplier",
    known_by="its name; upper and lower case are the same",
    targets=TARGETS,
    required=(("name",),),
    left_out=LEFT_OUT,
    export_headers=("Name", "Roles", "Contact", "Notes"),
)
