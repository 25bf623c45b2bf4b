"""Hours of mixed load on both databases at once, to see whether memory grows. Run by hand:

    .venv/bin/python tests/bench/soak.py [MINUTES] [--rate UPDATES_A_SECOND]

Half of the updates write a row, a quarter also leave a notice for the worker, a quarter are questions that are searched
for; every reply and notice is delivered. Each half minute prints what each server holds and has used.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.accounts import cpu_seconds, resident_bytes
from tests.bench.kit.hongyan import NOWHERE, hongyan, prepared
from tests.bench.kit.load import CHATS, TELL, TEXT, Order, Posting, begin
from tests.bench.kit.places import Place, places
from tests.bench.kit.questions import questions
from tests.bench.kit.rows import count
from tests.bench.kit.stage import Child, free_port, leave_when_told, machine, say

ENTRIES = 1000
EVERY_SECONDS = 30
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Patient:
    """A server under load."""

    place: Place
    url: str
    server: Child
    posting: Posting

    def state(self) -> str:
        waiting = count(self.url, "outbox_row", "state IN ('pending', 'leased')")
        return (
            f"{self.place.name:10} {resident_bytes(self.server.pid) / MEGABYTE:6.1f} MB  "
            f"{cpu_seconds(self.server.pid):7.1f} s CPU  {count(self.url, 'inbox_record'):9,} turns  "
            f"{count(self.url, 'outbox_row'):9,} messages, {waiting:,} open"
        )


def admitted(stack: ExitStack, place: Place, seconds: float, rate: float, folder: Path) -> Patient:
    url, port = place.fresh(), free_port()
    prepared(url, folder=folder, entries=ENTRIES)
    server = stack.enter_context(hongyan(url, port, api_url=NOWHERE, folder=folder))
    asked = questions(100, ENTRIES)
    texts = tuple(text for question in asked for text in (TEXT, TELL, TEXT, question))
    order = Order(port, seconds, rate=rate, connections=16, chats=CHATS, texts=texts)
    return Patient(place, url, server, stack.enter_context(begin(folder, order)))


def main() -> None:
    """Watch until the time is over, then say how every update was answered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    parser.add_argument("--rate", type=float, default=20.0, help="updates a second to each server")
    options = parser.parse_args()
    leave_when_told()
    say(machine())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hongyan-soak-")))
        folder.chmod(0o755)
        seconds = options.minutes * 60
        patients = [
            admitted(stack, place, seconds, options.rate, folder) for place in stack.enter_context(places(folder))
        ]
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(min(EVERY_SECONDS, max(1.0, began + seconds - time.monotonic())))
            for one in patients:
                say(f"{(time.monotonic() - began) / 60:6.1f} min  {one.state()}")
        for one in patients:
            outcome = one.posting.outcome()
            waits = f"p50 {outcome.p50:.1f} ms, p99 {outcome.p99:.1f} ms"
            say(f"{one.place.name}: {outcome.statuses} of {outcome.sent:,}; {waits}")


if __name__ == "__main__":
    main()
