"""What only raw sockets can tell of the simulator: how its connections end."""
import pytest

from wire import Connection, message, request_bytes


def test_a_truncated_stream_is_closed_without_an_end(simulator):
    with Connection(simulator.port) as connection:
        connection.send(request_bytes(message(scenario="truncated")))
        connection.head()
        rest = connection.read_to_end()
    assert rest and not rest.endswith(b"0\r\n\r\n")
    served = simulator.served()[0]
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2:]
    assert body == simulator.get(f"/__simulator/served/{served['sequence']}/body")
    assert len(body) == served["body_bytes"]


def test_a_reset_stream_is_reset(simulator):
    with Connection(simulator.port) as connection:
        connection.send(request_bytes(message(scenario="reset")))
        with pytest.raises(ConnectionResetError):
            connection.read_to_end()


def test_chunks_are_as_scripted(simulator):
    with Connection(simulator.port) as connection:
        connection.send(request_bytes(message(scenario={"wire": {"chunks": [5, 2]}})))
        connection.head()
        assert [len(connection.chunk()) for _ in range(6)] == [5, 2, 5, 2, 5, 2]
