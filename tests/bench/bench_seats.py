"""Ten thousand acts of 500 people upon five activities, from four processes on PostgreSQL: what holds, and how fast.

    .venv/bin/python tests/bench/bench_seats.py [--quick]

People sign up, give up, confirm and decline, a cadre finds more chairs, offers run out: in random order, all at once,
while a fifth process looks whether anywhere more people sit than there are seats. It fails when anything is wrong.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from db.schema import migrate
from tests.bench.kit.places import places
from tests.bench.kit.stage import say
from tests.kit import databases
from tests.kit.crowd import act_at_once, faults, gather

_PROCESSES = 4


def main() -> int:
    """Run it once and say what came of it; 1 when something was wrong."""
    is_quick = "--quick" in sys.argv
    acts, people = (2_000, 100) if is_quick else (10_000, 500)
    with tempfile.TemporaryDirectory() as folder, places(Path(folder)) as made:
        place = next((one for one in made if one.pids), made[0])
        url = place.fresh()
        database = databases.opened(url)
        migrate(database)
        database.close()
        crowd = gather(url, people=people, how_many=5)
        began = time.perf_counter()
        outcomes, seen = act_at_once(crowd, acts=acts, processes=_PROCESSES)
        took = time.perf_counter() - began
        wrong = faults(crowd, outcomes)
        done, refused = (sum(getattr(one, name) for one in outcomes) for name in ("done", "refused"))
        again = sum(one.tried_again for one in outcomes)
        total = done + refused
        say(f"{place.name}: {total} acts of {people} people in {took:.1f} s, {total / took:.0f} a second")
        say(f"{refused} refused by a rule, {again} tried again, {seen} times over quota, {len(wrong)} faults")
        for one in wrong[:20]:
            say(f"  {one}")
    return 1 if wrong or seen else 0


if __name__ == "__main__":
    sys.exit(main())
