"""NHS England's website, or a mirror of it, over HTTP. Every answer is hostile until its whole body was counted.

At most four questions are under way at once; each has its time, its tries and its bytes, and ends in an answer or a reason.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from itertools import islice
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpx2
from anyio.from_thread import start_blocking_portal

from sightline import __version__
from sightline.errors import BadInput
from sightline.fetch.address import canonical, host_of, place_of
from sightline.fetch.anchor import squeezed
from sightline.fetch.source import MIB, Answer, Ask, Failed, Limits, NotThere, Reply, Unchanged

CONNECTIONS = 4
HOPS = 5
USER_AGENT = f"sightline/{__version__} (public NHS statistics, read once a night)"
#: an entity tag is sent back to the server, so it is kept only where it is short and plain
ETAG_LIMIT = 200
_NOT_THERE = (404, 410)
#: a site that is just being changed answers 404 for moments: ask once more, then believe it
_TRIES_WHERE_NOTHING_IS = 2
_PASSING = (408, 425, 429)
_HTTPS = "https://"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def nhs(hosts: Collection[str] | None, limits: Limits) -> WebSource:
    """NHS England's website itself."""
    return WebSource(_HTTPS, hosts, limits, name="nhs", label="NHS England's website")


def mirror(address: str, hosts: Collection[str] | None, limits: Limits) -> WebSource:
    """A mirror: ``https://<host>/<path>`` is answered at ``<address>/<host>/<path>``.

    A user and password in ``address`` are sent to the mirror and shown nowhere.

    Raises:
        BadInput: no plain http or https address of a server.
    """
    try:
        parts = urlsplit(address)
        place = _server(parts)
    except ValueError:  # such as a port that is no number
        parts, place = SplitResult("", "", "", "", ""), ""
    if not place or parts.query or parts.fragment:
        raise BadInput(
            "the address of the mirror",
            expected="http://HOST:PORT, perhaps with a path",
            seen="another form of address",
            action="name the address at which the mirror answers, without a query",
        )
    base = f"{parts.scheme}://{place}{parts.path.rstrip('/')}/"
    user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return WebSource(base, hosts, limits, name="mirror", label=f"mirror at {place}", user=user, direct=parts.hostname in _LOOPBACK)


def _server(parts: SplitResult) -> str:
    """HOST:PORT, without user, password and the usual port; raises ValueError for a port that is none."""
    host = squeezed(parts.hostname or "")
    place = f"[{host}]" if ":" in host else host
    return place if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f"{place}:{parts.port}"


@dataclass(frozen=True)
class _Fault:
    """Why a try gave nothing usable.

    In words, how often it is worth trying (None: as often as allowed), how long the server wants to be left alone, what body came.
    """

    seen: str
    tries: int | None = None
    pause_s: float = 0.0
    reply: Reply | None = None
    nothing_there: bool = False


