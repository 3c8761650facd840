"""The search box of the first page, in a real browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from tests.pack.conftest import Pack

BROWSER = shutil.which("chromium")
#: types into the box and writes what is left to be seen into the title
TYPED = """<script>
var typed=TYPED,seen=typed.map(function(word){
var box=document.getElementById("finder");box.value=word;box.dispatchEvent(new Event("input"));
function shown(list){return [].filter.call(list,function(one){return one.offsetParent!==null})}
return [shown(document.querySelectorAll(".places a")).map(function(a){return a.textContent}),
shown(document.querySelectorAll(".group h3")).length,shown([document.getElementById("none")]).length]});
document.title=JSON.stringify(seen);
</script></body>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")


def _seen(made: Pack, folder: Path, words: list[str]) -> list[tuple[list[str], int, int]]:
    """For each search: the organisations, the number of regions, and whether it says that there is none."""
    page = folder / "index.html"
    page.write_text(made.pages["index.html"].source.replace("</body>", TYPED.replace("TYPED", json.dumps(words))), "utf-8")
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        f"--user-data-dir={folder / 'profile'}",
    ]
    dumped = subprocess.run([str(BROWSER), *quiet, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"<title>(.*?)</title>", dumped, re.DOTALL)
    assert found, dumped[:500]
    return [(names, groups, none) for names, groups, none in json.loads(unescape(found[1]))]


def test_the_box_finds_by_part_of_a_name_or_by_code_and_says_when_there_is_none(made: Pack, tmp_path: Path) -> None:
    merged, several, everything, none, again = _seen(made, tmp_path, ["rme", "HOSPITAL trust", "", "no such place", "zerowell"])
    assert merged == (["Mergerby Hospitals NHS Foundation Trust"], 1, 0)
    assert several == (["Gapford Hospitals NHS Trust", "Endingham Hospital NHS Trust", "Mergerby Hospitals NHS Foundation Trust"], 2, 0)
    assert (len(everything[0]), everything[1:]) == (7, (3, 0))
    assert none == ([], 0, 1)
    assert again == (["Zerowell Minor Injuries Unit"], 1, 0)
