"""The print page: what it lists, what it shows, and what it returns as a file."""

from __future__ import annotations

import html
import re

import pypdfium2
import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.usefixtures("office")


def codes_on(text: str) -> list[str]:
    found = re.search(r"<textarea[^>]*name=\"codes\"[^>]*>(.*?)</textarea>", text, re.DOTALL)
    return html.unescape(found[1]).split()


def open_page(client: FlaskClient, query: str, status: int = 200) -> str:
    answer = client.get(f"/labels?{query}")
    assert answer.status_code == status
    return answer.text


class TestWhatIsListed:
    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("code=LT-1&code=LT-2", ["LT-1", "LT-2"]),
            ("codes=LT-1%0ALT-2,LT-1;R-101", ["LT-1", "LT-2", "R-101"]),
            ("location=R-101", ["R-101", "LT-1", "LT-2"]),
            ("person=1001", ["1001", "LT-3"]),
        ],
    )
    def test_is_what_the_address_names(self, admin, query: str, codes: list[str]):
        assert codes_on(open_page(admin, query)) == codes

    def test_is_the_selection_that_a_list_posts(self, admin):
        answer = admin.post("/labels", data={"code": ["LT-2", "LT-1"]})

        assert codes_on(answer.text) == ["LT-2", "LT-1"]
        assert "2 labels on 1 sheet" in answer.text

    def test_names_the_codes_that_are_not_known(self, admin):
        text = open_page(admin, "code=LT-1&code=NO-1")

        assert "Not known here: NO-1" in text
        assert "1 label on 1 sheet" in text

    def test_is_a_sample_without_a_code(self, admin):
        text = open_page(admin, "")

        assert "A sample: enter codes" in text
        assert re.search(r"<button[^>]*value=\"pdf\"[^>]*disabled", text)

    def test_of_a_location_that_is_not_there_is_an_error(self, admin):
        open_page(admin, "location=NOWHERE", 404)


class TestPreview:
    def test_says_what_the_code_says(self, admin):
        text = open_page(admin, "code=LT-1&stock=avery-l7160")

        assert "HTTP://LOCALHOST/A/LT-1" in text

    def test_says_why_a_design_does_not_fit(self, admin):
        text = open_page(admin, "code=LT-1&stock=brother-dk-11221&design=barcode")

        assert re.search(r"LT-1: This Code 128 must be [\d.]+ mm wide to be read", text)
        assert re.search(r"<button[^>]*value=\"pdf\"[^>]*disabled", text)

    def test_of_a_form_that_cannot_be_read_is_the_form_with_the_reason(self, admin):
        answer = admin.post(
            "/labels", data={"codes": "LT-1", "stock": "avery-l7160", "copies": "99"}
        )

        assert answer.status_code == 422
        assert "Use a number from 1 to 50." in answer.text
        assert 'value="99"' in answer.text

    def test_is_answered_alone_to_a_script(self, admin):
        answer = admin.post(
            "/labels",
            data={"codes": "LT-1", "stock": "avery-l7160"},
            headers={"HX-Request": "true"},
        )

        assert answer.text.lstrip().startswith("<form")


class TestFile:
    def test_is_a_pdf_with_a_label_for_each(self, admin):
        answer = admin.post(
            "/labels/print",
            data={"codes": "LT-1\nR-101\n1001", "stock": "dymo-11352", "form": "pdf"},
        )

        document = pypdfium2.PdfDocument(answer.data)
        texts = [page.get_textpage().get_text_range() for page in document]
        document.close()
        assert [text.split()[0] for text in texts] == ["LT-1", "R-101", "1001"]
        assert answer.headers["Content-Disposition"].endswith('filename="labels-dymo-11352.pdf"')

    def test_in_zpl_holds_no_text_of_the_register(self, admin):
        answer = admin.post(
            "/labels/print", data={"codes": "LT-9", "stock": "zebra-50x25", "form": "zpl"}
        )

        assert answer.status_code == 200
        assert answer.data.count(b"^XZ") == 1
        assert b"~JA" not in answer.data

    def test_with_a_code_that_is_not_known_is_refused(self, admin):
        answer = admin.post("/labels/print", data={"codes": "NO-1", "stock": "dymo-11352"})

        assert answer.status_code == 422
        assert "is not known here" in html.unescape(answer.text)

    def test_keeps_stock_and_design_for_the_next_time(self, admin):
        admin.post(
            "/labels/print",
            data={"codes": "LT-1", "stock": "dymo-30334", "design": "barcode", "copies": "3"},
        )
        text = open_page(admin, "code=LT-2")

        assert re.search(r"<option value=\"dymo-30334\" selected", text)
        assert re.search(r"value=\"barcode\"\s+checked", text)
        assert re.search(r"name=\"copies\"\s+type=\"number\"\s+value=\"1\"", text)

    def test_is_for_those_who_print_alone(self, page_as):
        technician = page_as("technician")

        assert technician.get("/labels").status_code == 403
        assert "Print label" not in technician.get("/assets/LT-1").text
        assert "Print label" in page_as("stockroom").get("/assets/LT-1").text


class TestLinksOnLabels:
    @pytest.mark.parametrize(
        ("path", "target"),
        [
            ("/A/LT-1", "/assets/LT-1"),
            ("/L/R-101", "/locations/R-101"),
            ("/P/1001", "/people/1001"),
        ],
    )
    def test_open_in_capitals_too(self, admin, path: str, target: str):
        assert admin.get(path).headers["Location"] == target
