"""Activities for whoever may come: what is on soon, and one of them in full."""

import functools
from datetime import timedelta

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import members, proxies
from bot.domain.volunteers import activities, browsing, seats, waitlist
from content.match import normalise
from content.words import label, trigger_phrases
from db.models import Activity, ActivityKind, OccasionState, Person, SignupState

_SHOWN = 5
_LOOKED_AT = 50
_LEAST_OF_A_NAME = 2
_MOST_ELDERS = 2
_SOON = timedelta(days=1)


class OneActivity(Form):
    """An activity, and whether whoever asks has the code of its poster."""

    activity_id: int
    has_code: bool = False


@flow("activities.browse")
def browse(turn: Turn, _form: Form) -> Reply:
    """List the next few that concern this person, and how many seats each has for them."""
    upcoming = browsing.upcoming(turn.db, turn.person, now=turn.now, limit=_SHOWN)
    if not upcoming:
        return Reply("volunteering/none_soon")
    kind = members.kind_of(turn.db, turn.person.id or 0)
    rooms = activities.room(turn.db, [one.id or 0 for one in upcoming], kind)
    choices = tuple(
        Choice(
            label=activities.line(turn.db, one, rooms[one.id or 0]),
            go="activities.show",
            fill={"activity_id": one.id},
        )
        for one in upcoming
    )
    return Reply("volunteering/soon", choices=choices)


def is_named(turn: Turn) -> bool:
    """Tell whether somebody asks for activities and says the name of one that concerns them."""
    return bool(_named(turn))


@flow("activities.named")
def named(turn: Turn, _form: Form) -> Reply:
    """Show the activity whose name was said; of several the list."""
    found = _named(turn)
    return Reply.leading("activities.show", activity_id=found[0]) if len(found) == 1 else Reply.leading(browse.name)


@flow("activities.show", OneActivity)
def show(turn: Turn, form: OneActivity) -> Reply:
    """Show an activity in full, and what this person can do about it."""
    activity = activities.found(turn.db, form.activity_id)
    if activity.state is OccasionState.CANCELLED:
        activities.insist_on_time(activity, turn.now)
    signup = seats.standing(turn.db, form.activity_id, turn.person.id or 0)
    state = signup.state if signup else SignupState.CANCELLED
    kind = members.kind_of(turn.db, turn.person.id or 0)
    room = activities.room(turn.db, [form.activity_id], kind)[form.activity_id]
    return Reply(
        "volunteering/activity",
        choices=_next_steps(turn, activity, form, state, room),
        activity=activity,
        room=room,
        state=state.value,
        position=waitlist.position(turn.db, signup) if signup else 0,
        is_over=activity.starts_at <= turn.now,
    )


def _next_steps(
    turn: Turn, activity: Activity, form: OneActivity, state: SignupState, room: activities.Room
) -> tuple[Choice, ...]:
    steps: list[Choice] = []
    signup = seats.standing(turn.db, form.activity_id, turn.person.id or 0)
    about = {"signup_id": signup.id if signup else 0}
    if activity.starts_at > turn.now:
        match state:
            case SignupState.CONFIRMED:
                if signup and signup.assured_at is None and activity.starts_at - turn.now < _SOON:
                    steps.append(Choice(label=label("will_come"), go="signups.assure", fill=about))
                if activity.kind is ActivityKind.DUTY:
                    steps.append(Choice(label=label("find_swap"), go="duty_posts.swap", fill=about))
                steps.append(Choice(label=label("cancel_signup"), go="signups.cancel", fill=about))
            case SignupState.WAITLISTED:
                steps.append(Choice(label=label("leave_queue"), go="signups.cancel", fill=about))
            case SignupState.OFFERED:
                steps += [
                    Choice(label=label("confirm_seat"), go="signups.confirm_offer", fill=about),
                    Choice(label=label("decline_seat"), go="signups.decline_offer", fill=about),
                ]
            case SignupState.CANCELLED if room.free or activity.has_waitlist:
                fill = {"activity_id": activity.id, "has_code": form.has_code}
                words = label("sign_up") if room.free else label("wait_for_seat")
                steps.append(Choice(label=words, go="signups.sign_up", fill=fill))
            case _:
                pass
        steps += _for_elders(turn, activity)
    return (*steps, Choice(label=label("back"), go="activities.browse"))


def _for_elders(turn: Turn, activity: Activity) -> list[Choice]:
    """Offer to sign up those this person may answer for and who are not on the list yet; nobody is named in a group."""
    if turn.inbound.is_group:
        return []
    render = house_of(turn.db).renderer.render
    choices: list[Choice] = []
    for proxy in proxies.principals_of(turn.db, turn.person.id or 0)[:_MOST_ELDERS]:
        signup = seats.standing(turn.db, activity.id or 0, proxy.principal_id)
        if signup is None or signup.state is SignupState.CANCELLED:
            name = turn.db.get_one(Person, proxy.principal_id).name
            fill = {"activity_id": activity.id, "person_id": proxy.principal_id}
            words = render("volunteering/sign_up_for", {"name": name})
            choices.append(Choice(label=words, go="signups.sign_up", fill=fill))
    return choices


def _named(turn: Turn) -> list[int]:
    """Return the ids of the next activities whose name follows a wish for activities."""
    said = normalise(turn.text)
    rests = [said.removeprefix(one).strip() for one in _wishes() if said.startswith(one)]
    name = min(rests, key=len, default="")
    if len(name) < _LEAST_OF_A_NAME:
        return []
    upcoming = browsing.upcoming(turn.db, turn.person, now=turn.now, limit=_LOOKED_AT)
    return [one.id or 0 for one in upcoming if name in normalise(one.title) or normalise(one.title) in name]


@functools.cache
def _wishes() -> tuple[str, ...]:
    """Return the ways to ask for activities."""
    return tuple(normalise(one) for one, started in trigger_phrases().items() if started == browse.name)


FLOWS = (browse, named, show)
