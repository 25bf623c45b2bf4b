"""Standing posts by chat: the week's roster, a new post, and somebody else for a turn."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import proxies
from bot.domain.volunteers import activities, duty_posts, seats
from handlers.personal import privately


@flow("duty_posts.roster")
def roster(turn: Turn, _form: Form) -> Reply:
    """Show who has duty in the next seven days."""
    privately(turn)
    shifts = duty_posts.week(turn.db, turn.person, now=turn.now)
    if not shifts:
        return Reply("volunteering/no_duty_soon")
    render = house_of(turn.db).renderer.render
    choices = tuple(
        Choice(
            label=render("volunteering/line_of_duty", {"shift": one}),
            go="activities.show",
            fill={"activity_id": one.activity.id},
        )
        for one in shifts
    )
    return Reply("volunteering/duty_roster", choices=choices)


@flow("duty_posts.create")
def create(_turn: Turn, _form: Form) -> Reply:
    """Plan a standing post, as an activity is planned."""
    return Reply.leading("activities.create", is_duty=True)


class OneSignup(Form):
    """A turn, by its sign-up."""

    signup_id: int


@flow("duty_posts.swap", OneSignup)
def swap(turn: Turn, form: OneSignup) -> Reply:
    """Ask the others of the unit to take a turn."""
    proxies.acting_for(turn.db, turn.person, seats.found(turn.db, form.signup_id).person_id)
    _, asked = duty_posts.ask_for_swap(turn.db, form.signup_id, now=turn.now)
    return Reply("volunteering/swap_asked", count=asked)


class OneSwap(Form):
    """A wish to swap, by its id."""

    swap_id: int


@flow("duty_posts.take", OneSwap)
def take(turn: Turn, form: OneSwap) -> Reply:
    """Take over the turn, if nobody was quicker."""
    activity = duty_posts.take(turn.db, form.swap_id, turn.person, now=turn.now)
    return Reply("volunteering/turn_is_yours", line=activities.line(turn.db, activity), place=activity.place)
