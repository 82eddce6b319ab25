"""POST /api/v1/readers/NAME/heartbeat: how a reader is."""

from __future__ import annotations

from sqlalchemy import select

from scanner_app.models import Reader
from scanner_app.storage.database import reading

DOOR = "dock-door-1"


class TestHeartbeat:
    def beat(self, client, body: object, name: str = DOOR):
        return client.post(f"/readers/{name}/heartbeat", json=body)

    def test_is_kept_and_sets_up_a_new_reader(self, agent, app):
        body = {"state": "reading", "queue": {"depth": 4}}

        answer = self.beat(agent, body)

        assert (answer.status_code, answer.data) == (204, b"")
        with app.app_context(), reading() as session:
            reader = session.scalars(select(Reader)).one()
            assert (reader.name, reader.is_active, reader.heartbeat) == (DOOR, True, body)
            assert reader.last_heartbeat_at is not None

    def test_the_last_one_holds(self, agent, app):
        self.beat(agent, {"state": "reading"})

        self.beat(agent, {"state": "gone"})

        with app.app_context(), reading() as session:
            assert session.scalars(select(Reader.heartbeat)).all() == [{"state": "gone"}]

    def test_takes_any_printable_name(self, agent):
        for name in ("door%2F1", "T%C3%BCr%201"):
            assert self.beat(agent, {}, name).status_code == 204, name

    def test_of_more_than_16_kb_is_too_large(self, agent):
        assert self.beat(agent, {"detail": "x" * 16_384}).status_code == 413

    def test_of_no_use_is_refused(self, agent):
        for body in ([], 7, "alive", None, {"detail": ["a\x00b"]}, {"a\x00b": 1}):
            assert self.beat(agent, body).status_code == 422, body

    def test_of_a_bad_name_is_refused(self, agent):
        for name in ("a%00b", "%20", "x" * 121):
            assert self.beat(agent, {}, name).status_code == 422, name
