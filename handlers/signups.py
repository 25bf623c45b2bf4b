"""Signing up and what comes after: the queue, a seat that was offered, not coming after all."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import members, people, proxies
from bot.domain.volunteers import activities, clashes, seats, waitlist
from bot.errors import DomainError
from content.match import PhraseBook, normalise
from content.words import label
from db.models import Person, Signup, SignupState
from handlers.personal import privately
from handlers.reading import mobile_number, person_name, yes_or_no_please

_SHOWN = 5


def whom(turn: Turn, answers: Answers) -> proxies.Acting:
    """Return for whom a sign-up is: whoever speaks, or the elder they answer for."""
    return proxies.acting_for(turn.db, turn.person, answers.get("person_id") or turn.person.id or 0)


def name_known(turn: Turn, answers: Answers) -> str | None:
    """Return the name that is known; refuses before anything is asked whoever could not sign up anyway."""
    acting = whom(turn, answers)
    seats.insist_on_welcome(turn.db, answers["activity_id"], _signing(turn, answers), now=turn.now)
    return acting.person.name or _asked_alone(turn)


def mobile_known(turn: Turn, answers: Answers) -> str | None:
    """Return that there is nothing to ask for: they are known, or came by a poster, where a name is enough."""
    person = whom(turn, answers).person
    is_known = bool(person.mobile_sealed) or members.member_of(turn.db, person.id or 0) is not None
    return "" if is_known or answers.get("has_code") else _asked_alone(turn)


def _asked_alone(turn: Turn) -> None:
    """Let something be asked for, but in no group: names and phones are nobody else's."""
    privately(turn)


