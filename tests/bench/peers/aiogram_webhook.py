"""aiogram's webhook over aiohttp and uvloop: turns awaited before the answer, or, as it does by itself, afterwards."""

import asyncio
import json
import sys

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from turns import closing, make_tables, opened, take


def main(order: dict[str, object]) -> None:
    engine = opened(str(order["url"]))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def note(message: Message) -> None:
        sender = message.from_user.id if message.from_user else 0
        await take(engine, sender=str(sender), message_id=str(message.message_id), words=message.text or "")

    bot = Bot("123456:AAFakeTokenOfThe-Bot_0123456789abcdef")
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=bool(order["in_background"]), secret_token=str(order["secret"])
    )
    site = web.Application()
    site.cleanup_ctx.append(closing(engine))
    handler.register(site, path="/telegram")
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(make_tables(engine, int(str(order["first_chat"])), int(str(order["chats"]))))
    web.run_app(site, host="127.0.0.1", port=int(str(order["port"])), loop=loop, access_log=None, print=None)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
