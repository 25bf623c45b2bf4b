"""What waits for secretaries and those above them: pledges, and objections to points."""

from bot.domain.console.visiting import Visit
from bot.domain.ledger import objecting
from bot.domain.lists.piles import MOST, SHOWN, Item, Pile
from bot.domain.pledges import finding, judging
from db.models import PledgeState


def pledges(visit: Visit) -> Pile:
    """Return the pledges that wait for a word from above."""
    found = judging.waiting_for(visit.db, visit.person)
    items = [Item(f"{unit.name} {one.words}", f"/admin/pledges/{one.id}", one.made_at) for one, unit in found[:SHOWN]]
    return Pile("pledges", min(len(found), MOST), items, "/admin/pledges?state=waiting")


def own_pledges(visit: Visit) -> Pile:
    """Return one's own pledges that came back or are overdue."""
    found = [
        one
        for one in finding.open_of(visit.db, visit.person)
        if one.state is PledgeState.RETURNED or finding.is_overdue(visit.db, one, now=visit.now)
    ]
    items = [Item(one.words, f"/admin/pledges/{one.id}", None, one.reason) for one in found[:SHOWN]]
    return Pile("own_pledges", len(found), items)


def objections(visit: Visit) -> Pile:
    """Return objections to points somebody has to decide on."""
    found = objecting.waiting_for(visit.db, visit.person)
    items = [Item(name, f"/admin/objections/{one.id}", one.opened_at, one.words) for one, name in found[:SHOWN]]
    return Pile("objections", min(len(found), MOST), items)
