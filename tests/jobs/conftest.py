"""Delivery with a channel at the border that does as it is told."""

import pytest

from bot.jobs.delivery import Delivery
from db.sql import Database
from tests.kit.channels import FakeChannel
from tests.kit.post import Post


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def delivery(post: Post, channel: FakeChannel) -> Delivery:
    return Delivery(post.database, {"test": channel}, clock=post.clock, owner="here")