class WebSource:
    """Reads over HTTP from ``base``, which stands in for ``https://``, and only addresses on ``hosts``."""

    simulated = False
    remote = True

    def __init__(
        self,
        base: str,
        hosts: Collection[str] | None,
        limits: Limits,
        *,
        name: str,
        label: str,
        user: tuple[str, str] | None = None,
        direct: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self._base = base
        self._hosts = frozenset(hosts or ())
        self._limits = limits
        self._user = user
        self._direct = direct
        self._ends: float | None = None

    def read(self, url: str) -> Reply:
        """The answer to ``url``; raises NotThere, or BadInput when no whole body came in time."""
        with closing(self.read_all([Ask(url)])) as answers:
            answer = next(answers)
        if isinstance(answer, Reply):
            return answer
        raise answer.error if isinstance(answer, Failed) else NotThere(url)

    def read_all(self, asks: Sequence[Ask]) -> Generator[Answer, None, None]:
        """The answers as they arrive, four questions at a time.

        The event loop runs in a thread of its own, so it does not matter whether the caller's thread has one. The next question is
        only asked when an answer is taken: no more than eight bodies are ever held.
        """
        if self._ends is None:
            self._ends = time.monotonic() + self._limits.visit_s
        waiting = iter(asks)
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(self._client()) as client:
            running = {portal.start_task_soon(self._answer, client, ask) for ask in islice(waiting, CONNECTIONS)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {portal.start_task_soon(self._answer, client, ask) for ask in islice(waiting, len(done))}
                while done:
                    yield done.pop().result()

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """Read from disk once a visit: it takes longer than the rest of a client."""
        return httpx2.create_ssl_context(trust_env=not self._direct)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx2.AsyncClient]:
        """Certificates are checked, proxies of the environment used, but for a mirror on this machine. No pool timeout: four is the rule here."""
        try:
            client = httpx2.AsyncClient(
                verify=self._certificates,
                auth=self._user,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                timeout=httpx2.Timeout(self._limits.read_s, connect=self._limits.connect_s, pool=None),
                limits=httpx2.Limits(max_connections=CONNECTIONS),
                trust_env=not self._direct,
            )
        except (ImportError, OSError, ValueError, httpx2.InvalidURL) as error:
            raise BadInput(
                "the network",
                expected="proxies and certificates, as the environment names them, that can be used",
                seen=type(error).__name__,
                action="look at HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
            ) from error
        async with client:
            yield client

    async def _answer(self, client: httpx2.AsyncClient, ask: Ask) -> Answer:
        """All tries at one address, within its time and what is left of the visit's."""
        limits, seen = self._limits, Counter[str]()
        ends = min(time.monotonic() + limits.address_s, self._ends or 0.0)
        fault = _Fault("no whole answer in the time that was left")
        while (left := ends - time.monotonic()) > 0:
            outcome = await self._try(client, ask, min(limits.try_s, left))
            if not isinstance(outcome, _Fault):
                return outcome
            fault = outcome
            seen[fault.seen] += 1
            pause = max(fault.pause_s, _backoff(limits.pause_s, seen.total()))
            enough = seen.total() >= limits.tries or seen[fault.seen] >= (fault.tries or limits.tries)
            if enough or pause > ends - time.monotonic():
                break
            await asyncio.sleep(pause)
        if fault.reply:
            return fault.reply
        return Failed(ask.url, NotThere(ask.url) if fault.nothing_there else _failed(ask.url, fault.seen, seen.total()))

    async def _try(self, client: httpx2.AsyncClient, ask: Ask, seconds: float) -> Reply | Unchanged | _Fault:
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(client, ask)
        except TimeoutError:
            return _Fault(f"no whole answer in {seconds:.0f} s")
        except BadInput as error:
            return _Fault(f"an address that is never asked for: {error.seen}", tries=1)
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError) as error:
            return _Fault(_in_words(error))

    async def _follow(self, client: httpx2.AsyncClient, ask: Ask) -> Reply | Unchanged | _Fault:
        """The answer at the end of at most five redirects, every address looked at before it is asked for."""
        url = ask.url
        for _ in range(HOPS + 1):
            async with client.stream("GET", self._place(url), headers=_conditions(ask)) as response:
                if not response.has_redirect_location:
                    return await _judged(response, ask)
                location = response.headers["location"]
            leads_to = self._target(url, location)
            if leads_to is None:
                return _Fault(f"a redirect to {squeezed(host_of(location))[:100] or 'no usable address'}", tries=1)
            url = leads_to
        return _Fault(f"more than {HOPS} redirects", tries=1)

    def _place(self, url: str) -> str:
        """Where ``url`` is asked for; raises BadInput for what a local source would refuse as well."""
        place_of(url, self._hosts)
        return self._base + (canonical(url) or "").removeprefix(_HTTPS)

    def _target(self, url: str, location: str) -> str | None:
        """The https address that a redirect from ``url`` leads to; None when it is none on an allowed host."""
        try:
            joined = urljoin(self._place(url), location)
            target = canonical(_HTTPS + joined.removeprefix(self._base) if joined.startswith(self._base) else joined)
            place_of(target or "", self._hosts)
        except ValueError:  # BadInput is one
            return None
        return target


