"""Sources: what a folder and a ZIP answer, and what they refuse."""

from __future__ import annotations

import os
import struct
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sightline.errors import BadInput
from sightline.fetch import Ask, Failed, NotThere, Reply, open_source
from sightline.fetch import source as sources
from sightline.fetch.address import canonical, place_of
from tests.fetch.site import CSV, HOST, INDEX, MAY, YEAR, Site, small_site, zipped

# -- which sources there are


@pytest.mark.parametrize("spec", ["ftp://www.england.nhs.uk/", "", "no/such/folder"])
def test_what_is_no_source_is_answered_with_those_there_are(spec: str) -> None:
    with pytest.raises(BadInput, match="'snapshot', 'sample', 'nhs', the address of a mirror, a folder or a ZIP"):
        open_source(spec)


def test_the_label_names_the_source_and_no_path_of_this_machine(tmp_path: Path) -> None:
    folder = open_source(str(small_site(tmp_path / "mirror-2025-07-15").root))
    archive = open_source(str(zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})))
    assert (folder.name, folder.label, folder.simulated) == ("folder", "folder mirror-2025-07-15", False)
    assert (archive.name, archive.label, archive.simulated) == ("zip", "zip m.zip", False)


# -- addresses


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (f"https://{HOST}/ae/", (HOST, "ae", "index.html")),
        (f"http://{HOST}/ae/", (HOST, "ae", "index.html")),
        (f"https://{HOST}", (HOST, "index.html")),
        (f"https://{HOST.upper()}/A%26E%20May.csv#top", (HOST, "A&E May.csv")),
        (f"https://{HOST}/caf%C3%A9.csv", (HOST, "café.csv")),
    ],
)
def test_an_address_has_one_place(url: str, place: tuple[str, ...]) -> None:
    assert place_of(url, {HOST}) == place


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}/../secret",
        f"https://{HOST}/a/%2e%2e/secret",
        f"https://{HOST}/a%2F..%2Fsecret",
        f"https://{HOST}/a%5C..%5Csecret",
        f"https://{HOST}/a//b.csv",
        f"https://{HOST}/a%00.csv",
        f"https://{HOST}/%FF.csv",
        f"https://{HOST}/C:/a.csv",
        f"https://{HOST}/a.csv?x=1",
        f"https://{HOST}:8080/a.csv",
        f"https://user@{HOST}/a.csv",
        "https://elsewhere.example/a.csv",
        "https:///a.csv",
        "https://[broken/a.csv",
        "https://../a.csv",
        f"file://{HOST}/a.csv",
        f"ftp://{HOST}/a.csv",
        "javascript:alert(1)",
        "/etc/passwd",
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        place_of(url, {HOST})


def test_http_and_https_are_one_address() -> None:
    assert canonical(f"http://{HOST.upper()}/ae/#top") == f"https://{HOST}/ae/"
    assert canonical("mailto:a@b.example") is None


# -- all questions at once


