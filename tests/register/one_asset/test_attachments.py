"""Pictures and documents of assets: what is kept of an upload, who may add one, how it is sent."""

from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from scanner_app.domain.errors import TooLarge
from scanner_app.domain.register.attachments import (
    JPEG,
    MAX_DOCUMENT_BYTES,
    PDF,
    AttachmentKind,
    check_document,
    clean_filename,
)
from scanner_app.models import Asset, AssetModel, Attachment
from scanner_app.services.register.attachments import KeptFile, add_attachment, remove_attachment
from tests.support import on_both
from tests.support.on_both import OnBoth
from tests.support.register import add_asset, add_location

INVOICE = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
PLACE = b"Somewhere at home"
# What is kept of a file does not depend on the database; the guard of its row does.
database = on_both.database


def take_photo(size: tuple[int, int] = (2400, 1200)) -> bytes:
    """Return a photo with the camera, the place and the turn that a phone writes into it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def asset(work, now) -> str:
    with work() as session:
        room = add_location(session, "R-1", "Room", now=now)
        add_asset(session, "LT-1", location=room, now=now)
        add_asset(session, "LT-2", location=room, now=now)
        model = AssetModel(name="ThinkPad")
        session.add(model)
        session.flush()
        session.execute(Asset.__table__.update().values(model_id=model.id))  # type: ignore[attr-defined] # a Table
    return "LT-1"


def put(api, data: bytes, *, tag="LT-1", query="", number=1, name="p.jpg"):
    return api.put(
        f"/assets/{tag}/attachments/{uuid.UUID(int=number)}{query}",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )


@pytest.mark.usefixtures("asset", "reads_pictures")
class TestPictures:
    def test_are_kept_upright_and_smaller_without_where_they_were_taken(self, api, page_as):
        photo = take_photo()
        assert PLACE in photo

        added = put(api, photo)

        assert added.status_code == 200, added.text
        assert (added.json["width"], added.json["height"]) == (800, 1600)
        assert (added.json["kind"], added.json["of"]) == ("picture", "asset")
        page = page_as("viewer")
        for path, longest in (("", 1600), ("/thumb.jpg", 320)):
            answer = page.get(f"/attachments/{added.json['id']}{path}")
            kept = Image.open(io.BytesIO(answer.data))
            assert (answer.status_code, answer.content_type) == (200, JPEG)
            assert max(kept.size) == longest
            assert kept.size[1] > kept.size[0]
            assert not kept.getexif()
            assert PLACE not in answer.data

    def test_sent_again_are_added_once(self, api):
        photo = take_photo((100, 80))

        ids = {put(api, photo, number=number).json["id"] for number in (1, 1, 2)}

        assert len(ids) == 1
        assert len(api.get("/assets/LT-1/attachments").json["items"]) == 1

    def test_of_a_model_are_shown_with_each_of_its_assets(self, api, page_as):
        put(api, take_photo((100, 80)), query="?of=model")

        [shown] = api.get("/assets/LT-2/attachments").json["items"]
        page = page_as("viewer").get("/assets/LT-2").text

        assert shown["of"] == "model"
        assert f"/attachments/{shown['id']}/thumb.jpg" in page

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<script>alert(1)</script>",
            b"MZ\x90",
        ],
        ids=["empty", "svg", "html", "program"],
    )
    @pytest.mark.parametrize("kind", ["picture", "document"])
    def test_are_what_their_content_says_whatever_their_name(self, api, data, kind, work):
        answer = put(api, data, query=f"?kind={kind}", name="photo.jpg")

        assert answer.status_code == 422
        with work() as session:
            assert session.scalar(select(Attachment.id)) is None

    def test_are_added_on_the_floor_and_documents_are_not(self, api_as):
        technician = api_as("technician")

        assert put(technician, take_photo((60, 60))).status_code == 200
        assert put(technician, INVOICE, query="?kind=document").status_code == 403
        assert put(technician, take_photo((61, 61)), query="?of=model").status_code == 403
        assert put(api_as("viewer"), take_photo((62, 62))).status_code == 403


@pytest.mark.usefixtures("asset")
class TestDocuments:
    def test_are_sent_as_downloads_that_run_nothing(self, api, page_as):
        added = put(api, INVOICE, query="?kind=document", name='in/v"oice\u202e.exe')

        answer = page_as("viewer").get(f"/attachments/{added.json['id']}")

        assert answer.data == INVOICE
        assert answer.content_type == PDF
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        how = answer.headers["Content-Disposition"]
        assert how.startswith("attachment;")
        assert how.endswith(".pdf") or '.pdf"' in how
        assert "/" not in how.partition("filename=")[2].partition(";")[0]

    def test_have_a_limit(self):
        large = INVOICE + b"x" * (MAX_DOCUMENT_BYTES - len(INVOICE))

        check_document(large)
        with pytest.raises(TooLarge):
            check_document(large + b"x")

    def test_are_told_in_the_history_when_they_come_and_go(self, api):
        added = put(api, INVOICE, query="?kind=document", name="invoice.pdf").json["id"]
        removed = api.delete(f"/assets/LT-1/attachments/{added}")

        items = api.get("/assets/LT-1/history").json["items"]
        assert removed.status_code == 204
        assert [one["message"] for one in items if one["kind"] == "attachment"] == [
            "Document removed: invoice.pdf.",
            "Document added: invoice.pdf.",
        ]
        assert api.get(f"/assets/LT-1/attachments/{added}").status_code == 404
        assert api.get("/assets/LT-1/attachments").json["items"] == []

    def test_of_one_asset_are_not_found_by_another(self, api):
        added = put(api, INVOICE, query="?kind=document").json["id"]

        assert api.get(f"/assets/LT-1/attachments/{added}").status_code == 200
        assert api.get(f"/assets/LT-2/attachments/{added}").status_code == 404

    def test_whose_content_is_gone_are_not_found(self, api, tmp_path):
        added = put(api, INVOICE, query="?kind=document").json["id"]
        for path in (tmp_path / "instance" / "files").rglob("*"):
            if path.is_file():
                path.write_bytes(b"altered")

        answer = api.get(f"/assets/LT-1/attachments/{added}")

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_are_added_and_removed_on_the_page(self, page_as):
        stockroom = page_as("stockroom")
        form = {"file": (io.BytesIO(INVOICE), "invoice.pdf")}
        stockroom.post("/assets/LT-1/documents", data=form, content_type="multipart/form-data")
        shown = stockroom.get("/assets/LT-1?tab=documents").text
        link = shown[shown.index("/attachments/") :].partition('"')[0]

        gone = stockroom.post(f"{link}/removal", data={"asset": "LT-1"}, follow_redirects=True)

        assert "invoice.pdf" in shown
        assert "The file is removed." in gone.text
        assert f'href="{link}"' not in gone.text


class TestRows(OnBoth):
    def test_are_never_changed_but_their_end(self, work, asset, now, admin):
        from scanner_app.domain.access.roles import Actor, Role

        actor = Actor("user", 1, "Ana", Role.ADMIN, user_id=1)
        file = KeptFile(AttachmentKind.DOCUMENT, "ab" * 32, None, PDF, "a.pdf", 3)
        with work() as session:
            made = add_attachment(
                session, asset_tag=asset, uuid=uuid.uuid4(), file=file, actor=actor, now=now
            )
        with work() as session:
            remove_attachment(session, uuid=made, actor=actor, now=now)

        with pytest.raises(DatabaseError, match="cannot be changed"), work() as session:
            session.execute(text("UPDATE attachment SET sha256 = 'cd'"))
        with work() as session:
            row = session.scalars(select(Attachment)).one()
            assert (row.sha256, row.removed_by) == ("ab" * 32, "Ana")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("C:\\x\\in\nvoice.exe", "C__x_in_voice.pdf"),
        ("..", "file.pdf"),
        ("", "file.pdf"),
        ("Rechnung Müller.PDF", "Rechnung Müller.pdf"),
        ("a" * 300, "a" * 120 + ".pdf"),
    ],
)
def test_a_filename_is_safe_to_show_and_to_save(name, kept):
    assert clean_filename(name, ".pdf") == kept
