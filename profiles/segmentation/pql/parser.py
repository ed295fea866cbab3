"""Tokens to nodes, by precedence climbing.

From loose to tight: quantifiers, `select`, folds and `let` (they take all that follows), `or`,
`and`, `not`, comparisons, `+ -`, `* / %`, unary `-`, postfix.
"""

from typing import Final, get_args

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_BINDINGS, MAX_LIST_ITEMS, MAX_NESTING, MAX_STACK
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.syntax import clauses
from profiles.segmentation.pql.syntax.lexer import Token, TokenKind, tokens
from profiles.segmentation.pql.syntax.measure import check_size, too_deep
from profiles.segmentation.pql.syntax.stream import COMPARISONS, DAYS, SHIFTS, UNITS, Stream

OR, AND, NOT, COMPARISON, SUM, PRODUCT = range(1, 7)
LEVELS: Final = {
    "or": OR,
    "and": AND,
    **dict.fromkeys((*COMPARISONS, "in", "notIn", "like", "occurs"), COMPARISON),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/%", PRODUCT),
}
FOLDS: Final = get_args(nodes.FoldName.__value__)
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_CHAINED = "Join comparisons with and, such as a < b and b < c."
_IN_LIST = 'Lists stand in square brackets, such as ["FI", "SE"].'


def parse(text: str) -> nodes.Query:
    """The nodes of a query; raises PqlError."""
    try:
        query = _Parser(Stream(tokens(text)), text).query()
        check_size(query.body)
    except PqlError as error:
        raise error.within(text) from None
    except RecursionError:  # the caller's own stack was nearly full
        raise too_deep((0, len(text))).within(text) from None
    return query


