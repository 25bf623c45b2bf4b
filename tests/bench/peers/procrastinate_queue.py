"""procrastinate: so many tasks enqueued in batches, then drained by its worker; a task that does nothing but end."""

import asyncio
import json
import sys
import time

import procrastinate


async def main(order: dict[str, object]) -> None:
    count, batch, at_once = (int(str(order[name])) for name in ("count", "batch", "at_once"))
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=str(order["url"])))
    done = asyncio.Event()
    left = count

    @app.task(name="send")
    async def send(chat: str, text: str) -> None:
        nonlocal left
        del chat, text
        left -= 1
        if not left:
            done.set()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        told("ready")
        sys.stdin.readline()
        began = time.monotonic()
        for first in range(0, count, batch):
            tasks = [{"chat": str(n), "text": "明天上午九点开会。"} for n in range(first, min(count, first + batch))]
            await send.batch_defer_async(*tasks)
        told({"seconds": time.monotonic() - began})
        told("ready")
        sys.stdin.readline()
        began = time.monotonic()
        working = asyncio.create_task(app.run_worker_async(concurrency=at_once, install_signal_handlers=False))
        await done.wait()
        told({"seconds": time.monotonic() - began})
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def told(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