def test_a_local_source_answers_every_question_and_a_failure_stops_no_other(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    for source in (open_source(str(site.root)), open_source(str(zipped(tmp_path / "m.zip", {MAY.partition("://")[2]: CSV})))):
        asks = [Ask(YEAR + "none.csv"), Ask("https://elsewhere.example/a.csv"), Ask(MAY, etag='"held"')]
        missing, refused, reply = source.read_all(asks)
        assert isinstance(missing, Failed)
        assert isinstance(missing.error, NotThere)
        assert isinstance(refused, Failed)
        assert (refused.url, source.remote) == ("https://elsewhere.example/a.csv", False)
        assert isinstance(reply, Reply)
        assert reply.body == CSV


# -- folders


def test_a_folder_answers_with_bytes_and_the_files_time(tmp_path: Path) -> None:
    reply = open_source(str(small_site(tmp_path).root)).read(MAY)
    assert reply.body == CSV
    assert reply.last_modified == datetime(2025, 6, 12, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("url", [INDEX, INDEX.rstrip("/"), INDEX.replace("https", "http")])
def test_a_page_is_answered_by_its_index_html(tmp_path: Path, url: str) -> None:
    assert b"<h1>" in open_source(str(small_site(tmp_path).root)).read(url).body


@pytest.mark.parametrize("url", [YEAR + "none.csv", f"{MAY}/below", f"https://{HOST}/wp-content/"])
def test_what_is_missing_is_not_there(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotThere) as caught:
        open_source(str(small_site(tmp_path).root)).read(url)
    assert caught.value.url == url


def test_an_empty_folder_and_one_without_the_host_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a folder laid out as <host>/<path>"):
        open_source(str(tmp_path))
    Site(tmp_path).put("https://other.example/a.csv", CSV)
    with pytest.raises(BadInput, match=f"a folder laid out as <host>/<path> with {HOST} in it"):
        open_source(str(tmp_path), {HOST})


def test_links_that_lead_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(CSV)
    site = small_site(tmp_path / "site")
    (site.root / HOST / "out.csv").symlink_to(tmp_path / "secret.csv")
    (site.root / HOST / "away").symlink_to(tmp_path)
    (site.root / HOST / "inside.csv").symlink_to(site.root / MAY.partition("://")[2])
    (site.root / HOST / "circle").symlink_to(site.root / HOST / "circle")
    source = open_source(str(site.root))
    for name in ("out.csv", "away/secret.csv", "circle"):
        with pytest.raises(BadInput):
            source.read(f"https://{HOST}/{name}")
    assert source.read(f"https://{HOST}/inside.csv").body == CSV


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    os.mkfifo(site.root / HOST / "pipe.csv")
    with pytest.raises(BadInput, match="something that is no file"):
        open_source(str(site.root)).read(f"https://{HOST}/pipe.csv")


def test_a_body_is_read_up_to_64_mib(tmp_path: Path) -> None:
    assert sources.BODY_LIMIT == 64 * 1024 * 1024
    path = small_site(tmp_path).put(f"https://{HOST}/huge.csv", b"")
    os.truncate(path, sources.BODY_LIMIT + 1)  # a file of holes: no disk is used
    with pytest.raises(BadInput, match="more than 64 MiB"):
        open_source(str(tmp_path)).read(f"https://{HOST}/huge.csv")


# -- ZIPs


def test_a_zip_answers_with_noon_utc_of_the_members_day(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{HOST}/a.csv", (2025, 6, 12, 23, 59, 58)), CSV)
    reply = open_source(str(tmp_path / "m.zip"), {HOST}).read(f"http://{HOST}/a.csv")
    assert (reply.body, reply.last_modified) == (CSV, datetime(2025, 6, 12, 12, tzinfo=UTC))


@pytest.mark.parametrize("around", ["", "mirror/", "mirror-2025.07.15/"])
def test_a_zip_may_have_one_folder_around_the_hosts(tmp_path: Path, around: str) -> None:
    path = zipped(tmp_path / "m.zip", {f"{around}{HOST}/ae/index.html": b"<h1>", f"{around}{HOST}/v1.0/a.csv": CSV, "__MACOSX/._m": b""})
    source = open_source(str(path), {HOST})
    assert source.read(INDEX).body == b"<h1>"
    assert source.read(f"https://{HOST}/v1.0/a.csv").body == CSV
    with pytest.raises(NotThere):
        source.read(YEAR)


@pytest.mark.parametrize(
    "name",
    ["../a.csv", f"{HOST}/../../a.csv", f"/{HOST}/a.csv", f"{HOST}\\a.csv", f"{HOST}/./a.csv", f"{HOST}//a.csv", "C:/a.csv", f"{HOST}/a\x01.csv"],
)
def test_a_zip_with_a_name_that_leads_elsewhere_is_refused_whole(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/good.csv": CSV, name: CSV})
    with pytest.raises(BadInput, match="a name that leads elsewhere"):
        open_source(str(path))


def test_a_zip_with_a_link_in_it_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{HOST}/link.csv")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadInput, match="a member that is no file"):
        open_source(str(tmp_path / "m.zip"))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})
    _patch(path, flag_bits=1)
    with pytest.raises(BadInput, match="an encrypted member"):
        open_source(str(path))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{HOST}/a.csv", CSV)
        archive.writestr(f"{HOST}/a.csv", CSV + CSV)
    with pytest.raises(BadInput, match="two members of one name"):
        open_source(str(tmp_path / "m.zip"))


@pytest.mark.parametrize("claimed", [5, len(CSV) + 7])
def test_a_member_whose_size_lies_is_refused(tmp_path: Path, claimed: int) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})
    _patch(path, file_size=claimed)
    with pytest.raises(BadInput, match=r"a damaged member|size is not what the ZIP says"):
        open_source(str(path)).read(f"https://{HOST}/a.csv")


