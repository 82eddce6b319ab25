"""One Jinja environment a language, with its templates, macros, numbers and dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes, pass_eval_context
from markupsafe import Markup

from scanner_app.edge.words.catalogue import Catalogue, PageWords, load_catalogue
from scanner_app.edge.words.expressions import NUMBERED
from scanner_app.edge.words.numbers import (
    NumberFormatter,
    format_percent,
    localise_number,
    write_number,
)
from scanner_app.edge.words.own_texts import find_own_texts
from scanner_app.edge.words.templates import FORM, TOLD, TemplateWords

# A text this long that reads like one of ours is ours: sessions and queues bring copies.
LONG = 25


class WordsEnvironment(Environment):
    """Jinja as Flask has it, and in another language with the words of its catalogue."""

    catalogue: Catalogue | None = None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.catalogue is None:
            return tree
        return TemplateWords(PageWords(self.catalogue, name or "")).translate(tree)


class Teller:
    """What the program says in English, in another language."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    @cached_property
    def _own(self) -> dict[int, str]:
        return find_own_texts(self.catalogue.texts)

    def show(self, value: Any) -> Any:
        """Return what a page shows of a value: only texts of this program are exchanged."""
        if type(value) is not str:
            return value
        if self._own.get(id(value)) is value:
            return self.catalogue.say(value)
        if " " not in value:
            return localise_number(value, self.catalogue.locale)
        known = self.catalogue.texts.get(value) if len(value) >= LONG else None
        return known or self.catalogue.recall(localise_number(value, self.catalogue.locale))

    def tell(self, value: Any) -> Any:
        """Return a sentence of this program, whichever way it came, or a structure of them."""
        if type(value) is str:
            return self.catalogue.tell(value)
        if isinstance(value, Mapping):
            return {key: self.tell(one) for key, one in value.items()}
        return [self.tell(one) for one in value] if isinstance(value, list | tuple) else value

    def show_all(self, value: Any) -> Any:
        """Return a structure as `show` shows its texts."""
        if isinstance(value, Mapping):
            return {key: self.show_all(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.show_all(one) for one in value]
        return self.show(value)


def make_environment(app: Flask, language: str) -> WordsEnvironment:
    """Return the environment of a language besides English."""
    english = app.jinja_env
    catalogue = load_catalogue(language)
    made: WordsEnvironment = english.overlay(cache_size=-1)  # type: ignore[assignment]
    made.catalogue = catalogue
    # Compiled templates are kept by their source, which is the same in every language.
    made.bytecode_cache = None
    made.globals = dict(english.globals)
    made.filters = dict(english.filters)
    teller = Teller(catalogue)
    formatter = NumberFormatter(catalogue.locale)
    say_money = cast("Callable[[int], str]", english.globals["say_money"])
    sentence: Callable[[str], Markup] = english.filters["sentence"]
    to_json = english.filters["tojson"]

    @pass_eval_context
    def write_json(context: nodes.EvalContext, value: Any, indent: int | None = None) -> Markup:
        """Return data for a script, as JSON."""
        written: Markup = to_json(context, teller.show_all(value), indent)
        return written

    made.filters |= {
        TOLD: teller.show,
        "sentence": lambda text: sentence(teller.tell(text)),
        "format": lambda text, *values: format_percent(text, values, catalogue.locale),
        "tojson": write_json,
    }
    made.globals |= {
        FORM: catalogue.form_of,
        NUMBERED: lambda text, *values, **named: formatter.vformat(text, values, named),
        "say_money": lambda cents: write_number(say_money(cents), catalogue.locale),
        "language": language,
        "teller": teller,
    }
    add_macros(app, made)
    return made


def add_macros(app: Flask, environment: Environment) -> None:
    """Make the macros of ``_macros/`` globals of an environment.

    A macro imported at the top of a child template is undefined when a block is rendered alone.
    """
    for path in sorted(Path(app.root_path, app.template_folder or "").glob("_macros/*.html")):
        module = environment.get_template(f"_macros/{path.name}").module
        for name in dir(module):
            if not name.startswith("_") and callable(getattr(module, name)):
                environment.globals[name] = getattr(module, name)
