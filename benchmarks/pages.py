"""Row of the console: list pages over ten thousand rows each, as a signed-in person gets them."""

import http.cookiejar
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import islice

from benchmarks.load import LoadFailed, address_of, percentile, poster, run_load
from benchmarks.product import Subject, wait_until_merged
from benchmarks.report import Row
from benchmarks.world import make_requests

VISITS = 15
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def list_pages(subject: Subject, *, rows: int) -> Iterator[Row]:
    """The slowest of the list pages, by the median of its visits."""
    _make_datasets(subject, rows)
    _make_rejects(subject, rows)
    inlet = subject.world.inlet_url.rpartition("/")[2]
    pages = {
        "datasets": "datasets/",
        "datasets, filtered": "datasets/?q=Row+0099",
        "sources": "sources/",
        "rejects": f"sources/{inlet}/errors/",
        "monitoring": "monitoring/",
    }
    browser = _Browser(subject)
    medians = {name: browser.median_ms(path) for name, path in pages.items()}
    more = {"rows": rows, "page_ms": {name: round(one, 1) for name, one in medians.items()}}
    yield Row("list pages", max(medians.values()), "ms", 300, 100, "lower", more=more)


class _Browser:
    """A session of the console."""

    def __init__(self, subject: Subject) -> None:
        self._base = subject.product.url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        environ = subject.product.client_environ()
        token = _TOKEN.search(self._open("/sign-in/"))
        if token is None:
            raise LoadFailed("The sign-in page holds no form.")
        form = {
            "csrfmiddlewaretoken": token.group(1),
            "username": environ["CONSOLE_USER"],
            "password": environ["CONSOLE_PASSWORD"],
        }
        self._open("/sign-in/", urllib.parse.urlencode(form).encode())

    def _open(self, path: str, body: bytes | None = None) -> str:
        headers = {"Referer": self._base}
        request = urllib.request.Request(self._base + path, body, headers)  # noqa: S310 - our own
        with self._opener.open(request, timeout=60) as answer:
            if body is None and not answer.url.startswith(self._base + path.partition("?")[0]):
                raise LoadFailed(f"{path} led to {answer.url}")
            return str(answer.read().decode())

    def median_ms(self, page: str) -> float:
        """Of some visits, the first of which warms up."""
        times = []
        for _ in range(VISITS + 1):
            began = time.perf_counter()
            self._open(f"/s/prod/{page}")
            times.append(time.perf_counter() - began)
        return percentile(times[1:], 0.5) * 1000


def _make_datasets(subject: Subject, count: int) -> None:
    url = f"{subject.client.gateway}/data/foundation/catalog/dataSets"
    known = next(iter(subject.client.get("/data/foundation/catalog/dataSets").values()))
    bodies = (
        json.dumps({"name": f"Row {number:05d}", "schemaRef": known["schemaRef"]}).encode()
        for number in range(count)
    )
    requests = map(poster(url, subject.client.headers), bodies)
    load = run_load(address_of(url), requests, seconds=600, connections=4)
    if set(load.statuses) != {201}:
        raise LoadFailed(f"Datasets were not made: {load.statuses}")


def _make_rejects(subject: Subject, count: int) -> None:
    world = subject.world
    messages = (world.member(number, points=-number) for number in range(1, count + 1))
    requests = islice(make_requests(world, messages, size=100), count // 100)
    load = run_load(address_of(world.inlet_url), requests, seconds=60, connections=1)
    if set(load.statuses) != {207}:
        raise LoadFailed(f"Invalid members were not taken: {load.statuses}")
    with subject.connect() as connection:
        wait_until_merged(connection)
