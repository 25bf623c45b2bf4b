"""A crowd in several processes on PostgreSQL: never over quota, one offer for a seat, nobody lost."""

import pytest

from tests.kit import databases
from tests.kit.crowd import act_at_once, faults, gather

ACTS = 1200


@pytest.mark.e2e
def test_a_crowd_in_three_processes_leaves_nobody_behind(postgresql_maker: databases.PostgresqlMaker) -> None:
    url = postgresql_maker.make()
    crowd = gather(url, people=90, how_many=3)

    outcomes, seen = act_at_once(crowd, acts=ACTS, processes=3)

    assert seen == 0
    assert faults(crowd, outcomes) == []
    assert sum(one.done + one.refused for one in outcomes) == ACTS
    postgresql_maker.drop(url)
