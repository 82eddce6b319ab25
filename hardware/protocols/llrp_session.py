"""One LLRP connection from its greeting to reading: a table of states, and its decoder."""

from __future__ import annotations

import struct
from collections import OrderedDict
from enum import StrEnum

from hardware.protocols.base import SLICE, Decoder
from hardware.protocols.llrp import (
    Message,
    MessageType,
    Parameter,
    build_add_rospec,
    build_keepalive_config,
    build_message,
    build_rospec_request,
    find_parameter,
    measure_message,
    parse_message,
    parse_report,
    parse_status,
    walk_parameters,
)
from hardware.reads import Broken, Event, Status


class State(StrEnum):
    """The state of the connection."""

    GREETING = "greeting"
    CONFIGURING = "configuring"
    CLEARING = "clearing"
    ADDING = "adding"
    ENABLING = "enabling"
    STARTING = "starting"
    READING = "reading"
    CLOSING = "closing"
    CLOSED = "closed"


# (state, message received): (next state, request to send). Other messages change no state.
TRANSITIONS: dict[tuple[State, MessageType], tuple[State, MessageType | None]] = {
    (State.GREETING, MessageType.READER_EVENT_NOTIFICATION): (
        State.CONFIGURING,
        MessageType.SET_READER_CONFIG,
    ),
    (State.CONFIGURING, MessageType.SET_READER_CONFIG_RESPONSE): (
        State.CLEARING,
        MessageType.DELETE_ROSPEC,
    ),
    (State.CLEARING, MessageType.DELETE_ROSPEC_RESPONSE): (State.ADDING, MessageType.ADD_ROSPEC),
    (State.ADDING, MessageType.ADD_ROSPEC_RESPONSE): (State.ENABLING, MessageType.ENABLE_ROSPEC),
    (State.ENABLING, MessageType.ENABLE_ROSPEC_RESPONSE): (
        State.STARTING,
        MessageType.START_ROSPEC,
    ),
    (State.STARTING, MessageType.START_ROSPEC_RESPONSE): (State.READING, None),
    (State.CLOSING, MessageType.CLOSE_CONNECTION_RESPONSE): (State.CLOSED, None),
}
# A reader may refuse these two steps and can still read: it has no keep-alives, or nothing to
# delete.
TOLERANT = frozenset({State.CONFIGURING, State.CLEARING})
# The same with plain numbers, because a message of an unknown type is not a MessageType.
_STEPS = {(state, int(kind)): step for (state, kind), step in TRANSITIONS.items()}
_EXPECTED = dict(TRANSITIONS.keys())

_ATTEMPTS = {
    0: None,
    1: "the reader already keeps a connection that it opened itself",
    2: "another client holds the reader; LLRP readers serve one at a time",
    3: "the reader refused the connection",
    4: "another client tried to connect",
}
_ATTEMPT_SUCCESS, _ATTEMPT_BY_OTHER = 0, 4
_REMEMBERED = 4096
_MISSED_KEEPALIVES = 2.5


