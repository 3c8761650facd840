"""What is asked of a page once it is open: small questions in the browser's own language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

#: widths and heights in CSS pixels; a sheet of A4 is 210 by 297 mm, less the margins of 15 and 14 mm that the style sheet leaves
DESK, PHONE = (1280, 900), (360, 740)
SHEET = (round(180 / 25.4 * 96), round(269 / 25.4 * 96))

OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
#: axe looks at every cell: for it, what is folded away goes, or of each long table all but the first rows
SHORTEN = "document.querySelectorAll('details tr:nth-child(n + 4)').forEach(one => one.remove())"
DROP_FOLDED = "document.querySelectorAll('details:not([open]) > :not(summary)').forEach(one => one.remove())"
#: what stands outside the screen on purpose
DROP_HIDDEN = "document.querySelectorAll('.skip, .mx thead').forEach(one => one.remove())"
#: the width of what scrolls sideways
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth && document.documentElement.scrollWidth"
#: the serious findings of axe: (rule, first element)
SERIOUS = """axe.run({resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact)).map(one => [one.id, one.nodes[0].html]))"""

#: what is seen of an element and reaches over the left or right edge of the page, or of a frame that no longer scrolls
OVER_THE_EDGE = """() => {
  const scrolls = one => getComputedStyle(one).overflowX !== 'visible';
  const scrolled = one => one.parentElement.closest('.wide, pre') && scrolls(one.parentElement.closest('.wide, pre'));
  return [...document.body.querySelectorAll('*')].filter(one => one.checkVisibility() && !scrolled(one)).flatMap(one => {
    const box = one.getBoundingClientRect();
    const out = box.width > 1 && (box.right > innerWidth + 0.5 || box.left < -0.5);
    const spilt = one.matches('pre') && !scrolls(one) && one.scrollWidth > one.clientWidth;
    return out || spilt ? [`${one.tagName} ${one.textContent.trim().slice(0, 40)}`] : [];
  });
}"""

#: charts that the end of a sheet may cut in two: nothing round them keeps together, or what does is higher than a sheet
CUT = """() => [...document.querySelectorAll('svg[aria-labelledby]')].filter(one => one.checkVisibility()).filter(one => {
  for (let box = one; box; box = box.parentElement)
    if (getComputedStyle(box).breakInside === 'avoid' && box.getBoundingClientRect().height <= innerHeight) return false;
  return true;
}).map(one => one.querySelector('title').textContent)"""

#: visible drawings without a role, or without a title of their own
UNNAMED = """() => [...document.querySelectorAll('svg')].filter(one => one.checkVisibility()).filter(
  one => one.getAttribute('role') !== 'img' || !one.querySelector(':scope > title')?.textContent.trim()
).map(one => one.outerHTML.slice(0, 120))"""

#: visible headings that leave a level out, and any but one of the first level
DISORDER = """() => {
  const seen = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(one => one.checkVisibility());
  const level = one => one ? Number(one.tagName[1]) : 0;
  const odd = seen.filter((one, place) => level(one) > level(seen[place - 1]) + 1 || (level(one) === 1) !== (place === 0));
  return odd.map(one => one.textContent);
}"""

LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"

#: from now on, note the words of what gets the focus, and whether a frame round it shows that
NOTE_FOCUS = """window.focused = []; document.addEventListener('focusin', event => {
  const style = getComputedStyle(event.target);
  focused.push([event.target.textContent.trim(), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]);
})"""
#: how many elements the Tab key stops at, at most
STOPS = """() => [...document.querySelectorAll('a[href], summary, input, [tabindex]')].filter(one => one.checkVisibility()).length"""


@dataclass(frozen=True)
class Pack:
    """A published pack: its folder, and the pages to look at."""

    folder: Path
    addresses: tuple[str, ...]

    def url(self, address: str) -> str:
        """Where a page lies."""
        return (self.folder / address).as_uri()

    def in_turn(self, tab: Page) -> Iterator[str]:
        """Opens one page after the other and says which."""
        assert self.addresses
        for address in self.addresses:
            tab.goto(self.url(address))
            yield address

    def answers(self, tab: Page, *steps: str) -> dict[str, list[Any]]:
        """Does the steps on each page, one after the other: what they answer, pages and steps with nothing to say left out."""
        found = {address: [answer for step in steps if (answer := tab.evaluate(step))] for address in self.in_turn(tab)}
        return {address: answers for address, answers in found.items() if answers}
