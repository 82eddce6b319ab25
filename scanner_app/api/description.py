"""GET /api/v1/docs: the API's description as a page, with an example request and answer per call.

The page is written by the server from the same document as /api/v1/openapi.json. It needs no
script, so the strict content security policy needs no exception for it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app

from scanner_app.api.example_order import ORDER
from scanner_app.api.examples import BODIES, OF_CALL, STATUS, VALUES, Json, build_example
from scanner_app.domain.access.roles import ROLES, Action
from scanner_app.edge.guard import find_decision, public
from scanner_app.edge.web import page

# Optional parts of a query that an example shows.
SHOWN_IN_QUERY = frozenset({"audit", "limit", "q"})
METHODS = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in the address, the query or a header."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one address, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    roles: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    request: str
    status: str
    answer: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noun:
    """The calls of one noun, such as all about assets."""

    name: str
    text: str
    calls: tuple[Call, ...]


def list_nouns(document: Json, roles: dict[tuple[str, str], tuple[str, ...]]) -> list[Noun]:
    """Return every call of the document, grouped by noun, in an order in which examples work."""
    schemas = document.get("components", {}).get("schemas", {})
    calls: dict[str, list[Call]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                call = _build_call(path, method, item, schemas, roles.get((path, method), ()))
                calls.setdefault(item[method].get("tags", ["other"])[0], []).append(call)
    texts = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    return [
        Noun(name, texts.get(name, ""), tuple(sorted(found, key=_rank)))
        for name, found in calls.items()
    ]


def _rank(call: Call) -> int:
    name = f"{call.method} {call.path}"
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _build_call(path: str, method: str, item: Json, schemas: Json, roles: tuple[str, ...]) -> Call:
    operation = item[method]
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    good, answer = _find_answer(path, method, operation, schemas)
    return Call(
        anchor=re.sub(r"[^a-z0-9]+", "-", f"{method}-{path.removeprefix('/api/v1/')}").strip("-"),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        roles=roles,
        parameters=tuple(_build_parameter(parameter) for parameter in parameters),
        request=_write_request(path, method, operation, parameters, schemas),
        status=f"{good} {HTTPStatus(int(good)).phrase}",
        answer=answer,
        errors=tuple(
            f"{status} {HTTPStatus(int(status)).phrase}"
            for status in sorted(operation["responses"])
            if status.isdecimal() and status >= "400"
        ),
    )


def _build_parameter(parameter: Json) -> Parameter:
    schema = parameter.get("schema", {})
    kind = schema.get("format") or schema.get("type", "string")
    limits = [
        f"one of {', '.join(map(str, schema['enum']))}" if "enum" in schema else "",
        f"from {schema['minimum']}" if "minimum" in schema else "",
        f"to {schema['maximum']}" if "maximum" in schema else "",
        f"default {schema['default']}" if "default" in schema else "",
    ]
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        kind=", ".join([str(kind), *filter(None, limits)]),
        is_required=bool(parameter.get("required")),
        text=parameter.get("description", ""),
    )


def _write_request(
    path: str, method: str, operation: Json, parameters: list[Json], schemas: Json
) -> str:
    """Return the call as a command for curl, with the values of the examples."""
    address = path
    query = {}
    for parameter in parameters:
        name = parameter["name"]
        # A path's {name} and {code} are a reader's or a location's; a query's are what they say.
        key = f"{{{name}}}" if parameter["in"] == "path" and f"{{{name}}}" in VALUES else name
        value = OF_CALL.get(f"{method.upper()} {path}", {}).get(name) or build_example(
            parameter["schema"], schemas, field=key
        )
        if parameter["in"] == "path":
            address = address.replace(f"{{{name}}}", quote(str(value)))
        elif parameter["in"] == "query" and (parameter.get("required") or name in SHOWN_IN_QUERY):
            query[name] = value
    if query:
        address = f"{address}?{urlencode(query)}"
    lines = [f'curl "$SCANNER{address}"', '  -H "Authorization: Bearer $TOKEN"']
    if method != "get":
        lines[0] = f'curl -X {method.upper()} "$SCANNER{address}"'
    content = (operation.get("requestBody") or {}).get("content", {})
    if "multipart/form-data" in content:
        [field] = content["multipart/form-data"]["schema"]["required"]
        lines.append(f"  -F {field}=@shelf.jpg")
    elif "application/json" in content:
        schema = content["application/json"]["schema"]
        body = BODIES.get(f"{method.upper()} {path}") or build_example(schema, schemas)
        lines.append('  -H "Content-Type: application/json"')
        quoted = _write_json(body).replace("'", r"'\''")  # as a shell needs it
        lines.append(f"  -d '{quoted}'")
    return " \\\n".join(lines)


def _find_answer(path: str, method: str, operation: Json, schemas: Json) -> tuple[str, str]:
    """Return the status and the body of the answer to a good request."""
    good = STATUS.get(f"{method.upper()} {path}") or min(
        status for status in operation["responses"] if status.startswith("2")
    )
    body = BODIES.get(f"{method.upper()} {path}") if method == "get" else None
    content = operation["responses"][good].get("content", {})
    if body is None and content:
        body = build_example(next(iter(content.values())).get("schema", {}), schemas)
    if body is None:
        return good, ""
    return good, _write_json(body)


def _write_json(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _find_roles(app: Flask) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return who may make each call: the roles whose rights include the view's action."""
    found = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            action = find_decision(app, rule.endpoint, method)
            if isinstance(action, Action):
                roles = tuple(
                    role.value for role, facts in ROLES.items() if action in facts.actions
                )
                found[path, method.lower()] = roles
    return found


def init_app(app: Flask, spec: Any) -> None:
    """Mount the page; it is as public as the document that it shows."""

    @public
    def show_docs() -> Response:
        return page("api/docs.html", nouns=list_nouns(spec.to_dict(), _find_roles(current_app)))

    app.add_url_rule("/api/v1/docs", "api_docs", show_docs)
