"""Dates and money in the languages and currencies in which spreadsheets write them."""

from __future__ import annotations

from datetime import date

import pytest

from scanner_app.services.imports.cells import BadCell
from scanner_app.services.imports.dates import parse_date
from scanner_app.services.imports.money import AmountColumn, parse_amount

# As CLDR lists them: in full, in the form that stands beside a day, then short.
MONTHS = {
    "en": (
        "January February March April May June July August September October November "
        "December Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    ),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember "
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre "
        "décembre janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre ene feb mar abr may jun jul ago sept oct nov dic"
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre "
        "novembre dicembre gen feb mar apr mag giu lug ago set ott nov dic"
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
        "dezembro jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november "
        "december jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec."
    ),
    "pl": (
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
        "listopada grudnia sty lut mar kwi maj cze lip sie wrz paź lis gru"
    ),
    "cs": (
        "ledna února března dubna května června července srpna září října listopadu prosince "
        "led úno bře dub kvě čvn čvc srp zář říj lis pro"
    ),
    "sk": (
        "januára februára marca apríla mája júna júla augusta septembra októbra novembra "
        "decembra jan feb mar apr máj jún júl aug sep okt nov dec"
    ),
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
        "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек."
    ),
    "uk": (
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада "
        "грудня січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд."
    ),
    "bg": (
        "януари февруари март април май юни юли август септември октомври ноември декември "
        "яну фев март апр май юни юли авг сеп окт ное дек"
    ),
    "sv": (
        "januari februari mars april maj juni juli augusti september oktober november "
        "december jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec."
    ),
    "no": (
        "januar februar mars april mai juni juli august september oktober november desember "
        "jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des."
    ),
    "da": (
        "januar februar marts april maj juni juli august september oktober november december "
        "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec."
    ),
    "fi": (
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta "
        "elokuuta syyskuuta lokakuuta marraskuuta joulukuuta tammi helmi maalis huhti touko "
        "kesä heinä elo syys loka marras joulu"
    ),
    "tr": (
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık Oca Şub "
        "Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara"
    ),
    "hu": (
        "január február március április május június július augusztus szeptember október "
        "november december jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec."
    ),
    "ro": (
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie "
        "noiembrie decembrie ian. feb. mar. apr. mai iun. iul. aug. sept. oct. nov. dec."
    ),
    "hr": (
        "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada "
        "studenoga prosinca sij velj ožu tra svi lip srp kol ruj lis stu pro"
    ),
    "sl": (
        "januar februar marec april maj junij julij avgust september oktober november "
        "december jan. feb. mar. apr. maj jun. jul. avg. sep. okt. nov. dec."
    ),
    "sr": (
        "januar februar mart april maj jun jul avgust septembar oktobar novembar decembar "
        "јануар фебруар март април мај јун јул август септембар октобар новембар децембар"
    ),
    "et": (
        "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november "
        "detsember jaan veebr märts apr mai juuni juuli aug sept okt nov dets"
    ),
    "lv": (
        "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris "
        "novembris decembris janv. febr. marts apr. maijs jūn. jūl. aug. sept. okt. nov. "
        "dec."
    ),
    "lt": (
        "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio "
        "lapkričio gruodžio saus. vas. kov. bal. geg. birž. liep. rugp. rugs. spal. lapkr. "
        "gruod."
    ),
    "el": (
        "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου "
        "Οκτωβρίου Νοεμβρίου Δεκεμβρίου Ιαν Φεβ Μαρ Απρ Μαΐ Ιουν Ιουλ Αυγ Σεπ Οκτ Νοε Δεκ"
    ),
    "ca": (
        "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre "
        "gen. febr. març abr. maig juny jul. ag. set. oct. nov. des."
    ),
    "id": (
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November "
        "Desember Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des"
    ),
    "he": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "th": (
        "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม"
    ),
    "hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
}
# One word, two months: which of them, nobody can tell.
EITHER = {"listopada", "lip", "lis", "srp", "listopad"}
MONEY = [
    ("¥1,299", 129900, "JPY"),
    ("￥１，２９９", 129900, "JPY"),
    ("SFr. 1'299.90", 129990, "CHF"),
    ("CHF 1'299.90", 129990, "CHF"),
    ("1 299,90 kr", 129990, None),
    ("kr. 1.299,90", 129990, None),
    ("1.299,90 kr.", 129990, None),
    ("₹ 1,25,000.00", 12500000, "INR"),
    ("Rs. 1,25,000/-", 12500000, "INR"),
    ("INR 1,25,000", 12500000, "INR"),
    ("1 299,90 Kč", 129990, "CZK"),
    ("1.299,- €", 129900, "EUR"),
    ("€ 1.299,–", 129900, "EUR"),
    ("1'299.–", 129900, None),
    ("Fr. 1'299.–", 129900, "CHF"),
    ("$1,299.90 USD", 129990, "USD"),
    ("USD$ 1,299.90", 129990, "USD"),
    ("MXN 1,299.90", 129990, "MXN"),
    ("1299.90 zł", 129990, "PLN"),
    ("1 299,90 грн.", 129990, "UAH"),
    ("1 299,90 ₽", 129990, "RUB"),
    ("RM1,299.90", 129990, "MYR"),
    ("R 1 299,90", 129990, "ZAR"),
    ("R1,299.90", 129990, "ZAR"),
    ("Rp 1.299.900", 129990000, "IDR"),
    ("Rp1.299.900,00", 129990000, "IDR"),
    ("₫ 1.299.900", 129990000, "VND"),
    ("1.299.900 ₫", 129990000, "VND"),
    ("1.299.900 đ", 129990000, "VND"),
    ("฿1,299.90", 129990, "THB"),
    ("1,299.90 บาท", 129990, "THB"),
    ("₱1,299.90", 129990, "PHP"),
    ("NT$1,299", 129900, "TWD"),
    ("HK$1,299.90", 129990, "HKD"),
    ("S/ 1,299.90", 129990, "PEN"),
    ("S/. 1,299.90", 129990, "PEN"),
    ("AED 1,299.90", 129990, "AED"),
    ("د.إ 1,299.90", 129990, "AED"),
    ("1,299.90 SAR", 129990, "SAR"),
    ("₪1,299.90", 129990, "ILS"),
    ("1299.90€", 129990, "EUR"),
    ("EUR1299.90", 129990, "EUR"),
    ("1 299,90 €", 129990, "EUR"),
    ("1 299,90 €", 129990, "EUR"),
    ("1’299.90", 129990, None),
    ("1,299.9", 129990, None),
    ("1299,9", 129990, None),
    ("1.299", 129900, None),
    ("KSh 1,299.90", 129990, "KES"),
    ("KES 1,299.90", 129990, "KES"),
    ("₦1,299.90", 129990, "NGN"),
    ("E£ 1,299.90", 129990, "EGP"),
    ("TL 1.299,90", 129990, "TRY"),
    ("1.299,90 TL", 129990, "TRY"),
    ("₺1.299,90", 129990, "TRY"),
    ("1 299,90 лв.", 129990, "BGN"),
    ("1.299,90 lei", 129990, "RON"),
    ("1 299,90 Ft", 129990, "HUF"),
    ("129 990 Ft", 12999000, "HUF"),
    ("1299,90 kn", 129990, "HRK"),
    ("1.299,90 din.", 129990, "RSD"),
    ("DKK 1.299,90", 129990, "DKK"),
    ("1.299,90 DKK", 129990, "DKK"),
    ("Col$ 1.299.900", 129990000, "COP"),
    ("$ 1.299.900", 129990000, None),
    ("B/. 1,299.90", 129990, "PAB"),
    ("C$1,299.90", 129990, "CAD"),
    ("Q1,299.90", 129990, "GTQ"),
    ("1,299.90 US$", 129990, "USD"),
    ("1299.90 EURO", 129990, "EUR"),
    ("1299.90 Euros", 129990, "EUR"),
    ("12,99,999.50", 129999950, None),
    ("１２９９円", 129900, "JPY"),
    ("1,299円", 129900, "JPY"),
    ("1,299 元", 129900, "CNY"),
    ("1,299元", 129900, "CNY"),
    ("CN¥1,299.90", 129990, "CNY"),
    ("1,299.90원", 129990, "KRW"),
    ("₩1,299,000", 129900000, "KRW"),
    ("1,299,000원", 129900000, "KRW"),
]


