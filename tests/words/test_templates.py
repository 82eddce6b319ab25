"""Templates in another language: sentences are found whole, and nothing else is touched."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from scanner_app.edge.words.catalogue import Catalogue
from scanner_app.edge.words.environment import Teller, WordsEnvironment
from scanner_app.edge.words.expressions import NUMBERED
from scanner_app.edge.words.numbers import NumberFormatter, format_percent
from scanner_app.edge.words.templates import FORM, TOLD

TEXTS = {
    "Save": "Speichern",
    "Name": "Name der Sache",
    "{count} assets in <a>hall {place}</a>.": "In <a>Halle {place}</a> sind {count} Assets.",
    "Added by {who}": "Von {who} hinzugefügt",
    "Revoke {name}?": "{name} widerrufen?",
    "{n} is due.": "{n} ist fällig.",
    "{n} is late.": "{n} ist überfällig.",
    "Say “yes”": 'Sag "ja"',
    "none": "keine",
    "In stock": "Auf Lager",
    "Lost": "Verloren",
}
FORMS = {("{n} scan", "{n} scans"): ["{n} Scan (einer)", "{n} Scans (viele)"]}
LABEL = "In stock"


def make(texts: dict, forms: dict):
    environment = WordsEnvironment.__new__(WordsEnvironment)
    Environment.__init__(environment, trim_blocks=True, lstrip_blocks=True, autoescape=True)
    catalogue = Catalogue("de", texts, forms)
    catalogue.add_patterns()
    teller = Teller(catalogue)
    teller.__dict__["_own"] = {id(LABEL): LABEL}
    environment.catalogue = catalogue
    environment.filters[TOLD] = teller.show
    environment.filters["format"] = lambda text, *values: format_percent(
        text, values, catalogue.locale
    )
    formatter = NumberFormatter(catalogue.locale)
    environment.globals[FORM] = catalogue.form_of
    environment.globals[NUMBERED] = lambda text, *values: formatter.vformat(text, values, {})
    return environment


@pytest.fixture(scope="module")
def render():
    german = make(TEXTS, FORMS)
    return lambda source, **values: german.from_string(source).render(**values)


class TestSentences:
    def test_are_exchanged_whole_with_their_markup(self, render):
        source = '<p>{{ count }} assets in <a href="/l/{{ code }}">hall {{ place }}</a>.</p>'

        text = render(source, count=3, code="R-1", place="<Hall>")

        assert text == '<p>In <a href="/l/R-1">Halle &lt;Hall&gt;</a> sind 3 Assets.</p>'

    @pytest.mark.parametrize(("n", "said"), [(1, "1 Scan (einer)"), (5, "5 Scans (viele)")])
    def test_have_the_form_of_their_number(self, render, n, said):
        assert render('<b>{{ n }} scan{{ "s" if n != 1 }}</b>', n=n) == f"<b>{said}</b>"

    @pytest.mark.parametrize(("late", "said"), [(True, "überfällig"), (False, "fällig")])
    def test_that_depend_on_a_test_are_whole_in_each_case(self, render, late, said):
        source = "<p>{{ n }} is {% if late %}late{% else %}due{% endif %}.</p>"

        assert render(source, n="LT-1", late=late) == f"<p>LT-1 ist {said}.</p>"

    def test_stand_in_attributes_that_people_read_and_in_no_other(self, render):
        source = '<a title="Say “yes”" class="Save" aria-label="Added by {{ who }}">{{ x }}</a>'

        text = render(source, who='"A"', x="Save")

        assert text == (
            '<a title="Sag &quot;ja&quot;" class="Save" '
            'aria-label="Von &#34;A&#34; hinzugefügt">Save</a>'
        )

    def test_are_found_in_what_macros_are_given(self, render):
        macro = "{% macro ask(id, text) %}<i id='{{ id }}'>{{ text }}</i>{% endmacro %}"

        text = render(macro + '{{ ask("Save", "Revoke " ~ name ~ "?") }}', name="R&D")

        assert text == "<i id='Speichern'>R&amp;D widerrufen?</i>"

    def test_keep_their_blanks_and_unknown_ones_stay(self, render):
        assert render("<p>\n  Save </p><p>Not known</p>") == "<p> Speichern </p><p>Not known</p>"


class TestValues:
    def test_of_ours_are_exchanged_and_what_people_typed_is_not(self, render):
        typed = b"In stock".decode()  # another object

        assert render("<td>{{ x }}</td>", x=LABEL) == "<td>Auf Lager</td>"
        assert render("<td>{{ x }}</td>", x=typed) == "<td>In stock</td>"
        assert render("<bdi>{{ x }}</bdi>", x=LABEL) == "<bdi>In stock</bdi>"
        assert render('<input value="{{ x }}">', x=LABEL) == '<input value="In stock">'

    def test_have_the_signs_of_the_language(self, render):
        source = '<td>{{ "{:,}".format(n) }}</td><td>{{ "%.1f"|format(p) }}</td><td>{{ m }}</td>'

        text = render(source, n=12345, p=2.5, m="1,234.50 EUR")

        assert text == "<td>12.345</td><td>2,5</td><td>1.234,50 EUR</td>"

    def test_a_version_is_no_number(self, render):
        assert render("<td>{{ x }}</td>", x="2.10") == "<td>2.10</td>"
