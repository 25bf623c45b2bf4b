"""The console as a whole: its doors, its pages, its styles and scripts."""

from pathlib import Path

from fastapi import FastAPI

from bot.admin.desk import Desk, Wiring
from bot.admin.doors import Doors
from bot.admin.pages import (
    activities,
    activity_plans,
    audits,
    broadcasts,
    devices,
    disputes,
    drafts,
    entries,
    grid,
    household_lists,
    households,
    matters,
    objections,
    packs,
    people,
    petitions,
    pledges,
    questions,
    reports,
    rosters,
    session_plans,
    stars,
    study,
    suggestions,
    today,
)
from bot.admin.pages.health import HealthPage
from bot.admin.views import Page
from bot.web.files import FreshFiles

PAGES: tuple[Page, ...] = (
    *today.PAGES,
    *questions.PAGES,
    *grid.PAGES,
    *pledges.PAGES,
    *matters.PAGES,
    *household_lists.PAGES,
    *households.PAGES,
    *packs.PAGES,
    *entries.PAGES,
    *drafts.PAGES,
    *suggestions.PAGES,
    *rosters.PAGES,
    *people.PAGES,
    *petitions.PAGES,
    *activity_plans.PAGES,
    *activities.PAGES,
    *session_plans.PAGES,
    *study.PAGES,
    *stars.PAGES,
    *disputes.PAGES,
    *objections.PAGES,
    *broadcasts.PAGES,
    *reports.PAGES,
    *audits.PAGES,
    *devices.PAGES,
)
"""Every page, listed by hand; of two that fit an address the first is shown."""


def add_console(site: FastAPI, wiring: Wiring) -> None:
    """Put the console onto a site, at ``/admin``."""
    site.state.console_look = wiring.look
    site.mount("/static/console", FreshFiles(directory=Path(__file__).parent / "static"))
    site.include_router(Doors(wiring).router())
    site.include_router(Desk(wiring).router((*PAGES, *HealthPage(wiring.settings).pages())))
    site.include_router(Doors(wiring).beyond())
