"""DBOS: so many workflows enqueued, then drained from its queue; ``per_workflow`` messages in each, sent by one step.

With one message a workflow the workflow itself is all there is, its cheapest form: no step.
"""

import json
import sys
import threading
import time
from itertools import pairwise

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from sqlalchemy import create_engine

_WHERE: EnqueueOptions = {"workflow_name": "broadcast", "queue_name": "outbox"}
_IN_ONE_TRANSACTION = 100
_LEFT = threading.Condition()
_sent = 0


def main(order: dict[str, object]) -> None:
    count, each, at_once = (int(str(order[name])) for name in ("count", "per_workflow", "at_once"))
    polling = float(str(order["polling"]))
    config: DBOSConfig = {"name": "bench", "system_database_url": str(order["url"]), "log_level": "ERROR"}

    @DBOS.step()
    def send(chats: list[str], text: str) -> None:
        deliver(chats, text)

    @DBOS.workflow(name="broadcast")
    def broadcast(chats: list[str], text: str) -> None:
        send(chats, text) if each > 1 else deliver(chats, text)

    DBOS(config=config)
    DBOS.listen_queues(["none"])
    DBOS.launch()
    DBOS.register_queue("outbox", worker_concurrency=at_once, polling_interval_sec=polling)
    told("ready")
    sys.stdin.readline()
    told({"seconds": enqueue(str(order["url"]), count, each)})
    told("ready")
    sys.stdin.readline()
    DBOS.destroy()
    began = time.monotonic()
    DBOS(config=config)
    DBOS.listen_queues(["outbox"])
    DBOS.launch()
    with _LEFT:
        _LEFT.wait_for(lambda: _sent >= count)
    told({"seconds": time.monotonic() - began})


def enqueue(url: str, count: int, each: int) -> float:
    """Put every workflow into the queue, many in a transaction, and return how long that took."""
    client = DBOSClient(system_database_url=url)
    engine = create_engine(url)
    ends = [*range(0, count, each), count]
    spans = list(pairwise(ends))
    began = time.monotonic()
    for first in range(0, len(spans), _IN_ONE_TRANSACTION):
        with engine.begin() as connection:
            for start, end in spans[first : first + _IN_ONE_TRANSACTION]:
                chats = [str(number) for number in range(start, end)]
                client.enqueue_in_transaction(connection, _WHERE, chats, "明天上午九点开会。")
    took = time.monotonic() - began
    engine.dispose()
    client.destroy()
    return took


def deliver(chats: list[str], _text: str) -> None:
    global _sent  # noqa: PLW0603  # workflows are plain functions that DBOS finds by name
    with _LEFT:
        _sent += len(chats)
        _LEFT.notify()


def told(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
