"""What ended badly can be looked at, sent once more, or let go; what was sent stays sent."""

from datetime import timedelta

import pytest

from bot.domain.outgoing import dead_letters
from db.models import OutboxState
from db.sql import Database
from tests.kit.post import Post

SENT, FAILED, CANCELLED = OutboxState.SENT, OutboxState.FAILED, OutboxState.CANCELLED
UNCERTAIN, PENDING = OutboxState.UNCERTAIN, OutboxState.PENDING


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def ended(post: Post, state: OutboxState) -> int:
    row_id = post.write("停水")
    [parcel] = post.lease()
    post.settle(parcel, state)
    return row_id


def requeue(post: Post, *ids: int) -> int:
    return post.database.run(lambda db: dead_letters.requeue(db, ids, now=post.now))


def test_what_ended_badly_is_listed_newest_first_without_its_text(post: Post) -> None:
    failed, _sent, uncertain = ended(post, FAILED), ended(post, SENT), ended(post, UNCERTAIN)

    letters = post.database.run(lambda db: dead_letters.listed(db, [FAILED, UNCERTAIN], limit=10))

    assert [(one.id, one.state, one.reason) for one in letters] == [
        (uncertain, UNCERTAIN, "as it was"),
        (failed, FAILED, "as it was"),
    ]


@pytest.mark.parametrize("state", [FAILED, UNCERTAIN, CANCELLED])
def test_what_ended_badly_is_sent_once_more(post: Post, state: OutboxState) -> None:
    row_id = ended(post, state)
    post.clock.turn(timedelta(days=3))

    assert (requeue(post, row_id), [one.id for one in post.lease()]) == (1, [row_id])


def test_what_was_sent_is_never_sent_again(post: Post) -> None:
    row_id = ended(post, SENT)

    assert (requeue(post, row_id, 99), post.lease(), post.state(row_id)) == (0, [], SENT)


def test_what_waits_can_be_let_go_and_what_is_on_its_way_cannot(post: Post) -> None:
    on_its_way = post.write("一")
    post.lease()
    waiting = post.write("二")

    count = post.database.run(lambda db: dead_letters.give_up(db, [on_its_way, waiting], now=post.now))

    assert (count, post.state(waiting), post.state(on_its_way)) == (1, CANCELLED, OutboxState.LEASED)
