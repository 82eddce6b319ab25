"""The names of months in the languages in which spreadsheets write them."""

# ruff: noqa: RUF001 - letters and signs of other scripts are what this module reads

from __future__ import annotations

# The months of each language, by beginnings that no other month of any language here has.
STEMS: tuple[tuple[str, ...], ...] = (
    ("jan", "ene", "gen", "sty", "led", "янв", "січ", "oca", "tam", "ιαν", "jän", "sij",
     "ian", "јан", "яну", "jaa", "saus", "ינו", "يناير", "มกร", "जन"),
    ("feb", "fév", "fev", "lut", "úno", "фев", "лют", "şub", "hel", "φεβ", "velj",
     "феб", "veeb", "vas", "פבר", "فبر", "กุม", "फ\u093cर", "फर"),
    ("mar", "mär", "mrz", "maa", "brez", "břez", "бер", "мрт", "maart", "mrt", "μαρ", "ožu",
     "márc", "bře", "kov", "мар", "מרץ", "מרס", "مار", "มีน", "मार्च"),
    ("apr", "avr", "abr", "kwi", "dub", "апр", "кві", "nis", "huh", "απρ", "tra", "ápr",
     "bal", "אפר", "أبر", "ابر", "เมษ", "अप्र"),
    ("may", "mai", "maj", "mag", "mei", "kvě", "мая", "май", "тра", "tou", "μαϊ", "μαι", "máj",
     "мај", "svi", "geg", "מאי", "ماي", "พฤษภ"),
    ("jun", "juin", "giu", "cze", "červn", "июн", "чер", "haz", "kes", "ιουν", "jún",
     "lipn", "lipanj", "юни", "iun", "јун", "juun", "jūn", "čvn", "birž", "יונ", "يون", "มิถ", "जून"),
    ("jul", "juil", "lug", "červenc", "июл", "лип", "tem", "hei", "ιουλ", "júl",
     "lipc", "lipiec", "srpn", "srpanj", "юли", "iul", "јул", "juul", "jūl", "čvc", "liep", "יול",
     "يول", "กรก", "जुल"),
    ("aug", "aoû", "aou", "ago", "sie", "авг", "сер", "ağu", "elo", "αυγ", "kol",
     "avg", "agu", "rugp", "אוג", "أغس", "اغس", "สิง", "अग"),
    ("sep", "set", "wrz", "zář", "сен", "вер", "eyl", "syy", "σεπ", "ruj", "szep",
     "сеп", "rugs", "ספט", "سبت", "กันย", "सित"),
    ("oct", "okt", "out", "ott", "paź", "říj", "окт", "жов", "eki", "lok", "οκτ",
     "spal", "אוק", "أكت", "اكت", "ตุล", "अक्ट", "अक्तू"),
    ("nov", "ноя", "kas", "marr", "νοε", "stu", "ное", "нов", "лист", "lapk", "נוב", "نوف", "พฤศจ",
     "noi",
     "नव"),
    ("dec", "dez", "déc", "dic", "gru", "pro", "дек", "гру", "ara", "jou", "δεκ", "des", "dek",
     "дец", "det", "דצמ", "ديس", "ธันว", "दिस"),
)  # fmt: skip
# Names whose beginning is another month's, or too short to be one.
WHOLE = {
    "marras": 11, "marraskuu": 11, "marraskuuta": 11, "listopadu": 11,
    "srpen": 8, "srpna": 8, "červen": 6, "června": 6, "मई": 5, "ag": 8,
}  # fmt: skip
# One word, two months, in two languages.
EITHER = {
    "listopad": "November in Czech and Polish, October in Croatian",
    "listopada": "November in Polish, October in Croatian",
    "lis": "November in Polish, October in Croatian",
    "lip": "July in Polish, June in Croatian",
    "srp": "August in Czech, July in Croatian",
}
# Days whose names begin as a month does.
WEEKDAYS = frozenset(
    ("martes", "mardi", "martedì", "martedi", "marți", "marti", "maanantai", "maanantaina",
     "maandag")
)  # fmt: skip


def month_of(word: str) -> int | None:
    """Return the number of a month from its name or the beginning of it."""
    if found := WHOLE.get(word):
        return found
    if word in WEEKDAYS or len(word) < 2:  # noqa: PLR2004 - no month is shorter
        return None
    stems = [
        (len(stem), number)
        for number, row in enumerate(STEMS, 1)
        for stem in row
        if word.startswith(stem)
    ]
    # červenec (July) begins as červen (June) does: the longer beginning is meant.
    return max(stems)[1] if stems else None