class _Parser:
    """Recursive descent; each method takes what it describes from the stream."""

    def __init__(self, stream: Stream, text: str) -> None:
        self._stream = stream
        self._text = text
        self._brackets = 0
        self._operands = 0
        # Between `let x =` and its `in`, that word ends the value.
        self._in_ends = False

    def query(self) -> nodes.Query:
        parameters = self._signature() if self._at_lambda() else None
        body = self.expression()
        if self._stream.peek().kind is not TokenKind.END:
            self._stream.fail("an operator or the end of the query")
        return nodes.Query(parameters, body, self._text)

    def expression(self) -> Node:
        """The loosest level."""
        return self._operand(OR)

    def addition(self) -> Node:
        """An operand of a comparison."""
        return self._operand(SUM)

    def _operand(self, level: int) -> Node:
        self._operands += 1
        self._check_depth()
        node = self._operators(level)
        self._operands -= 1
        return node

    def _bracketed(self) -> Node:
        """An expression between brackets, where `in` is the operator again."""
        self._brackets += 1
        self._check_depth()
        before, self._in_ends = self._in_ends, False
        inner = self._operators(OR)
        self._in_ends = before
        self._brackets -= 1
        return inner

    def _check_depth(self) -> None:
        # Brackets and operands are counted apart: only operands make the tree deep. Together they
        # make the stack deep.
        brackets, operands = self._brackets, self._operands
        if max(brackets, operands) > MAX_NESTING or brackets + operands > MAX_STACK:
            raise too_deep(self._stream.peek().at)

    def _operators(self, level: int) -> Node:
        start = self._stream.peek().at[0]
        left = self._prefix(level)
        while (found := self._infix_level()) >= level:
            if found == COMPARISON:
                left = self._comparison(left, start)
                # Comparisons do not chain.
                if self._infix_level() == COMPARISON:
                    self._stream.fail("and, or, or the end", suggestion=_CHAINED)
            elif found <= AND:
                left = self._logical(left, found, start)
            else:
                left = self._arithmetic(left, found, start)
        return left

    def _infix_level(self) -> int:
        token = self._stream.peek()
        if token.kind not in (TokenKind.SYMBOL, TokenKind.NAME):
            return 0
        if token.text == "in" and self._in_ends:
            return 0
        return LEVELS.get(token.text, 0)

    def _logical(self, first: Node, level: int, start: int) -> Node:
        operands = [first]
        operator: nodes.Joining = "or" if level == OR else "and"
        while self._stream.take(operator):
            operands.append(self._operand(level + 1))
        return nodes.Logical(operator, tuple(operands), self._stream.from_(start))

    def _arithmetic(self, left: Node, level: int, start: int) -> Node:
        operator = self._stream.next()
        right = self._operand(level + 1)
        return nodes.Binary(operator.text, left, right, self._stream.from_(start), operator.at)

    def _comparison(self, left: Node, start: int) -> Node:
        operator = self._stream.next()
        if operator.text == "occurs":
            test = clauses.time_test(self._stream, self.addition)
            return nodes.Occurs(left, test, self._stream.from_(start))
        right = self.addition()
        return nodes.Binary(operator.text, left, right, self._stream.from_(start), operator.at)

    def _prefix(self, level: int) -> Node:
        stream = self._stream
        start = stream.peek().at[0]
        if level <= NOT and stream.take("not", "!"):
            operand = self._operand(NOT)
            return nodes.Unary("not", operand, stream.from_(start))
        if level <= NOT and (loose := self._loose(start)) is not None:
            return loose
        if stream.take("-"):
            return nodes.Unary("-", self._postfix(), stream.from_(start))
        return self._postfix()

    # --- Constructs that take all that follows

    def _loose(self, start: int) -> Node | None:
        stream = self._stream
        token = stream.peek()
        if stream.at_word("exists", "forall") and stream.at_name(1):
            return self._quantifier(start)
        if stream.at_word("select"):
            return self._select(start)
        if stream.at_word("let"):
            return self._let(start)
        if token.text in FOLDS and self._starts_operand(stream.peek(1)):
            return self._fold(start)
        return None

    @staticmethod
    def _starts_operand(token: Token) -> bool:
        """Can the body of a fold begin so? A field may be called `count` as well."""
        if token.kind is TokenKind.NAME:
            return token.text not in LEVELS and token.text not in ("where", "from", "over")
        plain = (TokenKind.NUMBER, TokenKind.PARAMETER, TokenKind.STRING)
        return token.kind in plain or token.text == "^"

    def _let(self, start: int) -> Node:
        stream = self._stream
        stream.next()
        name = stream.expect_name("a name for the value").text
        stream.expect("=")
        before, self._in_ends = self._in_ends, True
        value = self.expression()
        self._in_ends = before
        stream.expect("in")
        return nodes.Let(name, value, self.expression(), stream.from_(start))

    def _quantifier(self, start: int) -> Node:
        word = self._stream.next().text
        kind: nodes.QuantifierName = "exists" if word == "exists" else "forall"
        bindings = self._bindings()
        claim = self.expression() if self._stream.take(":") else None
        return nodes.Quantifier(kind, bindings, claim, self._stream.from_(start))

    def _select(self, start: int) -> Node:
        self._stream.next()
        return nodes.Select(self._bindings(), self._stream.from_(start))

    def _bindings(self) -> tuple[nodes.Binding, ...]:
        stream = self._stream
        found = [self._binding()]
        while stream.at_symbol(",") and stream.at_name(1) and stream.at_word("from", ahead=2):
            stream.next()
            found.append(self._binding())
        if len(found) > MAX_BINDINGS:
            raise PqlError(f"At most {MAX_BINDINGS} lists can be combined.", at=found[-1].at)
        return tuple(found)

    def _binding(self) -> nodes.Binding:
        stream = self._stream
        start = stream.peek().at[0]
        name = stream.expect_name("a name for the item").text
        stream.expect("from")
        source = self._postfix()
        condition = self.expression() if stream.take("where") else None
        return nodes.Binding(name, source, condition, stream.from_(start))

    def _fold(self, start: int) -> Node:
        function = self._stream.next().text
        return self._over(function, self.expression(), start)

    def _over(self, function: str, body: Node, start: int) -> Node:
        name = next(name for name in FOLDS if name == function)
        self._stream.expect("over", suggestion=f"Write {name} … over item from list.")
        return nodes.Fold(name, body, self._binding(), self._stream.from_(start))

    # --- Postfix and primary expressions

    def _postfix(self) -> Node:
        stream = self._stream
        start = stream.peek().at[0]
        node = self._primary(start)
        while True:
            if stream.take("."):
                node = self._member(node, start)
            elif stream.take("["):
                condition = self._bracketed()
                stream.expect("]")
                node = nodes.Pick(node, condition, stream.from_(start))
            else:
                return node

    def _member(self, node: Node, start: int) -> Node:
        """`.name` or `.name(…)`; after a dot keywords are names."""
        stream = self._stream
        if stream.peek().kind is not TokenKind.NAME:
            stream.fail("the name of a field or function")
        name = stream.next()
        if stream.at_symbol("("):
            arguments = self._arguments()
            return nodes.Invoke(node, name.text, arguments, stream.from_(start), name.at)
        return nodes.Access(node, name.text, stream.from_(start), name.at)

    def _primary(self, start: int) -> Node:
        stream = self._stream
        token = stream.peek()
        if token.kind in (TokenKind.STRING, TokenKind.NUMBER):
            stream.next()
            return nodes.Literal(token.value, token.at)
        if token.kind is TokenKind.PARAMETER:
            stream.next()
            return nodes.Parameter(int(token.value or 0), token.at)
        if token.kind is TokenKind.NAME:
            return self._word(start)
        return self._symbol(start)

    def _symbol(self, start: int) -> Node:
        stream = self._stream
        if stream.at_symbol("^"):
            levels = 0
            while stream.take("^"):
                levels += 1
            return nodes.Up(levels, stream.from_(start))
        if stream.at_symbol("("):
            return self._parenthesised()
        if stream.at_symbol("["):
            return self._list(start)
        if not stream.at_symbol("{"):
            stream.fail("a value")
        return self._object(start)

    def _parenthesised(self) -> Node:
        stream = self._stream
        if self._at_lambda():
            stream.fail("a value", suggestion="A lambda can only be an argument.")
        of_list = stream.peek(-1).text in ("in", "notIn")
        stream.next()
        inner = self._bracketed()
        stream.expect(")", suggestion=_IN_LIST if of_list else None)
        return inner

    def _list(self, start: int) -> Node:
        stream = self._stream
        stream.next()
        items: list[Node] = []
        while not stream.at_symbol("]"):
            items.append(self._bracketed())
            if len(items) > MAX_LIST_ITEMS:
                raise PqlError(f"A list has at most {MAX_LIST_ITEMS} items.", at=items[-1].at)
            if not stream.take(","):
                break
        stream.expect("]")
        return nodes.ListLiteral(tuple(items), stream.from_(start))

    def _object(self, start: int) -> Node:
        stream = self._stream
        stream.next()
        fields: list[tuple[str, Node]] = []
        while stream.peek().kind is TokenKind.STRING:
            token = stream.next()
            name = str(token.value)
            if any(name == other for other, _ in fields):
                raise PqlError(f"The object has two fields {token.text}.", at=token.at)
            stream.expect(":")
            fields.append((name, self._bracketed()))
            if not stream.take(","):
                break
        stream.expect("}")
        return nodes.ObjectLiteral(tuple(fields), stream.from_(start))

    def _word(self, start: int) -> Node:
        stream = self._stream
        token = stream.peek()
        word = token.text
        if word in _CONSTANTS:
            stream.next()
            return nodes.Literal(_CONSTANTS[word], token.at)
        if word in DAYS or (word in SHIFTS and stream.at_word(*UNITS, ahead=1)):
            return clauses.time_word(stream)
        called = stream.at_symbol("(", ahead=1)
        if called and word == "if":
            return self._conditional(start)
        if called and word.lower() == "chain":
            return self._chain(start)
        if word == "not":
            stream.fail("a value", suggestion="Put the negation in parentheses: (not …).")
        if word == "this":
            stream.next()
            return nodes.This(token.at)
        if not stream.at_name():
            stream.fail("a value")
        stream.next()
        return self._call(token) if called else nodes.Name(word, token.at)

    def _call(self, name: Token) -> Node:
        stream = self._stream
        arguments = self._arguments()
        if name.text in FOLDS and len(arguments) == 1 and stream.at_word("over"):
            body = arguments[0]
            if not isinstance(body, nodes.Lambda):
                return self._over(name.text, body, name.at[0])
        return nodes.Invoke(None, name.text, arguments, stream.from_(name.at[0]), name.at)

    def _conditional(self, start: int) -> Node:
        stream = self._stream
        stream.next()
        stream.expect("(")
        condition = self._bracketed()
        stream.expect(",", suggestion="Write if(condition, value, other value).")
        then = self._bracketed()
        stream.expect(",", suggestion="Write if(condition, value, other value).")
        otherwise = self._bracketed()
        stream.expect(")")
        return nodes.Conditional(condition, then, otherwise, stream.from_(start))

    # --- Arguments and lambdas

    def _arguments(self) -> tuple[Node | nodes.Lambda, ...]:
        stream = self._stream
        stream.expect("(")
        arguments: list[Node | nodes.Lambda] = []
        while not stream.at_symbol(")"):
            arguments.append(self._lambda() if self._at_lambda() else self._bracketed())
            if not stream.take(","):
                break
        stream.expect(")")
        return tuple(arguments)

    def _at_lambda(self) -> bool:
        """Is `(a, b) =>` next?"""
        stream = self._stream
        if not stream.at_symbol("("):
            return False
        ahead = 1
        while stream.at_name(ahead) or stream.at_symbol(",", ahead=ahead):
            ahead += 1
        return stream.at_symbol(")", ahead=ahead) and stream.at_symbol("=>", ahead=ahead + 1)

    def _signature(self) -> tuple[str, ...]:
        stream = self._stream
        stream.expect("(")
        names: list[str] = []
        while stream.at_name():
            names.append(stream.next().text)
            if not stream.take(","):
                break
        stream.expect(")")
        stream.expect("=>")
        return tuple(names)

    def _lambda(self) -> nodes.Lambda:
        start = self._stream.peek().at[0]
        parameters = self._signature()
        return nodes.Lambda(parameters, self._bracketed(), self._stream.from_(start))

    def _chain(self, start: int) -> Node:
        stream = self._stream
        stream.next()
        stream.expect("(")
        source = self._postfix()
        stream.expect(",")
        timestamp = stream.expect_name("the name of the events' time field")
        stream.expect(",")
        links = clauses.links(stream, addition=self.addition, expression=self._bracketed)
        stream.expect(")")
        at = stream.from_(start)
        return nodes.Chain(source, timestamp.text, links, at, timestamp.at)
