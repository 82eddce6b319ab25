"""Cells to values: dates, amounts and months as people and programs write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.services.imports.cells import BadCell, check_text, parse_months
from scanner_app.services.imports.dates import DateColumn, DateOrder, parse_date
from scanner_app.services.imports.money import AmountColumn, parse_amount, parse_currency


class TestParseDate:
    @pytest.mark.parametrize(
        ("text", "order", "wanted"),
        [
            ("2024-03-05", None, date(2024, 3, 5)),
            ("2024/3/5", None, date(2024, 3, 5)),
            ("2024-03-05 10:20:11", None, date(2024, 3, 5)),
            ("2024-03-05T10:20:11Z", None, date(2024, 3, 5)),
            ("5.3.2024", None, date(2024, 3, 5)),
            ("05.03.24", DateOrder.MDY, date(2024, 3, 5)),
            ("3/14/16", None, date(2016, 3, 14)),
            ("14/3/16", None, date(2016, 3, 14)),
            ("3/4/16", DateOrder.MDY, date(2016, 3, 4)),
            ("3/4/16", DateOrder.DMY, date(2016, 4, 3)),
            ("4/4/16", None, date(2016, 4, 4)),
            ("12/31/99", None, date(1999, 12, 31)),
            ("Tue Jan 05, 2016", None, date(2016, 1, 5)),
            ("Jan 5, 2016", None, date(2016, 1, 5)),
            ("05 January 2016", None, date(2016, 1, 5)),
            ("5-Jan-2016", None, date(2016, 1, 5)),
            ("2024. 03. 31.", None, date(2024, 3, 31)),
            ("15 de marzo de 2024", None, date(2024, 3, 15)),
            ("31 марта 2024 г.", None, date(2024, 3, 31)),
            ("15 Ağustos 2023", None, date(2023, 8, 15)),
            ("1 lipca 2024", None, date(2024, 7, 1)),
            ("Sonntag, 31. März 2024", None, date(2024, 3, 31)),
            ("March 5th, 2024", None, date(2024, 3, 5)),
            ("2024년 3월 31일", None, date(2024, 3, 31)),
            ("NULL", None, None),
            ("0001-01-01", None, None),
        ],
    )
    def test_reads(self, text, order, wanted):
        assert parse_date(text, order) == wanted

    @pytest.mark.parametrize(
        ("text", "order", "words"),
        [
            ("3/4/24", None, "two ways"),
            ("31/31/2024", None, "calendar"),
            ("2023-02-29", None, "calendar"),
            ("14/3/2024", DateOrder.MDY, "calendar"),
            ("4500", None, "not a date"),
            ("soon", None, "not a date"),
            ("1066-10-14", None, "likely"),
            ("5 Foo 2016", None, "not a date"),
            ("9" * 5000, None, "not a date"),
        ],
    )
    def test_refuses(self, text, order, words):
        with pytest.raises(BadCell, match=words):
            parse_date(text, order)

    @given(
        day=st.dates(date(1970, 1, 1), date(2068, 12, 31)),
        form=st.sampled_from(["%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y"]),
    )
    def test_reads_back_what_a_month_first_program_wrote(self, day, form):
        assert parse_date(day.strftime(form), DateOrder.MDY) == day


class TestDateColumn:
    @pytest.mark.parametrize(
        ("texts", "order", "is_ambiguous"),
        [
            (["3/4/24", "3/14/24"], DateOrder.MDY, False),
            (["3/4/24", "14/3/24"], DateOrder.DMY, False),
            (["3/4/24", "5/6/24"], None, True),
            (["3/4/24", "14/3/24", "3/14/24"], None, True),
            (["14/3/24", "3/14/24"], None, False),
            (["2024-03-04", "4.3.2024", "5/5/24"], None, False),
        ],
    )
    def test_shows_the_order_of_the_whole_column(self, texts, order, is_ambiguous):
        column = DateColumn()

        for text in texts:
            column.add(text)

        assert (column.order, column.is_ambiguous) == (order, is_ambiguous)


class TestParseAmount:
    @pytest.mark.parametrize(
        ("text", "sign", "wanted"),
        [
            ("1299.90", None, (129990, None)),
            ("1299,9", None, (129990, None)),
            ("1,299.90", None, (129990, None)),
            ("1.299,90", None, (129990, None)),
            ("1,234", None, (123400, None)),
            ("1.234", None, (123400, None)),
            ("1.234.567", None, (123456700, None)),
            ("1,200", ",", (120, None)),
            ("$1,200.50", None, (120050, None)),
            ("€ 1.200,-", None, (120000, "EUR")),
            ("1 200,50 €", None, (120050, "EUR")),
            ("1\u00a0200,50", None, (120050, None)),
            ("1'200.50", None, (120050, None)),
            ("USD 12", None, (1200, "USD")),
            ("12 CHF", None, (1200, "CHF")),
            ("0", None, (0, None)),
            ("0.125", None, (13, None)),
            ("1299.995", None, (130000, None)),
            ("CHF 1’299.–", None, (129900, "CHF")),
            ("Rs 500", None, (50000, "INR")),
            ("12.50 TL", None, (1250, "TRY")),
            ("￥1,200", None, (120000, "JPY")),
        ],
    )
    def test_reads(self, text, sign, wanted):
        assert parse_amount(text, sign) == wanted

    @pytest.mark.parametrize(
        ("text", "sign", "words"),
        [
            ("-3", None, "below zero"),
            ("abc", None, "not an amount"),
            ("", None, "not an amount"),
            ("1.299,90", ".", "before the cents"),
            ("1,2,3", ".", "before the cents"),
            ("9" * 30, None, "too large"),
            ("=1+1", None, "not an amount"),
            ("1e9", None, "not an amount"),
        ],
    )
    def test_refuses(self, text, sign, words):
        with pytest.raises(BadCell, match=words):
            parse_amount(text, sign)

    @given(cents=st.integers(0, 10**12), style=st.sampled_from(["plain", "us", "de", "ch"]))
    def test_reads_back_what_a_program_wrote(self, cents, style):
        whole, part = divmod(cents, 100)
        text = {
            "plain": f"{whole}.{part:02d}",
            "us": f"{whole:,}.{part:02d}",
            "de": f"{whole:,}".replace(",", ".") + f",{part:02d}",
            "ch": f"{whole:,}".replace(",", "'") + f".{part:02d}",
        }[style]

        assert parse_amount(text, None) == (cents, None)


class TestAmountColumn:
    @pytest.mark.parametrize(
        ("texts", "sign"),
        [
            (["1,234", "12.50"], "."),
            (["1.234", "12,50"], ","),
            (["1.234,50"], ","),
            (["1,234", "5,678"], None),
            (["12.50", "12,50"], None),
        ],
    )
    def test_shows_the_decimal_sign_of_the_whole_column(self, texts, sign):
        column = AmountColumn()

        for text in texts:
            column.add(text)

        assert column.decimal_sign == sign


class TestOthers:
    @pytest.mark.parametrize(
        ("text", "months"),
        [("36", 36), ("36 months", 36), ("36.0", 36), ("3 years", 36), ("1 year", 12), ("0", 0)],
    )
    def test_parse_months_reads_months_and_years(self, text, months):
        assert parse_months(text) == months

    @pytest.mark.parametrize("text", ["x", "-1", "3 parsecs", "99999", "2000 years"])
    def test_parse_months_refuses_other_text(self, text):
        with pytest.raises(BadCell):
            parse_months(text)

    def test_parse_currency_takes_three_letters(self):
        assert parse_currency("eur") == "EUR"
        assert parse_currency("€") == "EUR"
        with pytest.raises(BadCell, match="EUR"):
            parse_currency("Taler")

    @pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\nb", "x" * 256])
    def test_check_text_refuses_what_a_database_cannot_store(self, text):
        with pytest.raises(BadCell):
            check_text(text)
