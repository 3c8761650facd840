"""A real browser and two packs to open in it: one of a small made-up site, one of the real snapshot."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipelines.run import Outcome
from sightline.home import Home
from tests.browser.look import DESK, PHONE, SHEET, Pack

#: from the small site one page of each kind
SMALL = (
    "index.html",
    "pair-the-four-hour-line.html",
    "trend-the-four-hour-line.html",
    "organisation/RA2.html",  # a name that is markup and has quotation marks
    "organisation/Y00001.html",  # minor cases alone
    "region/Y60.html",
    "validation.html",
    "revised.html",
    "data.html",
    "how-to-read.html",
)
#: from the snapshot one page of each kind, and organisations that are hard to draw
SNAPSHOT = (
    "index.html",
    "pair-the-four-hour-line.html",
    "pair-the-door-next-door.html",
    "pair-the-bed-as-exit.html",
    "trend-the-four-hour-line.html",
    "trend-the-door-next-door.html",
    "organisation/RGT.html",  # a gap of years: it tried other standards and had no four-hour figures
    "organisation/RYR.html",  # a merger
    "organisation/NLO11.html",  # one month alone
    "organisation/RL1.html",  # zeros alone
    "region/Y56.html",
    "validation.html",
    "revised.html",
    "data.html",
    "how-to-read.html",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of this machine; without one the tests are skipped, but not where changes are let in."""
    found = os.environ.get("SIGHTLINE_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    missing = "no chromium: apt-get install chromium, or name one in SIGHTLINE_CHROMIUM"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def packs(chromium: str, good: tuple[Outcome, Home], snapshot: Home) -> dict[str, Pack]:
    """Both packs, by name."""
    assert good[0].lines == ()
    return {
        "small": Pack((good[1].published / "pack").resolve(), SMALL),
        "snapshot": Pack((snapshot.published / "pack").resolve(), SNAPSHOT),
    }


@pytest.fixture(scope="session", params=["small", "snapshot"])
def pack(request: pytest.FixtureRequest, packs: dict[str, Pack]) -> Pack:
    """Each pack in turn."""
    return packs[request.param]


@pytest.fixture(scope="session")
def browser(chromium: str, packs: dict[str, Pack]) -> Iterator[Browser]:
    """One browser for all tests, started after the packs are made: no other event loop can run in this thread beside Playwright's."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


def _tab(browser: Browser, size: tuple[int, int]) -> Iterator[Page]:
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
    yield tab
    tab.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """A tab as wide as a screen on a desk."""
    yield from _tab(browser, DESK)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab as wide as a small phone."""
    yield from _tab(browser, PHONE)


@pytest.fixture
def sheet(browser: Browser) -> Iterator[Page]:
    """A tab as wide and high as what is printed on a sheet of A4, with the rules for print."""
    for tab in _tab(browser, SHEET):
        tab.emulate_media(media="print")
        yield tab


@pytest.fixture(params=["desk", "phone"])
def tab(request: pytest.FixtureRequest) -> Page:
    """A wide tab and a narrow one in turn."""
    found: Page = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, as a step that answers nothing."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8") + "; null"
