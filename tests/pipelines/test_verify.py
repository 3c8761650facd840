"""What ``sightline verify`` promises: a changed byte is found, and archive, declared files and code give the published tables again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from pipelines import verify
from pipelines.run import Outcome, run_nightly
from sightline.errors import BadInput
from sightline.home import Home
from tests.ae_site import monthly, site
from tests.conftest import MONTHS, new_home

pytestmark = pytest.mark.usefixtures("history_in_memory")


@pytest.fixture
def home(good: tuple[Outcome, Home], tmp_path: Path) -> Home:
    """A copy of the published house, far from the site that it came from."""
    return Home(Path(shutil.copytree(good[1].root, tmp_path / "home", symlinks=True)))


@pytest.fixture
def no_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a source fails."""

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a source was opened")

    for name in ("assets.visit.open_source", "assets.visit.refresh", "assets.intake.open_source", "assets.publication.open_source"):
        monkeypatch.setattr(name, opened)


def kept(home: Home) -> dict[str, str]:
    """Every file of archive, declared and publications with its hash."""
    files = [path for folder in (home.archive, home.declared, home.publications) for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def facts_changed(home: Home, **changed: object) -> None:
    path = home.published / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.long
def test_every_table_is_rebuilt_as_it_is_published_without_a_visit_and_nothing_is_written(home: Home, no_visit: None) -> None:
    before = kept(home)
    found = verify.verify(home)
    assert found == verify.Verdict(files=len(MONTHS), tables=found.tables)
    assert found.good
    assert found.tables == len(json.loads((home.published / "run.json").read_text())["tables"]) > 10
    assert kept(home) == before
    assert f"originals: {len(MONTHS)}, none damaged" in verify.lines(found)


def test_a_table_that_differs_is_named_and_what_may_explain_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = json.loads((home.published / "run.json").read_text())["tables"]
    monkeypatch.setattr(verify, "rebuilt", lambda home, made=dict(tables): (made, ()))
    tables["core.gone"] = "0" * 64
    del tables["reference.region"]
    facts_changed(home, tables={**tables, "measure.value": "1" * 64}, code="0" * 64)
    found = verify.verify(home)
    assert not found.good
    assert [line.partition(":")[0] for line in found.differing] == ["core.gone", "measure.value", "reference.region"]
    assert "the code" in found.changed[0]
    text = "\n".join(verify.lines(found))
    assert "differs: measure.value: other rows; published 111111111111, rebuilt" in text


def test_a_declared_file_that_changed_since_the_publication_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "rebuilt", lambda home: (json.loads((home_facts).read_text())["tables"], ()))
    home_facts = home.published / "run.json"
    assert verify.verify(home).changed == ()
    (home.declared / "note.txt").write_text("changed")
    assert "declared" in verify.verify(home).changed[0]


@pytest.mark.parametrize("fault", ["a byte", "gone"])
def test_a_damaged_original_is_named_and_nothing_is_rebuilt(fault: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "rebuilt", lambda _: pytest.fail("rebuilt from damaged originals"))
    original = next(path for path in sorted(home.archive.glob("??/??/*")))
    original.chmod(0o644)
    body = bytes([original.read_bytes()[0] ^ 1]) + original.read_bytes()[1:]
    if fault == "gone":
        original.unlink()
    else:
        original.write_bytes(body)
    found = verify.verify(home)
    assert not found.good
    assert (found.files, len(found.damaged)) == (len(MONTHS), 1)
    assert original.name in found.damaged[0]
    assert (hashlib.sha256(body).hexdigest() in found.damaged[0]) == (fault == "a byte")


def test_a_rebuild_that_fails_is_said_in_plain_words(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BadInput("the file gate", expected="this", seen="that", action="look")

    monkeypatch.setattr("assets.intake.parse_cached", broken)
    found = verify.verify(home)
    assert not found.good
    assert "nothing was rebuilt: the file gate: expected" in "\n".join(verify.lines(found))


@pytest.mark.long
def test_a_simulated_home_is_verified_as_a_real_one(tmp_path: Path, charts: Path) -> None:
    source = site(tmp_path / "site", [monthly(month) for month in MONTHS[:3]])
    (source / "SIMULATED.txt").write_text("made up")
    home = new_home(tmp_path / "home", charts)
    assert run_nightly(home, str(source)).exit_status == 0
    shutil.rmtree(source)
    assert home.kind == "simulated"
    assert verify.verify(home).good


def test_nothing_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sightline run"):
        verify.verify(Home(tmp_path / "home").create())