def test_a_member_larger_than_the_bound_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV, f"{HOST}/b.csv": CSV})
    _patch(path, file_size=sources.BODY_LIMIT + 1)
    source = open_source(str(path))
    with pytest.raises(BadInput, match="more than 64 MiB"):
        source.read(f"https://{HOST}/a.csv")
    assert source.read(f"https://{HOST}/b.csv").body == CSV


def test_a_member_that_unpacks_to_more_than_it_says_is_read_bounded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{HOST}/a.csv", b"0" * 1_000_000)
    _patch(tmp_path / "m.zip", file_size=10)
    with pytest.raises(BadInput, match="a damaged member"):
        open_source(str(tmp_path / "m.zip")).read(f"https://{HOST}/a.csv")


def test_a_zip_that_unpacks_to_more_than_2_gib_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})
    _patch(path, file_size=2**31 + 1)
    with pytest.raises(BadInput, match="more than 2,048 MiB unpacked"):
        open_source(str(path))


def test_a_zip_of_too_many_members_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/{number}": b"" for number in range(20_001)})
    with pytest.raises(BadInput, match="20,001 members, more than 20,000"):
        open_source(str(path))


@pytest.mark.parametrize("body", [b"", b"not a ZIP at all", b"PK\x03\x04 cut short"])
def test_what_is_no_zip_is_bad_input(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "m.zip").write_bytes(body)
    with pytest.raises(BadInput, match="no ZIP, or a damaged one"):
        open_source(str(tmp_path / "m.zip"))


@pytest.mark.parametrize(
    ("members", "seen"), [({}, "an empty ZIP"), ({"readme.txt": b"x"}, "no member below a host"), ({"o.example/a": b""}, "below")]
)
def test_a_zip_without_the_host_is_bad_input(tmp_path: Path, members: dict[str, bytes], seen: str) -> None:
    with pytest.raises(BadInput, match=seen):
        open_source(str(zipped(tmp_path / "m.zip", members)), {HOST})


def test_a_damaged_member_is_bad_input(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})
    path.write_bytes(path.read_bytes().replace(CSV, CSV[::-1]))
    with pytest.raises(BadInput, match="a damaged member"):
        open_source(str(path)).read(f"https://{HOST}/a.csv")


def test_an_impossible_time_is_no_time(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {f"{HOST}/a.csv": CSV})
    _patch(path, date=0)
    assert open_source(str(path)).read(f"https://{HOST}/a.csv").last_modified is None


def _patch(path: Path, *, flag_bits: int | None = None, file_size: int | None = None, date: int | None = None) -> None:
    """Change fields of the first entry of the central directory (APPNOTE 4.3.12), where a ZIP says what it holds."""
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02")
    for offset, form, value in ((8, "<H", flag_bits), (14, "<H", date), (24, "<L", file_size)):
        if value is not None:
            struct.pack_into(form, data, start + offset, value)
    path.write_bytes(bytes(data))


def test_the_helper_builds_what_it_says(tmp_path: Path) -> None:
    assert datetime.fromtimestamp(Site(tmp_path).put(MAY, CSV, date(2025, 6, 12)).stat().st_mtime, UTC).date() == date(2025, 6, 12)