async def _judged(response: httpx2.Response, ask: Ask) -> Reply | Unchanged | _Fault:
    """What an answer that is no redirect is worth."""
    if fault := _wrong_head(response, ask):
        return fault
    if response.status_code == httpx2.codes.NOT_MODIFIED:
        await response.aread()  # it has no body; the connection is free again
        return Unchanged(ask.url)
    body = bytearray()
    async for part in response.aiter_raw():  # without a size: it would wait for that many bytes
        body += part
        if len(body) > ask.limit:
            return _too_large(ask)
    if len(body) != int(response.headers.get("content-length", len(body))):
        return _Fault("an answer cut short")
    reply = Reply(ask.url, bytes(body), _moment(response.headers.get("last-modified")), _etag(response.headers.get("etag")))
    fault_of_body = ask.fault(reply.body)
    return _Fault(fault_of_body, reply=reply) if fault_of_body else reply


def _wrong_head(response: httpx2.Response, ask: Ask) -> _Fault | None:
    """What status and headers say against reading the body."""
    status, headers = response.status_code, response.headers
    if status == httpx2.codes.NOT_MODIFIED:
        return None if _conditions(ask) else _Fault("HTTP 304, though nothing was said to be held")
    if status in _NOT_THERE:
        return _Fault("nothing", tries=_TRIES_WHERE_NOTHING_IS, nothing_there=True)
    if status != httpx2.codes.OK:
        pause_s = _retry_after(headers.get("retry-after"))
        wish = f" with the wish to be left alone for {pause_s:,.0f} s" if pause_s else ""
        return _Fault(f"HTTP {status}{wish}", tries=None if status in _PASSING or status >= 500 else 1, pause_s=pause_s)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return _Fault("a compressed answer, which was not asked for")
    length = headers.get("content-length")
    if length is None and headers.get("transfer-encoding") is None:  # ends when the connection does: nobody can tell a part from the whole
        return _Fault("an answer without its length")
    return _too_large(ask) if length and int(length) > ask.limit else None


def _too_large(ask: Ask) -> _Fault:
    return _Fault(f"more than {ask.limit // MIB} MiB", tries=1)


def _conditions(ask: Ask) -> dict[str, str]:
    """Ask only for other bytes than those held."""
    conditions = {}
    if ask.etag:
        conditions["If-None-Match"] = ask.etag
    if ask.last_modified:
        conditions["If-Modified-Since"] = format_datetime(ask.last_modified.astimezone(UTC), usegmt=True)
    return conditions


def _backoff(first_s: float, tries: int) -> float:
    return first_s * 2.0 ** (tries - 1) * random.uniform(0.5, 1.0)  # noqa: S311 (spreads requests, keeps no secret)


def _retry_after(said: str | None) -> float:
    """Seconds from now; 0 when nothing readable was said."""
    if said is None:
        return 0.0
    if said.isascii() and said.isdigit():
        return float(said[:10])
    moment = _moment(said)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0


def _moment(said: str | None) -> datetime | None:
    """An HTTP date; None when it is none."""
    try:
        moment = parsedate_to_datetime(said) if said else None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _etag(said: str | None) -> str | None:
    return said if said and len(said) <= ETAG_LIMIT and said.isascii() and said.isprintable() else None


def _in_words(error: Exception) -> str:
    """What went wrong, without addresses: they could name a user."""
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError | httpx2.ProxyError):
        return f"no connection ({squeezed(str(error))[:120] or 'no answer in time'})"
    if isinstance(error, httpx2.TimeoutException):
        return "no further piece of the answer in time"
    if isinstance(error, httpx2.ReadError | httpx2.WriteError):
        return "a connection that was reset"
    if isinstance(error, httpx2.RemoteProtocolError):
        return "an answer cut short, or none in HTTP"
    return type(error).__name__


def _failed(url: str, seen: str, tries: int) -> BadInput:
    times = f", the last of {tries} tries" if tries > 1 else ""
    return BadInput(
        url[:300],
        expected="a whole page or file",
        seen=f"{seen}{times}",
        action="nothing, if it happens once: it is asked for again on the next run; else look at the address in a browser",
    )
