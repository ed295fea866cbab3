"""Files of uploads: where they lie, what they are, and their records one by one."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from core.errors import Invalid
from ingestion.uploads.models import Upload

CSV, JSON, NDJSON = "csv", "json", "ndjson"
DELIMITERS = {",": "Comma", "\t": "Tab", ";": "Semicolon", "|": "Pipe"}
_SNIFFED = 64 * 1024
# A cell longer than this is no cell but a quote that was never closed.
csv.field_size_limit(1024 * 1024)

type Numbered = tuple[int, Any]


class BadFile(Invalid):
    """A file that cannot be read as what it is said to be."""

    code = "bad_file"


def path_of(upload: Upload) -> Path:
    """Where the file's bytes are."""
    return Path(settings.CONFIG.var) / "uploads" / str(upload.pk)


def store(upload: Upload, chunks: Iterable[bytes], *, most: int) -> int:
    """Write the bytes; returns how many. Raises BadFile for more than `most`."""
    return write(path_of(upload), chunks, most=most)


def write(path: Path, chunks: Iterable[bytes], *, most: int) -> int:
    """The same for any file of ours."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += file.write(chunk)
            if size > most:
                raise BadFile(f"The file is larger than {most >> 20} MB.")
    return size


def detect(name: str, head: bytes) -> dict[str, Any]:
    """Format, encoding and delimiter of a file from its name and beginning."""
    if not head.strip():
        raise BadFile("The file is empty.")
    encoding = _encoding(head)
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    suffix = name.lower().rpartition(".")[2]
    if text.startswith(("{", "[")) or suffix in {"json", "ndjson", "jsonl"}:
        lines = text.startswith("{") and _is_line(text.splitlines()[0])
        return {"format": NDJSON if lines else JSON, "encoding": encoding}
    first = text.splitlines()[0]
    delimiter = max(DELIMITERS, key=first.count)
    return {"format": CSV, "encoding": encoding, "delimiter": delimiter}


def head_of(upload: Upload) -> bytes:
    """The beginning of the file."""
    return beginning(path_of(upload))


def beginning(path: Path) -> bytes:
    """As much of a file as its format is told by."""
    with path.open("rb") as file:
        return file.read(_SNIFFED)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # The beginning may end within a character.
        head[: len(head) - 4 if len(head) == _SNIFFED else None].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _is_line(line: str) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def read(upload: Upload) -> Iterator[Numbered]:
    """Records with their row number, from 1; what is no record comes as an Invalid."""
    options: Mapping[str, Any] = upload.options
    match options["format"]:
        case "csv":
            return read_csv(path_of(upload), options)
        case "ndjson":
            return _read_lines(path_of(upload))
        case _:
            return _read_json(path_of(upload))


def read_csv(path: Path, options: Mapping[str, Any]) -> Iterator[Numbered]:
    """Rows of a CSV file as records by its header, with their number, from 1."""
    with path.open(encoding=options["encoding"], errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=options["delimiter"])
        names = [name.strip() for name in next(rows, [])]
        number = 0
        while True:
            number += 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, Invalid(f"Not a CSV row: {error}")
                continue
            if len(row) > len(names):
                text = f"{len(row)} cells, but the header names {len(names)} columns"
                yield number, Invalid(text)
            elif row:
                yield number, {n: v for n, v in zip(names, row, strict=False) if v.strip()}


def header_of(upload: Upload) -> list[str]:
    """Names of a CSV file's columns, as its first line has them."""
    return columns_of(path_of(upload), upload.options)


def columns_of(path: Path, options: Mapping[str, Any]) -> list[str]:
    """The same of any CSV file."""
    with path.open(encoding=options["encoding"], errors="replace", newline="") as file:
        try:
            first = next(csv.reader(file, delimiter=options["delimiter"]), [])
        except csv.Error as error:
            raise BadFile(f"The first line is no CSV row: {error}") from error
    return [name.strip() for name in first]


def _read_lines(path: Path) -> Iterator[Numbered]:
    with path.open("rb") as file:
        number = 0
        for line in file:
            if line.strip():
                number += 1
                yield number, _object(line)


def _object(line: bytes) -> Any:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Invalid(f"Not JSON: {error}")
    return found if isinstance(found, dict) else Invalid("Not a JSON object")


def _read_json(path: Path) -> Iterator[Numbered]:
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadFile(f"The file is not JSON: {error}") from error
    for number, each in enumerate(found if isinstance(found, list) else [found], start=1):
        yield number, each if isinstance(each, dict) else Invalid("Not a JSON object")
