"""How long a text may be that names something: event ids and identity values are index keys."""

# An index entry of Postgres holds about 2,700 bytes.
MOST_KEY_BYTES = 2560
_MOST_BYTES_A_CHARACTER = 4


def is_too_long(text: str) -> bool:
    """Whether the text is too long for a key."""
    if len(text) * _MOST_BYTES_A_CHARACTER <= MOST_KEY_BYTES:
        return False
    return _bytes(text) > MOST_KEY_BYTES


def length_of(text: str) -> str:
    """The length of a text that is too long to be shown, for people."""
    return f"{len(text):,} characters, {_bytes(text):,} bytes"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
