"""The network: every fault and hostile answer ends in the right bytes or in a reason, within its time."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

from sightline import __version__
from sightline.errors import BadInput
from sightline.fetch import Answer, Ask, Failed, Limits, NotThere, Reply, Source, Unchanged, open_source
from sightline.fetch.body import wrong_body
from sightline.fetch.source import MIB
from tests.fetch import server as acts
from tests.fetch.server import Act, Handler, Server
from tests.fetch.site import CSV, HOST, MAY

#: as in a night, but shorter: what is given up after a minute there is given up after 0.4 s here
SHORT = Limits(connect_s=2, read_s=0.2, try_s=0.4, address_s=5, visit_s=30, tries=3, pause_s=0.01)
DAY_S = 86_400
CSV_ASK = Ask(MAY, fault=partial(wrong_body, kind="csv"))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def _source(server: Server, limits: Limits = SHORT) -> Source:
    return open_source(server.base, {HOST}, limits)


def _one(source: Source, ask: Ask = CSV_ASK) -> Answer:
    (answer,) = source.read_all([ask])
    return answer


def _reason(answer: Answer) -> str:
    assert isinstance(answer, Failed), answer
    return answer.error.seen


# -- which sources these are


def test_the_live_site_and_a_mirror_say_what_they_are() -> None:
    nhs, mirror = open_source("nhs", {HOST}), open_source("http://localhost:8000/site/", {HOST})
    assert (nhs.name, nhs.label, nhs.simulated, nhs.remote) == ("nhs", "NHS England's website", False, True)
    assert (mirror.name, mirror.label, mirror.simulated, mirror.remote) == ("mirror", "mirror at localhost:8000", False, True)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("HTTP://Mirror.Example:80", "mirror at mirror.example"),
        ("https://mirror.example:443/", "mirror at mirror.example"),
        ("http://[::1]:8000", "mirror at [::1]:8000"),
        ("http://someone:secret@mirror.example:8000/a", "mirror at mirror.example:8000"),
    ],
)
def test_a_mirror_is_named_by_host_and_port_and_never_by_a_password(address: str, label: str) -> None:
    assert open_source(address).label == label


@pytest.mark.parametrize("address", ["http://", "http:///path", "http://host:port/", "http://host/?x=1", "http://host/#top", "http://[broken"])
def test_an_address_that_names_no_server_is_bad_input(address: str) -> None:
    with pytest.raises(BadInput, match="http://HOST:PORT"):
        open_source(address)


def test_a_password_reaches_the_mirror_and_no_message(server: Server) -> None:
    server.at(MAY, acts.whole(CSV))
    source = open_source(server.base.replace("http://", "http://someone:se%20cret@"), {HOST}, SHORT)
    assert source.read(MAY).body == CSV
    assert server.asked[0][1]["Authorization"] == "Basic c29tZW9uZTpzZSBjcmV0"
    server.at(MAY, acts.status(503))
    with pytest.raises(BadInput) as caught:
        source.read(MAY)
    assert "cret" not in str(caught.value)


def test_the_http_library_is_loaded_for_sources_on_a_network_alone() -> None:
    code = "import sys; from sightline.fetch import open_source; open_source('snapshot'); print('httpx2' in sys.modules, 'anyio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]


def test_the_environment_may_shorten_a_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_VISIT_SECONDS", "60")
    assert Limits.from_environment() == Limits(visit_s=60)
    monkeypatch.setenv("SIGHTLINE_VISIT_SECONDS", "999999")
    assert Limits.from_environment() == Limits()
    for wrong in ("soon", "0", "-5", "1.5"):
        monkeypatch.setenv("SIGHTLINE_VISIT_SECONDS", wrong)
        with pytest.raises(BadInput, match="SIGHTLINE_VISIT_SECONDS"):
            open_source("nhs")


# -- answers as they should be


def test_a_reply_has_the_bytes_the_tag_and_the_time(server: Server) -> None:
    server.at(MAY, acts.whole(CSV, etag='"a"', last_modified="Thu, 12 Jun 2025 09:30:00 GMT"))
    assert _one(_source(server)) == Reply(MAY, CSV, datetime(2025, 6, 12, 9, 30, tzinfo=UTC), '"a"')
    (path, headers) = server.asked[0]
    assert path == f"/{MAY.partition('://')[2]}"
    assert headers["User-Agent"].startswith(f"sightline/{__version__} ")
    assert headers["Accept-Encoding"] == "identity"
    assert "If-None-Match" not in headers
    assert "If-Modified-Since" not in headers


@pytest.mark.parametrize("parts", [(CSV,), tuple(bytes([byte]) for byte in CSV)])
def test_a_chunked_answer_is_put_together(server: Server, parts: Sequence[bytes]) -> None:
    server.at(MAY, acts.chunked(*parts))
    assert _source(server).read(MAY).body == CSV


@pytest.mark.parametrize(("etag", "modified"), [("é", "yesterday"), ("x" * 201, "Thu, 99 Jun 2025 09:30:00 GMT"), ('"a\tb"', "")])
def test_an_unusable_tag_or_time_is_none(server: Server, etag: str, modified: str) -> None:
    server.at(MAY, acts.whole(CSV, etag=etag, last_modified=modified))
    assert _one(_source(server)) == Reply(MAY, CSV)


def test_what_is_held_is_asked_for_with_conditions(server: Server) -> None:
    server.at(MAY, acts.status(304))
    modified = datetime(2025, 6, 12, 10, 30, tzinfo=UTC) + timedelta(microseconds=5)
    assert _one(_source(server), Ask(MAY, etag='"a"', last_modified=modified)) == Unchanged(MAY)
    headers = server.asked[0][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"a"', "Thu, 12 Jun 2025 10:30:00 GMT")


def test_one_connection_serves_many_answers(server: Server) -> None:
    ports: set[int] = set()

    def act(handler: Handler) -> None:
        ports.add(handler.client_address[1])
        handler.head(304)

    server.otherwise = act
    asks = [Ask(f"https://{HOST}/{number}.csv", etag='"a"') for number in range(20)]
    assert len(list(_source(server).read_all(asks))) == 20
    assert len(ports) <= 4


def test_four_questions_are_under_way_at_once_and_never_five(server: Server) -> None:
    together = threading.Barrier(4)

    def act(handler: Handler) -> None:
        together.wait(10)  # nobody is answered before four have asked
        acts.whole(CSV)(handler)

    server.otherwise = act
    asks = [Ask(f"https://{HOST}/{number}.csv") for number in range(24)]
    answers = list(_source(server, Limits()).read_all(asks))
    assert {answer.url for answer in answers if isinstance(answer, Reply)} == {ask.url for ask in asks}
    assert (len(answers), len(server.asked), server.most_at_once) == (24, 24, 4)


def test_a_slow_answer_holds_up_no_other_and_a_failure_is_an_answer(server: Server) -> None:
    slow, missing, elsewhere = f"https://{HOST}/slow.csv", f"https://{HOST}/none.csv", "https://elsewhere.example/a.csv"
    server.at(slow, acts.silent)
    server.at(MAY, acts.whole(CSV))
    answers = list(_source(server).read_all([Ask(slow), Ask(missing), Ask(elsewhere), Ask(MAY)]))
    assert answers[-1].url == slow
    by_url = {answer.url: answer for answer in answers}
    assert isinstance(by_url[MAY], Reply)
    assert "elsewhere.example" in _reason(by_url[elsewhere])
    assert all(path.startswith(f"/{HOST}/") for path, _ in server.asked)


def test_no_further_question_is_asked_of_one_who_stops_listening(server: Server) -> None:
    server.otherwise = acts.whole(CSV)
    answers = iter(_source(server).read_all([Ask(f"https://{HOST}/{number}.csv") for number in range(100)]))
    next(answers)
    del answers
    assert _source(server).read(MAY).body == CSV
    assert len(server.asked) <= 8 + 1


def test_it_reads_from_a_thread_that_has_an_event_loop_of_its_own(server: Server) -> None:
    server.at(MAY, acts.whole(CSV))

    async def inside() -> bytes:
        return _source(server).read(MAY).body

    assert asyncio.run(inside()) == CSV


# -- faults that pass, and faults that stay


PASSING: dict[str, tuple[Act, str]] = {
    "500": (acts.status(500), "HTTP 500"),
    "503": (acts.status(503), "HTTP 503"),
    "429": (acts.status(429), "HTTP 429"),
    "408": (acts.status(408), "HTTP 408"),
    "reset": (acts.reset, "a connection that was reset"),
    "cut short": (acts.claiming(len(CSV), CSV[:20]), "an answer cut short"),
    "length too small by far": (acts.claiming(10**6, CSV), "an answer cut short"),
    "cut chunk": (acts.cut_chunk(CSV), "an answer cut short"),
    "without length": (acts.until_closed(CSV), "an answer without its length"),
    "compressed": (acts.whole(gzip.compress(CSV), content_encoding="gzip"), "a compressed answer"),
    "drip in the head": (acts.drip_head, "no whole answer in 0 s"),
    "drip in the body": (acts.drip_body, "no whole answer in 0 s"),
    "silent": (acts.silent, "no further piece of the answer in time"),
    "no HTTP": (acts.not_http, "none in HTTP"),
    "304 though nothing is held": (acts.status(304), "HTTP 304, though nothing was said to be held"),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_no_trace(server: Server, fault: str) -> None:
    server.at(MAY, PASSING[fault][0], PASSING[fault][0], acts.whole(CSV))
    answer = _one(_source(server))
    assert isinstance(answer, Reply)
    assert (answer.body, server.count(MAY)) == (CSV, 3)


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_ends_with_its_reason_after_all_tries(server: Server, fault: str) -> None:
    act, reason = PASSING[fault]
    server.at(MAY, act)
    began = time.monotonic()
    answer = _one(_source(server))
    assert time.monotonic() - began < SHORT.address_s
    assert reason in _reason(answer)
    assert (_reason(answer).endswith("the last of 3 tries"), server.count(MAY)) == (True, 3)


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><title>Sorry</title>"])
def test_a_wrong_body_is_asked_for_again_and_handed_over_when_it_stays(server: Server, body: bytes) -> None:
    server.at(MAY, acts.whole(body), acts.whole(CSV))
    answer = _one(_source(server))
    assert isinstance(answer, Reply)
    assert answer.body == CSV
    server.at(MAY, acts.whole(body))
    assert _one(_source(server)) == Reply(MAY, body)
    assert server.count(MAY) == 2 + 3


def test_what_is_not_there_is_asked_for_twice(server: Server) -> None:
    server.at(MAY, acts.status(404), acts.whole(CSV))
    assert isinstance(_one(_source(server)), Reply)
    server.at(MAY, acts.status(404))
    with pytest.raises(NotThere) as caught:
        _source(server).read(MAY)
    assert (caught.value.url, server.count(MAY)) == (MAY, 4)
    server.at(MAY, acts.status(503), acts.status(404), acts.whole(CSV))  # said once, after another fault
    assert isinstance(_one(_source(server)), Reply)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (acts.status(403), "HTTP 403"),
        (acts.status(204), "HTTP 204"),
        (acts.status(301), "HTTP 301"),
        (acts.claiming(2 * MIB, b""), "more than 1 MiB"),
        (acts.endless, "more than 1 MiB"),
    ],
)
def test_what_will_not_pass_is_asked_for_once(server: Server, act: Act, reason: str) -> None:
    server.at(MAY, act)
    assert _reason(_one(_source(server), Ask(MAY, limit=MIB))) == reason
    assert server.count(MAY) == 1


def test_a_bomb_is_never_unpacked(server: Server) -> None:
    server.at(MAY, acts.whole(gzip.compress(bytes(20 * MIB)), content_encoding="gzip"))
    assert "a compressed answer" in _reason(_one(_source(server)))


def test_a_server_that_is_not_there_is_no_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, and nobody else can take it
        answer = _one(open_source(f"http://127.0.0.1:{taken.getsockname()[1]}", {HOST}, SHORT))
    assert _reason(answer).startswith("no connection")


def test_a_server_without_a_valid_certificate_is_no_connection(server: Server, tmp_path: Path) -> None:
    context = _self_signed(tmp_path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.at(MAY, acts.whole(CSV))
    answer = _one(open_source(server.base.replace("http:", "https:"), {HOST}, SHORT))
    assert _reason(answer).startswith("no connection")
    assert "certificate" in _reason(answer).lower()
    assert server.asked == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


# -- how long


def test_a_wish_to_be_left_alone_longer_than_there_is_time_ends_it_at_once(server: Server) -> None:
    for said in (str(DAY_S), "9" * 400, format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)):
        server.at(MAY, acts.status(503, retry_after=said))
        began = time.monotonic()
        assert "with the wish to be left alone for" in _reason(_one(_source(server)))
        assert time.monotonic() - began < 1
    assert server.count(MAY) == 3


def test_a_wish_to_be_left_alone_is_granted(server: Server) -> None:
    server.at(MAY, acts.status(429, retry_after="1"), acts.whole(CSV))
    began = time.monotonic()
    assert isinstance(_one(_source(server)), Reply)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("said", ["soon", "-5", "", "Wed, 01 Jan 2020 00:00:00 GMT"])
def test_a_wish_that_cannot_be_read_or_has_passed_is_none(server: Server, said: str) -> None:
    server.at(MAY, acts.status(503, retry_after=said), acts.whole(CSV))
    assert isinstance(_one(_source(server)), Reply)


def test_all_tries_at_an_address_share_its_time(server: Server) -> None:
    server.at(MAY, acts.drip_body)
    began = time.monotonic()
    answer = _one(_source(server, Limits(read_s=0.2, try_s=0.2, address_s=0.5, visit_s=30, tries=100, pause_s=0.01)))
    assert time.monotonic() - began < 1.5
    assert 2 <= server.count(MAY) <= 4
    assert "no whole answer" in _reason(answer)


def test_when_the_time_of_a_visit_is_over_the_rest_is_not_asked_for(server: Server) -> None:
    server.otherwise = acts.drip_body
    server.at(MAY, acts.whole(CSV))
    source = _source(server, Limits(try_s=5, address_s=5, visit_s=0.3, pause_s=0.01))
    asks = [Ask(MAY), *(Ask(f"https://{HOST}/{number}.csv") for number in range(50))]
    began = time.monotonic()
    answers = list(source.read_all(asks))
    assert time.monotonic() - began < 2
    assert len(answers) == 51
    assert [answer.url for answer in answers if isinstance(answer, Reply)] == [MAY]
    assert len(server.asked) <= 5
    assert "in the time that was left" in _reason(answers[-1])
    assert "in the time that was left" in _reason(_one(source))  # one source object is one visit


# -- redirects


@pytest.mark.parametrize(
    "location",
    [
        "/www.example.org/new/May.csv",
        "https://www.example.org/new/May.csv",
        "http://WWW.example.org/new/May.csv",
        "{base}/www.example.org/new/May.csv",
    ],
)
def test_a_redirect_is_followed_on_the_same_host(server: Server, location: str) -> None:
    server.at(MAY, acts.redirect(location.format(base=server.base), 301))
    server.at(f"https://{HOST}/new/May.csv", acts.whole(CSV))
    assert _one(_source(server)) == Reply(MAY, CSV)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://elsewhere.example/May.csv", "a redirect to elsewhere.example"),
        ("//elsewhere.example/May.csv", "a redirect to elsewhere.example"),
        ("{base}/elsewhere.example/May.csv", "a redirect to 127.0.0.1"),
        ("http://127.0.0.1:1/", "a redirect to 127.0.0.1"),
        ("http://169.254.169.254/latest/meta-data/", "a redirect to 169.254.169.254"),
        ("https://www.example.org:8443/a", "a redirect to www.example.org"),
        ("https://user@www.example.org/a", "a redirect to www.example.org"),
        ("/www.example.org/%2e%2e/secret", "a redirect to no usable address"),
        ("file:///etc/passwd", "a redirect to no usable address"),
        ("javascript:alert(1)", "a redirect to no usable address"),
        ("http://[broken", "a redirect to no usable address"),
    ],
)
def test_a_redirect_that_leads_away_is_not_followed(server: Server, location: str, reason: str) -> None:
    server.at(MAY, acts.redirect(location.format(base=server.base)))
    assert _reason(_one(_source(server))) == reason
    assert len(server.asked) == 1


def test_five_redirects_are_followed_and_a_circle_is_left(server: Server) -> None:
    for hop in range(5):
        server.at(f"https://{HOST}/{hop}", acts.redirect(f"/{HOST}/{hop + 1}"))
    server.at(f"https://{HOST}/5", acts.whole(CSV))
    assert _source(server).read(f"https://{HOST}/0").body == CSV
    server.at(MAY, acts.redirect(f"/{MAY.partition('://')[2]}"))
    assert _reason(_one(_source(server))) == "more than 5 redirects"
    assert server.count(MAY) == 6


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/a.csv", f"https://{HOST}/a/../b.csv", f"https://{HOST}/a.csv?x=1", f"file://{HOST}/a", f"https://{HOST}:1/a"]
)
def test_an_address_that_is_not_allowed_is_never_asked_for(server: Server, url: str) -> None:
    with pytest.raises(BadInput, match="an address that is never asked for"):
        _source(server).read(url)
    assert server.asked == []


def test_without_hosts_nothing_may_be_read(server: Server) -> None:
    with pytest.raises(BadInput, match="an address that is never asked for"):
        open_source(server.base, None, SHORT).read(MAY)
    assert server.asked == []
