"""Labels printed: from things and an order to a file, and the pictures that show it before."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent, write_link
from scanner_app.domain.labels.order import MAX_LABELS, PrintForm, PrintOrder
from scanner_app.domain.labels.own_designs import pick_design
from scanner_app.domain.labels.parts import Design
from scanner_app.domain.labels.stock import DOTS_PER_INCH
from scanner_app.queries.labels.things import LabelledThing
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.lay_out import lay_out
from scanner_app.services.labels.marks import LaidLabel
from scanner_app.services.labels.picture import draw_bits, lacks_font, write_png
from scanner_app.services.labels.sheets import Imposition, draw_page, write_pdf, write_test_page
from scanner_app.services.labels.zpl import write_zpl


@dataclass(frozen=True, slots=True)
class Laid:
    """Labels that are ready, and what is wrong with those that are not.

    :param labels: each with the thing that it is for.
    :param problems: one sentence for each thing that has no label.
    :param cut: the codes of the things of which a text is cut.
    """

    labels: tuple[tuple[LabelContent, LaidLabel], ...]
    problems: tuple[str, ...]
    cut: tuple[str, ...]


def describe_things(
    things: Sequence[LabelledThing], *, base_url: str, gs1_prefix: str, owner: str
) -> list[LabelContent]:
    """Return what may be on the label of each thing.

    :param gs1_prefix: an asset without a GIAI gets one from the company prefix and its tag.
    """
    return [
        LabelContent(
            kind=thing.kind,
            code=thing.code,
            link=write_link(base_url, thing.kind, thing.code) if base_url and thing.code else "",
            giai=thing.giai
            or (f"{gs1_prefix}{thing.code}" if gs1_prefix and thing.kind == "asset" else ""),
            serial=thing.serial,
            texts={**thing.texts, "name": thing.name, "owner": owner},
            category_id=thing.category_id,
        )
        for thing in things
    ]


def lay_all(contents: Sequence[LabelContent], order: PrintOrder, *, fonts: Path) -> Laid:
    """Return the labels of an order, each thing's copies not counted."""
    load_fonts(fonts)
    built: dict[str, Design] = {}
    labels: list[tuple[LabelContent, LaidLabel]] = []
    problems: dict[str, None] = {}
    cut: list[str] = []
    for content in contents:
        if not content.code:
            name = content.text_of("name")
            problems[f"{name} has no number, and therefore no label. Add a number first."] = None
            continue
        try:
            design = pick_design(order.design, content, order.stock)
            if design.key not in built:
                built[design.key] = design.build(order.stock, content=order.content)
            label = lay_out(built[design.key], order.stock, content, dpi=order.dpi)
        except Invalid as error:
            problems[f"{content.code}: {error.message}"] = None
            continue
        labels.append((content, label))
        if label.is_cut:
            cut.append(content.code)
    return Laid(tuple(labels), tuple(problems), tuple(cut))


def print_labels(
    contents: Sequence[LabelContent], order: PrintOrder, form: PrintForm, *, fonts: Path
) -> bytes:
    """Return the file that prints the labels.

    :raises Invalid: there is nothing to print, too much, or a label that cannot be printed.
    """
    labels = _lay_or_refuse(contents, order, fonts=fonts)
    if form is PrintForm.PNG:
        bits = draw_bits(labels[0], fonts=fonts)
        return write_png(bits, dpi=DOTS_PER_INCH[order.dpi])
    if form is PrintForm.ZPL:
        return b"".join(
            write_zpl(draw_bits(one, fonts=fonts), copies=order.copies) for one in labels
        )
    out = io.BytesIO()
    title = f"Labels {order.stock.maker} {order.stock.name}"
    copied = [label for label in labels for _ in range(order.copies)]
    write_pdf(out, copied, impose(order), title=title)
    return out.getvalue()


def print_each(contents: Sequence[LabelContent], order: PrintOrder, *, fonts: Path) -> bytes:
    """Return ZPL with one line for each label that comes out, so that a person can count them.

    :raises Invalid: as `print_labels`.
    """
    labels = _lay_or_refuse(contents, order, fonts=fonts)
    return b"".join(write_zpl(draw_bits(one, fonts=fonts)) * order.copies for one in labels)


def _lay_or_refuse(
    contents: Sequence[LabelContent], order: PrintOrder, *, fonts: Path
) -> list[LaidLabel]:
    laid = lay_all(contents, order, fonts=fonts)
    if laid.problems:
        raise Invalid(laid.problems[0], errors={"things": list(laid.problems)}, code="unprintable")
    if not laid.labels:
        raise Invalid("Choose what to print labels for.", errors={"things": ["Missing."]})
    if len(laid.labels) * order.copies > MAX_LABELS:
        raise Invalid(
            f"These are {len(laid.labels) * order.copies:,} labels. Print at most {MAX_LABELS:,}"
            " at once.",
            errors={"copies": ["Too many."]},
        )
    return [label for _, label in laid.labels]


def print_test_page(order: PrintOrder, *, fonts: Path) -> bytes:
    """Return a PDF with the outlines of all labels of a page and a ruler."""
    load_fonts(fonts)
    out = io.BytesIO()
    write_test_page(out, impose(order))
    return out.getvalue()


def show_label(label: LaidLabel, *, fonts: Path) -> bytes:
    """Return the picture of a label: its own dots."""
    return write_png(draw_bits(label, fonts=fonts), dpi=DOTS_PER_INCH[label.dpi])


def show_sheet(laid: Laid, order: PrintOrder, *, fonts: Path) -> bytes:
    """Return the picture of the first page."""
    labels = [label for _, label in laid.labels for _ in range(order.copies)]
    return draw_page(labels[: order.stock.a_page], impose(order), fonts=fonts)


def count_pages(count: int, order: PrintOrder) -> int:
    """Return how many pages a number of labels takes."""
    a_page = order.stock.a_page
    return -(-(order.start - 1 + count) // a_page) if count else 0


def impose(order: PrintOrder) -> Imposition:
    return Imposition(order.stock, order.start - 1, order.shift)


def is_boxed(laid: Laid, *, fonts: Path) -> bool:
    """Return whether pictures show characters as boxes, because this machine has no font."""
    return any(lacks_font(label, fonts=fonts) for _, label in laid.labels)
