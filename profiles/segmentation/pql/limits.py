"""How large a query may be, so that a hostile one costs little."""

MAX_TEXT_BYTES = 64 * 1024
MAX_NESTING = 60
# Brackets and operands inside each other while reading.
MAX_STACK = 90
MAX_NODES = 2_000
MAX_LINKS = 20
MAX_LIST_ITEMS = 1_000
MAX_PATTERN = 1_000
MAX_BINDINGS = 3
# Items of a list in a batch evaluation, by how many loops around do not concern it.
MAX_INNER_ITEMS = (10_000, 100, 10, 1)
# What the database's error says about a longer one.
TOO_LONG = "onefold: list too long"
# Numbers are doubles: beyond this, whole numbers lose digits.
MAX_INTEGER = 2**53 - 1
MAX_DURATION_YEARS = 1_000
MAX_COUNT = 10_000
