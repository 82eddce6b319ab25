"""Words that tables have for nothing, for no tag, and in its last line."""

# ruff: noqa: RUF001 - letters and signs of other scripts are what this module reads

from __future__ import annotations

import re

# Words that people and programs write where they know nothing.
BLANKS = frozenset(
    (
        "-", "--", "---", "–", "—", ".", "?", "??", "???", "/", "n/a", "na", "n.a.", "n.a", "#n/a",
        "#value!", "#ref!", "#name?", "#null!", "#num!", "#div/0!", "null", "nil", "none", "(none)",
        "nan", "undefined", "(blank)", "blank", "empty", "(empty)", "unknown", "tbc", "tbd", "tba",
        "t.b.d.", "t.b.c.", "to be confirmed", "to be determined", "not applicable",
        "not available", "not assigned", "not set", "unassigned", "keine", "k.a.", "k. a.",
        "unbekannt", "entfällt", "inconnu", "aucun", "aucune", "ninguno", "ninguna", "desconocido",
        "nessuno", "onbekend", "geen", "n.v.t.", "nvt", "brak", "okänd", "ingen", "ukjent",
    )
)  # fmt: skip
_NOT = (
    "no|not|without|missing|kein|keine|keinen|ohne|sans|pas d[e'’]|sin|geen|zonder|senza|sem|bez"
    "|brak"
    "|без|нет|немає|utan|uten|uden|ingen|inget|ilman|ei|nincs|fără|fara|nema|χωρίς|tanpa|不|无|無|没有"
)
_TAG = (
    "tag|tags|label|sticker|number|nr|nummer|no|code|barcode|id|yet|tagged|labelled|labeled"
    "|etikett|etikette|aufkleber|étiquette|etiquette|numéro|numero|número|etiqueta|placa|etichetta"
    "|etiket|etiketu|etykiety|etykieta|naklejki|numeru|numer|kodu|štítku|štítek|čísla|číslo|nálepky"
    "|номера|номер|метки|этикетки|наклейки|бирки|märkning|etikett|merking|merke|mærkat|tarraa"
    "|tunnusta|címke|címkéje|etichetă|oznake|naljepnice|ετικέτα|标签|編號|编号|標籤|番号"
)
NO_TAGS = re.compile(
    rf"(?:{_NOT})[ .\-]*(?:(?:asset|inventar|inventory)[ \-]*)?(?:{_TAG})\.?", re.IGNORECASE
)
TOTALS = re.compile(
    r"(?:(?:grand |sub[ \-]?|over)?(?:total|totals|totaux|sum|count|summe|gesamt|gesamtsumme"
    r"|zwischensumme|anzahl|total general|total général|total geral|totale|totale generale|totaal"
    r"|subtotaal|suma|razem|łącznie|celkem|celkom|součet|summa|summa totalt|totalt|i alt|sum total"
    r"|yhteensä|toplam|genel toplam|összesen|ukupno|skupaj|iš viso|kopā|kokku|итого|всего|разом"
    r"|усього"
    r"|общо|укупно|σύνολο|γενικό σύνολο|合計"
    r"|合计|总计|總計|小計|小计|총계|합계|소계|الإجمالي|المجموع"
    r"|סה\"כ|סה״כ|סך הכל|รวม|รวมทั้งหมด|कुल|tổng|tổng cộng|jumlah|average|mean)"
    r"(?: (?:assets?|items?|count|value|cost|rows?|amount|sum))?"
    r"|(?:number|no\.|count|anzahl|nombre|número|numero|liczba|počet|количество|aantal|antal)"
    r" (?:of |der |de |di |van )?[^\W\d]+(?: [^\W\d]+)?)"
    r"\s*[:=]?\s*\(?[\d.,]*\)?",
    re.IGNORECASE,
)
# Of a tag, these say the same; of a note or a name they may be the value.
NOT_YET = frozenset(
    ("pending", "to follow", "missing", "untagged", "unlabelled", "unlabeled", "see notes",
     "same as above", "ditto", "xxx", "xxxx", "lost", "lost label", "label missing",
     "ohne", "folgt", "fehlt", "sans", "keiner", "keins", "n/v", "нет", "нету", "немає", "なし",
     "無し",
     "无", "無",
     "没有", "없음", "무", "puuttuu", "ei ole", "mangler", "saknas", "utan", "uten", "uden",
     "etiketsiz", "yok", "žádný", "žádná", "bez", "nincs", "nema", "fără", "lipsă", "sem", "sin",
     "senza", "zonder", "χωρίς", "אין", "ללא",
     "بدون", "لا يوجد", "ไม่มี", "कोई नहीं", "không",
     "tidak ada")
)  # fmt: skip
