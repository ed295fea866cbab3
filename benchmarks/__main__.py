"""`make bench`: measure a product of its own. JSON lines, then a table; the run is kept in var/.

python -m benchmarks                       everything
python -m benchmarks look-up freshness     some rows
python -m benchmarks --size 20000 --seconds 10
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import audiences, flow, wire
from benchmarks.order import Order, measure
from benchmarks.pages import list_pages
from benchmarks.processes import memory_of
from benchmarks.product import Subject, start_subject
from benchmarks.report import BENCH, Row, keep, loops_a_second, machine, table

MOST_FLOOR_RECORDS = 100_000
LIST_ROWS = 10_000
AUDIENCES = 20
MANY_AUDIENCES = 499  # one is left for the row of memberships
# Records a second beside which that many are measured: about half of what there is room for.
MANY_RATE = 200
BATCH_AUDIENCES = 100


@dataclass(slots=True)
class Bench:
    """The subject, the sizes, and the rows so far: some rows build on others."""

    subject: Subject
    size: int
    seconds: float
    idle: float
    rows: dict[str, Row] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """People whose records stream in."""
        return min(self.size, 20_000)


def memory(bench: Bench) -> Iterator[Row]:
    """All processes after a time without work."""
    yield _memory(bench, "idle memory")


def memory_after(bench: Bench) -> Iterator[Row]:
    """The same when much was done before."""
    yield _memory(bench, "idle memory, worked")


def _memory(bench: Bench, name: str) -> Row:
    time.sleep(bench.idle)
    found = memory_of(bench.subject.product)
    pss = {name: round(one.pss, 1) for name, one in found.items()}
    rss = sum(one.rss for one in found.values())
    more = {"idle_s": bench.idle, "pss_mb": pss, "rss_mb": round(rss)}
    return Row(name, sum(one.pss for one in found.values()), "MB PSS", 900, 600, "lower", more=more)


def single(bench: Bench) -> Iterator[Row]:
    return wire.single(bench.subject, people=bench.people, seconds=bench.seconds / 4)


def batches(bench: Bench) -> Iterator[Row]:
    return wire.batches(bench.subject, people=bench.people, seconds=bench.seconds / 6)


def end_to_end(bench: Bench) -> Iterator[Row]:
    """With twenty streaming audiences, one message a request and a hundred."""
    audiences.ensure_audiences(bench.subject, AUDIENCES)
    for size, name in ((1, "end to end"), (100, "end to end, batches")):
        yield _end_to_end(bench, size, AUDIENCES, name)


def many_audiences(bench: Bench) -> Iterator[Row]:
    """The same with as many streaming audiences as a sandbox may have."""
    audiences.ensure_audiences(bench.subject, MANY_AUDIENCES)
    yield _end_to_end(bench, 100, MANY_AUDIENCES, "end to end, 500 audiences")
    yield audiences.membership(
        bench.subject,
        people=bench.people,
        seconds=bench.seconds / 2,
        rate=MANY_RATE,
        name="membership p99, 500 audiences",
    )


def _end_to_end(bench: Bench, size: int, count: int, name: str) -> Row:
    return flow.end_to_end(
        bench.subject,
        people=bench.people,
        seconds=bench.seconds,
        size=size,
        audiences=count,
        name=name,
    )


def membership(bench: Bench) -> Iterator[Row]:
    yield audiences.membership(bench.subject, people=bench.people, seconds=bench.seconds / 2)


def evaluation(bench: Bench) -> Iterator[Row]:
    """A job of a hundred audiences over as many profiles as the largest row has."""
    return audiences.evaluation(bench.subject, people=bench.size, audiences=BATCH_AUDIENCES)


def floor(bench: Bench) -> Iterator[Row]:
    """End to end ÷ the same rows written by nothing but COPY and upserts."""
    reached = bench.rows.get("end to end") or _keep(bench, end_to_end)
    first, last = reached.more["first_seq"], reached.more["last_seq"]
    last = min(last, first + MOST_FLOOR_RECORDS)
    order = Order("floor", bench.subject.world, first=first, last=last)
    found = measure(order, database_url=bench.subject.product.database_url)
    rate = found["records"] / found["seconds"]
    more = {"floor_records_per_second": round(rate), **_rounded(found)}
    yield Row("end to end ÷ floor", reached.value / rate, "ratio", 0.3, 0.6, more=more)


def _keep(bench: Bench, make: Callable[[Bench], Iterator[Row]]) -> Row:
    made = {row.bench: row for row in make(bench)}
    bench.rows.update(made)
    return next(iter(made.values()))


def freshness(bench: Bench) -> Iterator[Row]:
    return flow.freshness(bench.subject, people=bench.people, seconds=bench.seconds / 2)


def lookup(bench: Bench) -> Iterator[Row]:
    return flow.lookup(bench.subject, people=bench.people, seconds=bench.seconds / 4)


def growth(bench: Bench) -> Iterator[Row]:
    """What a record costs with many profiles ÷ what it costs with few."""
    order = Order("growth", bench.subject.world, people=bench.size)
    found = measure(order, database_url=bench.subject.product.database_url)
    ratio = found["us_many"] / found["us_few"]
    found["cpu_ratio"] = found["cpu_us_many"] / found["cpu_us_few"]
    yield Row("cost growth", ratio, "ratio", 1.3, 1.0, "lower", more=_rounded(found))


def pages(bench: Bench) -> Iterator[Row]:
    return list_pages(bench.subject, rows=min(bench.size, LIST_ROWS))


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}


BENCHES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "memory": memory,
    "end-to-end": end_to_end,
    "floor": floor,
    "freshness": freshness,
    "membership": membership,
    "look-up": lookup,
    "single": single,
    "batch": batches,
    "growth": growth,
    "pages": pages,
    "memory-after": memory_after,
    "many-audiences": many_audiences,
    "evaluation": evaluation,
}


def main() -> int:
    """Measure what was asked for; exit code 1 when a bar is missed."""
    options = _options()
    names = options.names or ([options.only] if options.only else list(BENCHES))
    folder = options.folder / "product"
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"machine": machine()}), flush=True)
    try:
        rows = run(folder, names, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    path = keep(rows, options.folder, settings={"size": options.size, "seconds": options.seconds})
    print(f"\n{table(rows)}\n\nkept in {path}", flush=True)
    return 0 if all(row.holds for row in rows) else 1


def run(folder: Path, names: list[str], options: argparse.Namespace) -> list[Row]:
    """Start the subject and measure, a line for each row as it comes."""
    with start_subject(folder) as subject:
        bench = Bench(subject, options.size, options.seconds, options.idle)
        for name in names:
            for row in BENCHES[name](bench):
                # Machines slow down in the course of a run: each row says how fast it was then.
                row.more["mega_loops_a_second"] = loops_a_second()
                bench.rows[row.bench] = row
                print(json.dumps(row.as_json()), flush=True)
    return list(bench.rows.values())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="name", default=[])
    parser.add_argument("--only", choices=BENCHES, help="one row")
    parser.add_argument("--size", type=int, default=1_000_000, help="profiles of the largest row")
    parser.add_argument("--seconds", type=float, default=60, help="length of the longest row")
    parser.add_argument("--idle", type=float, default=30, help="seconds of rest before memory")
    parser.add_argument("--folder", type=Path, default=BENCH, help="where the run is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
