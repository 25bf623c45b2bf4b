"""The Telegram channel.

python-telegram-bot is transport and error classes here, never ``Application``, ``ConversationHandler``, ``JobQueue`` or
persistence: those keep state in process memory and answer an update before its turn is committed, so they can be
neither exactly-once nor run as replicas.
"""
