"""What a secretary is asked to say yes or no to: who somebody is, joining, moving, another name, a proxy."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import people
from bot.domain.persons import deciding, identity, joining, petitions, proxies, vouching
from db.models import Petition, PetitionKind, Unit

_MAY = frozenset({Act.KEEP_ROSTER})
_ABOUT_SOMEBODY = (PetitionKind.VOUCH, PetitionKind.PROXY)
_LONGEST_REASON = 200


def show(visit: Visit, asked: Asked) -> View:
    """Show what is asked for, with what may be said to it."""
    petition = _found(visit, asked)
    details = petitions.details(visit.db, petition)
    is_about = petition.kind in _ABOUT_SOMEBODY
    named = vouching.named(visit.db, details.get("name", ""), by=visit.person) if is_about else []
    values = {
        "petition": petition,
        "what": deciding.in_a_line(visit.db, petition),
        "people": [(one.id, identity.place_of(visit.db, one)) for one in named],
        "is_about": is_about,
        "branches": _branches(visit) if petition.kind is PetitionKind.JOIN else [],
    }
    return View("petition", values)


def decide(visit: Visit, asked: Asked) -> Go:
    """Say yes, or no with a reason; whoever asked is told."""
    petition = _found(visit, asked)
    if asked.form.get("do", "") == "refuse":
        reason = asked.text("reason", most=_LONGEST_REASON)
        deciding.refuse(visit.db, petition, reason, by=visit.person, now=visit.now)
        return Go("/admin", said="decided")
    match petition.kind:
        case PetitionKind.VOUCH:
            person_id = asked.id("person_id")
            vouching.vouch(visit.db, petition, person_id, by=visit.person, now=visit.now)
        case PetitionKind.JOIN:
            unit_id = asked.id("unit_id")
            if unit_id not in {one.id for one in _branches(visit)}:
                raise Misfilled("not_your_scope", "unit_id")
            joining.accept(visit.db, petition, unit_id, by=visit.person, now=visit.now)
        case PetitionKind.PROXY:
            person_id = asked.id("person_id")
            proxies.confirm_for(visit.db, petition, person_id, by=visit.person, now=visit.now)
        case _:
            deciding.grant(visit.db, petition, by=visit.person, now=visit.now)
    return Go("/admin", said="decided")


def _found(visit: Visit, asked: Asked) -> Petition:
    return petitions.for_secretary(visit.db, asked.number("petition_id"), visit.person.id or 0)


def _branches(visit: Visit) -> list[Unit]:
    return [one for one in people.kept_units(visit) if one.kind in joining.BRANCHES]


PAGES = (Page("/admin/petitions/{petition_id}", show, takes=decide, needs=_MAY),)