class TestMonths:
    @pytest.mark.parametrize("language", MONTHS)
    def test_are_read_in_full_and_short(self, language):
        for at, name in enumerate(MONTHS[language].split()):
            for text in (f"17 {name} 2024", f"17. {name} 2024", f"17-{name}-24"):
                if name.rstrip(".") in EITHER:
                    with pytest.raises(BadCell, match="as a number"):
                        parse_date(text, None)
                else:
                    assert parse_date(text, None) == date(2024, at % 12 + 1, 17), text

    @pytest.mark.parametrize(
        "text",
        ["Sunday, March 17, 2024", "domingo, 17 de marzo de 2024", "dimanche 17 mars 2024",
         "So., 17. März 2024", "17.3.2024 klo 12.30", "17 марта 2024 г.", "2024 m. kovo 17 d.",
         "2024. gada 17. marts", "2024年3月17日", "2024. 3. 17.", "١٧/٠٣/٢٠٢٤", "17/03/24 10:22 PM",
         "Mar 17, 2024 10:22:33 AM", "March 17th, 2024"],
    )  # fmt: skip
    def test_stand_among_other_words(self, text):
        assert parse_date(text, None) == date(2024, 3, 17)

    @pytest.mark.parametrize("day", ["martes", "mardi", "maanantaina", "martedì"])
    def test_are_not_the_names_of_days(self, day):
        assert parse_date(f"{day} 17 april 2024", None) == date(2024, 4, 17)

    @pytest.mark.parametrize(
        "text", ["17/03/2567", "17 nowhere 2024", "May or June 2024", "31 feb 2024"]
    )
    def test_that_are_none_are_refused(self, text):
        with pytest.raises(BadCell):
            parse_date(text, None)


class TestMoney:
    @pytest.mark.parametrize(("text", "cents", "currency"), MONEY)
    def test_of_the_world_is_read(self, text, cents, currency):
        column = AmountColumn()
        column.add(text)

        assert parse_amount(text, column.decimal_sign) == (cents, currency)

    @pytest.mark.parametrize(
        "text",
        ["1.29990E+03", "about 1299", "1299 or 1399", "1299 руб. 90 коп.", "1万2990円", "R2D2"],
    )
    def test_that_is_not_clear_is_refused(self, text):
        with pytest.raises(BadCell):
            parse_amount(text, None)
