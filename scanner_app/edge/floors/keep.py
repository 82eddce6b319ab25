"""Keep the picture of a floor in the file store, and send it."""

from __future__ import annotations

from flask import Response, request

from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.attachments import JPEG, clean_filename
from scanner_app.edge.attachments.keep import SANDBOX, current_store, read_one_file
from scanner_app.edge.floors.safe_svg import clean_svg, is_svg
from scanner_app.edge.guard import require_actor
from scanner_app.edge.state import require_room, spend_budget
from scanner_app.edge.uploads import shrink_upload
from scanner_app.queries.floors.floor import PlanRow
from scanner_app.services.floors.plans import PlanFile

# Fine enough for the writing on an A1 drawing.
PLAN_SIDE = 2400
SVG_TYPE = "image/svg+xml"
ACCEPT = "image/png,image/jpeg,image/webp,image/svg+xml,application/pdf"


def keep_plan() -> PlanFile:
    """Store the one file of this request: a picture, the first page of a PDF, or a safe SVG.

    :raises Invalid: there is not one file, or it is none of them.
    :raises TooLarge, NoRoom, TooMany, Unavailable: as `shrink_upload` does.
    """
    data, name = read_one_file()
    if is_svg(data):
        require_room(len(data))
        spend_budget(require_actor().key, 1, len(data))
        svg, width, height = clean_svg(data)
        return PlanFile(
            current_store().put(svg), SVG_TYPE, clean_filename(name, ".svg"), width, height
        )
    [picture] = shrink_upload(data, sides=(PLAN_SIDE,))
    sha256 = current_store().put(picture.jpeg)
    return PlanFile(sha256, JPEG, clean_filename(name, ".jpg"), picture.width, picture.height)


def send_plan(row: PlanRow) -> Response:
    """Return the picture of a floor.

    :raises NotFound: the store does not have it, or has it damaged.
    """
    data = current_store().get(row.sha256)
    if data is None:
        raise NotFound("The picture of this floor is missing. Tell your admin to restore it.")
    response = Response(data, content_type=row.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(row.sha256)
    response.make_conditional(request)
    return response
