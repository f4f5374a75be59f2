"""Messages on the wire."""
from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import zmq

from qt_app.errors import QtError
from qt_app.services import broadcast
from qt_app.services.broadcast import TOPICS, Broadcaster

TS = 1_795_440_600_000_000_000


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broadcaster]:
    monkeypatch.setattr(broadcast, "HEARTBEAT_S", 0.02)
    running = Broadcaster(0, "WDOZ26", True, lambda: (7, TS, {"state": "running"}))
    yield running
    running.close()


@pytest.fixture
def reader(sender: Broadcaster) -> Iterator[zmq.Socket[bytes]]:
    """Subscribed for certain: it has seen a heartbeat."""
    with zmq.Context.instance().socket(zmq.SUB) as socket:
        socket.connect(f"tcp://127.0.0.1:{sender.port}")
        socket.subscribe(b"")
        assert socket.poll(10_000)
        assert receive(socket)[0] == "heartbeat"
        yield socket


def receive(socket: zmq.Socket[bytes]) -> tuple[str, dict[str, Any]]:
    assert socket.poll(10_000)
    topic, body = socket.recv_multipart()
    return topic.decode(), json.loads(body)


def next_of(socket: zmq.Socket[bytes], wanted: str) -> dict[str, Any]:
    topic, body = receive(socket)
    while topic != wanted:
        topic, body = receive(socket)
    return body


@pytest.mark.parametrize("topic", [t for t in TOPICS if t != "heartbeat"])
def test_every_payload_has_the_common_fields(sender: Broadcaster, reader: zmq.Socket[bytes], topic: str) -> None:
    sender.send(topic, 5, TS, {"x": 1.5})
    body = next_of(reader, topic)
    assert body.pop("n") >= 0
    assert body == {"v": 1, "seq": 5, "ts_ns": TS, "symbol": "WDOZ26", "synthetic": True, "x": 1.5}


def test_a_heartbeat_comes_without_any_traffic(reader: zmq.Socket[bytes]) -> None:
    assert next_of(reader, "heartbeat")["state"] == "running"


def test_messages_keep_their_order_and_count_without_gaps(sender: Broadcaster, reader: zmq.Socket[bytes]) -> None:
    for n in range(300):
        sender.send("votes", n, None, {})
    got = [receive(reader) for _ in range(300)]
    numbers = [body["n"] for _, body in got]
    assert numbers == list(range(numbers[0], numbers[0] + 300))
    assert [b["seq"] for t, b in got if t == "votes"] == list(range(sum(t == "votes" for t, _ in got)))


def test_arrays_are_sent_and_unknown_is_null(sender: Broadcaster, reader: zmq.Socket[bytes]) -> None:
    sender.send("features", 1, None, {"row": np.array([1.0, np.nan])})
    body = next_of(reader, "features")
    assert body["row"] == [1.0, None] and body["ts_ns"] is None


def test_a_payload_cannot_overwrite_the_common_fields(sender: Broadcaster, reader: zmq.Socket[bytes]) -> None:
    sender.send("fill", 9, TS, {"synthetic": False, "seq": 1})
    body = next_of(reader, "fill")
    assert body["synthetic"] is True and body["seq"] == 9


def test_what_cannot_be_encoded_is_counted_and_the_rest_goes_on(sender: Broadcaster, reader: zmq.Socket[bytes]) -> None:
    sender.send("order", 1, None, {"x": object()})
    sender.send("order", 2, None, {})
    assert next_of(reader, "order")["seq"] == 2
    assert sender.failed == 1


def test_a_full_queue_never_blocks(sender: Broadcaster) -> None:
    sender.close()      # nobody empties the queue any more
    for n in range(10_050):
        sender.send("votes", n, None, {})
    assert sender.dropped == 50
    assert sender.depth == 10_000


def test_no_reader_is_no_problem(sender: Broadcaster) -> None:
    for n in range(1000):
        sender.send("votes", n, None, {})
    sender.close()
    assert sender.sent >= 1000 and sender.dropped == 0


def test_a_busy_port_is_named(sender: Broadcaster) -> None:
    with pytest.raises(QtError, match=rf"port {sender.port} \(zmq.port\) is busy: process {os.getpid()}"):
        Broadcaster(sender.port, "WDOZ26", True, lambda: (0, None, {}))


def test_a_payload_may_be_made_when_its_turn_comes(sender: Broadcaster, reader: zmq.Socket[bytes]) -> None:
    def broken() -> dict[str, Any]:
        raise ZeroDivisionError

    sender.send("market", 1, TS, broken)
    sender.send("market", 2, TS, lambda: {"x": 3})
    body = next_of(reader, "market")
    assert (body["seq"], body["x"], sender.failed) == (2, 3, 1)
