"""The log of scans and acts: its checkpoints, and proofs that something is in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.seals.leaves import Tree
from scanner_app.edge.guard import allow
from scanner_app.queries.seals.log import get_checkpoint, prove_growth
from scanner_app.queries.seals.proofs import load_proof
from scanner_app.storage.database import reading

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "log",
    __name__,
    url_prefix="/api/v1/log",
    description="The log of all scans and acts: two Merkle trees (RFC 9162) with signed roots.",
)


class CheckpointSchema(Schema):
    tree = fields.String(required=True)
    size = fields.Integer(required=True)
    root = fields.String(required=True, metadata={"description": "SHA-256 in hexadecimal."})
    note = fields.String(required=True, metadata={"description": "A C2SP tlog-checkpoint."})
    key_id = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class ProofSchema(Schema):
    leaf = fields.Dict(keys=fields.String(), required=True)
    index = fields.Integer(required=True)
    size = fields.Integer(required=True)
    proof = fields.List(fields.String(), required=True)
    checkpoint = fields.String(required=True)


_IS_SIZE = validate.Range(min=0, max=MAX_ID)


class GrowthQuery(Schema):
    # `from` is a word of the language, so its field has another name.
    first = fields.Integer(data_key="from", required=True, validate=_IS_SIZE)
    to = fields.Integer(required=True, validate=_IS_SIZE)


class GrowthSchema(Schema):
    first = fields.Integer(data_key="from", required=True)
    to = fields.Integer(required=True)
    proof = fields.List(fields.String(), required=True)


@blueprint.route("/<string:tree>/checkpoint")
class Checkpoint(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The newest checkpoint of a tree: scans or acts")
    @blueprint.response(200, CheckpointSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, tree: str) -> dict[str, Any]:
        """Return size and root, signed. Keep it outside: it shows if the log is rewritten."""
        with reading() as session:
            point = get_checkpoint(session, _read_tree(tree))
        names = ("tree", "size", "root", "note", "key_id", "at")
        return {name: getattr(point, name) for name in names}


@blueprint.route("/scans/<uuid:scan_id>/proof")
class ScanProof(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The proof that a scan is in the log")
    @blueprint.response(200, ProofSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, scan_id: UUID) -> dict[str, Any]:
        """Return the leaf of a scan and the hashes that lead from it to the newest root."""
        with reading(snapshot=True) as session:
            return load_proof(session, scan_id)


@blueprint.route("/<string:tree>/consistency")
class Consistency(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The proof that the log only grew between two sizes")
    @blueprint.arguments(GrowthQuery, location="query")
    @blueprint.response(200, GrowthSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], tree: str) -> dict[str, Any]:
        """Return the hashes that lead from the root of one size to that of a larger one."""
        first, size = query["first"], query["to"]
        with reading(snapshot=True) as session:
            path = prove_growth(session, _read_tree(tree), first, size)
        return {"first": first, "to": size, "proof": path}


def _read_tree(name: str) -> Tree:
    if name not in set(Tree):
        raise NotFound("The log has two trees: scans and acts.")
    return Tree(name)
