"""Names of struct fields: DuckDB does not tell apart names that differ only in case."""

from collections.abc import Iterable


def column_name(name: str, fields: Iterable[str]) -> str:
    """The name of a field among those of its object.

    Where another differs only in case, both get a suffix that says which letters are capitals.
    """
    folded = name.lower()
    if sum(other.lower() == folded for other in fields) < 2:
        return name
    return f"{name}~{''.join('1' if letter != letter.lower() else '0' for letter in name)}"


def has_twins(fields: Iterable[str]) -> bool:
    """Are there names that differ only in case?"""
    names = list(fields)
    return len({name.lower() for name in names}) < len(names)
