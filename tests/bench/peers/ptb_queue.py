"""python-telegram-bot's own webhook pattern (its custom webhook example): queued, answered, handled afterwards."""

import asyncio
import json
import sys
from http import HTTPStatus
from secrets import compare_digest

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from turns import make_tables, opened, take

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def main(order: dict[str, object]) -> None:
    engine = opened(str(order["url"]))
    await make_tables(engine, int(str(order["first_chat"])), int(str(order["chats"])))
    token = "123456:AAFakeTokenOfThe-Bot_0123456789abcdef"
    application = Application.builder().token(token).base_url(f"{order['api_url']}/bot").updater(None).build()

    async def note(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message and message.from_user:
            who = str(message.from_user.id)
            await take(engine, sender=who, message_id=str(message.message_id), words=message.text or "")

    async def telegram(request: Request) -> Response:
        if not compare_digest(request.headers.get(SECRET_HEADER, ""), str(order["secret"])):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        await application.update_queue.put(Update.de_json(data=await request.json(), bot=application.bot))
        return Response()

    application.add_handler(MessageHandler(filters.TEXT, note))
    site = Starlette(routes=[Route("/telegram", telegram, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(site, host="127.0.0.1", port=int(str(order["port"])), access_log=False, log_level="warning")
    )
    async with application:
        await application.start()
        await server.serve()
        await application.stop()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