def without_mobile(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave no number."""
    return (Choice(label=label("leave_no_mobile"), fill={"value": ""}),)


def no_clash(turn: Turn, answers: Answers) -> bool | None:
    """Return that they are sure when there is nothing else at the same time."""
    return None if _clash(turn, answers) else True


def clash_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what else there is at the same time."""
    found = _clash(turn, answers)
    return {"title": found.title if found else "", "starts_at": found.starts_at if found else turn.now}


def go_on(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to sign up all the same."""
    return (
        Choice(label=label("sign_up_anyway"), fill={"value": True}),
        Choice(label=label("do_not_sign_up"), fill={"value": False}),
    )


class SignUp(Form):
    """What is needed before a name goes on the list; most of it is known already."""

    activity_id: int
    person_id: int = 0
    has_code: bool = False
    name: Annotated[str, Ask("volunteering/your_name", known=name_known, reads=person_name)]
    mobile: Annotated[
        str, Ask("volunteering/your_mobile", known=mobile_known, offer=without_mobile, reads=mobile_number)
    ]
    is_sure: Annotated[
        bool, Ask("volunteering/clash", show=clash_shown, known=no_clash, offer=go_on, reads=yes_or_no_please)
    ]


@flow("signups.sign_up", SignUp)
def sign_up(turn: Turn, form: SignUp) -> Reply:
    """Give a seat, or a place in the queue."""
    if not form.is_sure:
        return Reply("volunteering/not_signed_up")
    answers = form.model_dump()
    acting = whom(turn, answers)
    if not acting.person.name:
        people.set_name(acting.person, form.name)
        turn.db.add(acting.person)
    if form.mobile and not acting.person.mobile_sealed:
        people.set_mobile(turn.db, acting.person, form.mobile)
    place = seats.sign_up(turn.db, form.activity_id, _signing(turn, answers), now=turn.now)
    return _placed(turn, place, acting)


class OneSignup(Form):
    """A sign-up, by its id."""

    signup_id: int


@flow("signups.confirm_offer", OneSignup)
def confirm_offer(turn: Turn, form: OneSignup) -> Reply:
    """Take the seat that was offered."""
    acting = _acting(turn, form.signup_id)
    place = seats.confirm_offer(turn.db, form.signup_id, now=turn.now, by_id=acting.by_id)
    return _placed(turn, place, acting)


@flow("signups.decline_offer", OneSignup)
def decline_offer(turn: Turn, form: OneSignup) -> Reply:
    """Let the next person have the seat."""
    acting = _acting(turn, form.signup_id)
    place = seats.decline_offer(turn.db, form.signup_id, now=turn.now, by_id=acting.by_id)
    return Reply("volunteering/offer_declined", title=place.activity.title)


@flow("signups.assure", OneSignup)
def assure(turn: Turn, form: OneSignup) -> Reply:
    """Note that they will come."""
    acting = _acting(turn, form.signup_id)
    place = seats.assure(turn.db, form.signup_id, now=turn.now)
    return Reply("volunteering/assured", activity=place.activity, whose=_whose(acting))


def cancel_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is to be given up; refuses what is not theirs, and what was given up before."""
    acting = _acting(turn, answers["signup_id"])
    signup = seats.found(turn.db, answers["signup_id"])
    activity = activities.found(turn.db, signup.activity_id)
    activities.insist_on_time(activity, turn.now)
    if signup.state is SignupState.CANCELLED:
        raise DomainError("volunteering/cancelled_before", title=activity.title)
    return {"title": activity.title, "waits": signup.state is not SignupState.CONFIRMED, "whose": _whose(acting)}


def cancel_or_keep(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to give it up, or to keep it, in the words for a seat or for a place in the queue."""
    waits = seats.found(turn.db, answers["signup_id"]).state is not SignupState.CONFIRMED
    give_up = label("wait_no_longer") if waits else label("cancel_it")
    keep = label("keep_waiting") if waits else label("keep_it")
    return Choice(label=give_up, fill={"value": True}), Choice(label=keep, fill={"value": False})


class Cancel(Form):
    """A sign-up that is to be given up, and whether that was meant."""

    signup_id: int
    is_sure: Annotated[
        bool, Ask("volunteering/cancel_check", show=cancel_shown, offer=cancel_or_keep, reads=yes_or_no_please)
    ]


@flow("signups.cancel", Cancel)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """Give back a seat or a place in the queue."""
    if not form.is_sure:
        return Reply("volunteering/still_signed_up")
    acting = _acting(turn, form.signup_id)
    had_seat = seats.found(turn.db, form.signup_id).state is SignupState.CONFIRMED
    place = seats.cancel(turn.db, form.signup_id, now=turn.now, by_id=acting.by_id)
    return Reply(
        "volunteering/cancelled",
        title=place.activity.title,
        whose=_whose(acting),
        had_seat=had_seat,
        is_passed_on=place.is_passed_on,
    )


def meant(turn: Turn, answers: Answers) -> int | None:
    """Return the only sign-up that can be meant; refuses when there is none, or what was named is none."""
    theirs = _mine(turn)
    named = answers.get("named", "")
    if named:
        theirs = [one for one in theirs if _names(_title(turn, one), named)]
        if not theirs:
            raise InvalidAnswer("engine/nothing_to_cancel")
    if not theirs:
        raise DomainError("engine/nothing_to_cancel")
    privately(turn)
    return theirs[0].id if len(theirs) == 1 else None


def mine_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what could be given up."""
    theirs = _mine(turn)[:_SHOWN]
    return tuple(Choice(label=_line(turn, one), fill={"value": one.id}) for one in theirs)


def named_signup(turn: Turn) -> int:
    """Read the name of an activity they signed up for."""
    theirs = [one for one in _mine(turn) if _names(_title(turn, one), normalise(turn.text))]
    if len(theirs) != 1:
        raise InvalidAnswer("engine/choose_from")
    return theirs[0].id or 0


class CancelWhich(Form):
    """Which of their sign-ups somebody wants to give up."""

    named: str = ""
    signup_id: Annotated[int, Ask("volunteering/which_to_cancel", known=meant, offer=mine_offered, reads=named_signup)]


@flow("signups.cancel_which", CancelWhich)
def cancel_which(_turn: Turn, form: CancelWhich) -> Reply:
    """Lead on to giving up the one that is meant."""
    return Reply.leading("signups.cancel", signup_id=form.signup_id)


@flow("signups.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """List what they signed up or wait for."""
    privately(turn)
    theirs = _mine(turn)
    if not theirs:
        return Reply("volunteering/none_of_mine")
    choices = tuple(
        Choice(label=_line(turn, one), go="activities.show", fill={"activity_id": one.activity_id})
        for one in theirs[:_SHOWN]
    )
    return Reply("volunteering/mine", choices=choices)


def _signing(turn: Turn, answers: Answers) -> seats.Signing:
    acting = whom(turn, answers)
    has_code = bool(answers.get("has_code"))
    is_guest = has_code and members.member_of(turn.db, acting.person.id or 0) is None
    return seats.Signing(acting.person, by_id=acting.by_id, is_guest=is_guest, has_code=has_code)


def _clash(turn: Turn, answers: Answers) -> clashes.Clash | None:
    activity = activities.found(turn.db, answers["activity_id"])
    return clashes.clash(turn.db, whom(turn, answers).person.id or 0, activity)


def _acting(turn: Turn, signup_id: int) -> proxies.Acting:
    return proxies.acting_for(turn.db, turn.person, seats.found(turn.db, signup_id).person_id)


def _placed(turn: Turn, place: seats.Place, acting: proxies.Acting) -> Reply:
    if place.signup.state is SignupState.WAITLISTED:
        return Reply("volunteering/waitlisted", position=place.position, whose=_whose(acting))
    reminded_at = activities.reminded_at(turn.db, place.activity)
    return Reply(
        "volunteering/signed_up",
        activity=place.activity,
        reminded_at=reminded_at,
        whose=_whose(acting),
        is_new=place.is_new,
    )


def _whose(acting: proxies.Acting) -> str:
    return acting.person.name if acting.by_id else ""


def _mine(turn: Turn) -> list[Signup]:
    """Return what is ahead of somebody, and of the elders they may answer for, by its beginning."""
    me = turn.person.id or 0
    whose = (me, *(one.principal_id for one in proxies.principals_of(turn.db, me)))
    ahead = [found for person_id in whose for found in seats.mine(turn.db, person_id, now=turn.now)]
    return [signup for signup, _ in sorted(ahead, key=lambda one: one[1].starts_at)]


def _title(turn: Turn, signup: Signup) -> str:
    return activities.found(turn.db, signup.activity_id).title


def _line(turn: Turn, signup: Signup) -> str:
    activity = activities.found(turn.db, signup.activity_id)
    is_own = signup.person_id == turn.person.id
    values = {
        "whose": "" if is_own else turn.db.get_one(Person, signup.person_id).name,
        "title": activity.title,
        "starts_at": activity.starts_at,
        "state": signup.state.value,
        "position": waitlist.position(turn.db, signup),
    }
    return house_of(turn.db).renderer.render("volunteering/line_of_mine", values)


def _names(title: str, said: str) -> bool:
    whole = normalise(title)
    return said in whole or whole in said or PhraseBook({title: "it"}).find(said) is not None
