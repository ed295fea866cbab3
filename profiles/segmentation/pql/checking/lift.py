"""From one value to the items of a list: fields of lists, and tests that some item passes."""

from collections.abc import Callable

from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.wording import in_words, nearest
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Call, Constant, Field, MapItems, Quantified, Span, Typed
from profiles.segmentation.pql.types import BOOLEAN, NULL, ListType, MapType, ObjectType, Scalar

type Build = Callable[[Typed], Typed]


def some(context: Context, source: Typed, build: Build, *, at: Span) -> Typed:
    """Does an item of a list pass? A list made by looking into items is tested item by item."""
    if isinstance(source, MapItems):
        body = source.body
        test = some(context, body, build, at=at) if source.flatten else build(body)
        return Quantified("exists", source.variable, source.source, test, BOOLEAN, at)
    assert isinstance(source.type, ListType)
    item = context.bind("item", source.type.item)
    return Quantified("exists", item.variable, source, build(item.at(source.at)), BOOLEAN, at)


def each(context: Context, source: Typed, build: Build, *, at: Span) -> Typed:
    """What `build` makes of every item, lists joined into one."""
    if isinstance(source, MapItems):
        inner = source.body
        body = each(context, inner, build, at=at) if source.flatten else build(inner)
        return mapped(source.variable, source.source, body, at=at)
    assert isinstance(source.type, ListType)
    item = context.bind("item", source.type.item)
    return mapped(item.variable, source, build(item.at(source.at)), at=at)


def mapped(variable: str, source: Typed, body: Typed, *, at: Span) -> MapItems:
    """The list of all `body`; bodies that are lists are joined."""
    if isinstance(body.type, ListType):
        return MapItems(variable, source, body, flatten=True, type=body.type, at=at)
    return MapItems(variable, source, body, flatten=False, type=ListType(body.type), at=at)


def field_of(context: Context, source: Typed, name: str, *, at: Span, name_at: Span) -> Typed:
    """A field of an object, or of each object in a list."""
    match source.type:
        case ObjectType(_, fields):
            if name not in fields:
                raise _no_field(context, source, name, fields=list(fields), at=name_at)
            if isinstance(source, Call) and source.function == "object":
                return source.arguments[list(fields).index(name)]
            return Field(source, name, fields[name], at)
        case ListType():
            return each(
                context,
                source,
                lambda item: field_of(context, item, name, at=at, name_at=name_at),
                at=at,
            )
        case Scalar() if source.type == NULL:
            return Constant(None, NULL, at)
        case _:
            raise _no_fields(context, source, name, at=name_at)


def _no_field(
    context: Context, source: Typed, name: str, *, fields: list[str], at: Span
) -> PqlError:
    owner = context.quote(source.at)
    meant = nearest(name, fields)
    return PqlError(
        f"{owner} has no field {name}.",
        at=at,
        found=name,
        suggestion=f"Did you mean {owner}.{meant}?" if meant else None,
    )


def _no_fields(context: Context, source: Typed, name: str, *, at: Span) -> PqlError:
    owner = context.quote(source.at)
    suggestion = None
    if isinstance(source.type, MapType):
        suggestion = f'Did you mean {owner}.get("{name}")?'
    return PqlError(
        f"{owner} is {in_words(source.type)}, it has no fields.",
        at=at,
        found=name,
        suggestion=suggestion,
    )
