"""People files: the names are those of Snipe-IT's files, of our export, and what people write."""

from __future__ import annotations

from scanner_app.domain.imports.kind import KindFacts, header_keys, make_target

TARGETS = (
    make_target(
        "number", "Number", "Employee Number", "Employee No.", "Employee ID", "Personnel Number",
        "Person Number", "Staff Number",
    ),
    make_target("name", "Name", "Full Name", "Display Name"),
    make_target("first_name", "First Name", "Given Name", "Firstname", "First"),
    make_target("last_name", "Last Name", "Surname", "Family Name", "Lastname", "Last"),
    make_target("email", "Email", "E-Mail", "Email Address", "Mail"),
    make_target("username", "Username", "User Name", "Login", "Account"),
    make_target("department", "Department", "Team", "Cost Centre", "Cost Center"),
    make_target("badges", "Badges", "Badge", "Badge Number", "Card", "Card Number"),
    make_target(
        "deleted", "Deleted", "Deleted At", "Deleted On", "Is Deleted", "Deletion Date",
    ),
)  # fmt: skip

LEFT_OUT = header_keys(
    (
        "ID", "Activated", "Location", "Address", "City", "State", "Country", "Postal Code",
        "Zip", "Website", "Phone", "Job Title", "Title", "Notes", "Company", "Manager",
        "Remote", "VIP", "Start Date", "End Date", "Gravatar", "Avatar", "Groups", "Assets",
        "Licenses", "Accessories", "Consumables", "Last Login", "Created At", "Updated At",
    )
)  # fmt: skip

FACTS = KindFacts(
    label="People",
    one="Person",
    icon="people",
    link="/people",
    order=2,
    row_means="a person",
    known_by="number, e-mail, username or badge, in this order; by name alone only where nothing "
    "else contradicts it",
    targets=TARGETS,
    required=(("name", "first_name", "last_name"),),
    left_out=LEFT_OUT,
    export_headers=("Number", "Name", "Email", "Username", "Department", "Badges"),
)