class LlrpDecoder(Decoder):
    """Greets, configures, starts an inventory without end, and yields its reports.

    A reader may keep reports while the connection is down and send them again. Reports with the
    same tag, times and count as one of the last 4,096 are dropped; `reset` keeps this memory.
    """

    idle_s = 1.0

    def __init__(
        self, *, antennas: list[int] | None = None, rospec_id: int = 1, keepalive_s: float = 10.0
    ) -> None:
        """Set up for one reader.

        :param antennas: antennas to read with, counted from 1; None is all
        :param rospec_id: the number under which the reader stores the inventory
        :param keepalive_s: seconds between the keep-alives that the reader is asked to send
        """
        super().__init__()
        self._antennas = antennas or [0]
        self._rospec_id = rospec_id
        self._keepalive_s = keepalive_s
        self._seen: OrderedDict[object, None] = OrderedDict()
        self._buffer = bytearray()
        self._last_id = 0
        self.state = State.GREETING
        self.silence_limit_s: float | None = None
        self.duplicates = 0

    def feed(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        for offset in range(0, len(data), SLICE):
            self._buffer += data[offset : offset + SLICE]
            while (size := measure_message(self._buffer)) and size <= len(self._buffer):
                if size < 0:
                    head = bytes(self._buffer[:10]).hex().upper()
                    self._buffer.clear()
                    return [*events, Broken(f"this is not LLRP, or its framing is lost: {head}")]
                message = parse_message(bytes(self._buffer[:size]))
                del self._buffer[:size]
                events += self._take(message)
        return events

    def reset(self) -> list[Event]:
        super().reset()
        self._buffer.clear()
        self.state = State.GREETING
        self.silence_limit_s = None
        return []

    def end(self) -> None:
        if self.state is State.GREETING:
            return
        self._send(MessageType.DELETE_ROSPEC)
        self._send(MessageType.CLOSE_CONNECTION)
        self.state = State.CLOSING

    def pending(self) -> int:
        """Return the number of bytes that wait for the rest of their message."""
        return len(self._buffer)

    def _take(self, message: Message) -> list[Event]:
        match message.type:
            case MessageType.KEEPALIVE:
                self._out += build_message(MessageType.KEEPALIVE_ACK, message.id)
                return [Status("keep_alive")]
            case MessageType.RO_ACCESS_REPORT:
                return self._take_report(message)
            case MessageType.READER_EVENT_NOTIFICATION:
                events = self._take_notification(message)
                if any(isinstance(event, Broken) for event in events):
                    return events
                return events + self._advance(message)
            case MessageType.ERROR_MESSAGE:
                return self._refuse(message, "a message")
            case _:
                return self._advance(message)

    def _advance(self, message: Message) -> list[Event]:
        step = _STEPS.get((self.state, message.type))
        if step is None:
            return [Status("message", f"LLRP message {message.type}")]
        answer = parse_status(message.body)
        if answer and answer.code and self.state not in TOLERANT:
            return self._refuse(message, MessageType(message.type).name)
        if self.state is State.CONFIGURING and not (answer and answer.code):
            self.silence_limit_s = self._keepalive_s * _MISSED_KEEPALIVES
        self._go(step)
        return [Status("state", self.state)]

    def _go(self, step: tuple[State, MessageType | None]) -> None:
        self.state, request = step
        if request is not None:
            self._send(request)

    def _refuse(self, message: Message, what: str) -> list[Event]:
        answer = parse_status(message.body)
        why = f"{answer.code} {answer.text}".strip() if answer else "no reason given"
        if self.state in TOLERANT:
            # The ERROR_MESSAGE comes instead of the expected response.
            self._go(TRANSITIONS[self.state, _EXPECTED[self.state]])
            return [Status("refused", f"the reader refused {what} ({why})", True)]
        if self.state is State.READING:
            return [Status("error", f"the reader refused {what} ({why})", True)]
        return [Broken(f"the reader refused {what} while {self.state}: {why}")]

    def _send(self, request: MessageType) -> None:
        self._last_id += 1
        message_id = self._last_id
        match request:
            case MessageType.SET_READER_CONFIG:
                self._out += build_keepalive_config(message_id, period_s=self._keepalive_s)
            case MessageType.ADD_ROSPEC:
                self._out += build_add_rospec(
                    message_id, rospec_id=self._rospec_id, antennas=self._antennas
                )
            case MessageType.DELETE_ROSPEC:
                self._out += build_rospec_request(request, message_id, rospec_id=0)
            case MessageType.CLOSE_CONNECTION:
                self._out += build_message(request, message_id)
            case _:
                self._out += build_rospec_request(request, message_id, rospec_id=self._rospec_id)

    def _take_report(self, message: Message) -> list[Event]:
        events: list[Event] = []
        for tag in parse_report(message.body):
            if tag.key is not None:
                if tag.key in self._seen:
                    self.duplicates += 1
                    continue
                self._seen[tag.key] = None
                if len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
            events.append(tag.read)
        return events or [Status("report", "without a new tag")]

    def _take_notification(self, message: Message) -> list[Event]:
        data = find_parameter(message.body, Parameter.READER_EVENT_NOTIFICATION_DATA) or b""
        events: list[Event] = []
        for kind, contents in walk_parameters(data):
            if kind == Parameter.CONNECTION_ATTEMPT_EVENT and len(contents) >= 2:  # noqa: PLR2004 - a u16
                events += self._take_attempt(int.from_bytes(contents[:2], "big"))
            elif kind == Parameter.CONNECTION_CLOSE_EVENT:
                events.append(Broken("the reader closes the connection"))
            elif kind == Parameter.READER_EXCEPTION_EVENT:
                text = contents[2:].decode("utf-8", "replace").strip("\x00")
                events.append(Status("exception", text[:200], True))
            elif kind == Parameter.ANTENNA_EVENT and len(contents) >= 3:  # noqa: PLR2004 - u8, u16
                gone, antenna = struct.unpack_from(">BH", contents)
                word = "connected" if gone else "disconnected"
                events.append(Status("antenna", f"antenna {antenna} {word}", not gone))
        return events

    def _take_attempt(self, code: int) -> list[Event]:
        if code == _ATTEMPT_SUCCESS:
            return []
        why = _ATTEMPTS.get(code) or f"the reader answered the connection with {code}"
        if code == _ATTEMPT_BY_OTHER:
            return [Status("attempt", why, True)]
        return [Broken(why, is_busy=True)]
