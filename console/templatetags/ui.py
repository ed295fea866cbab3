"""Small pieces of HTML used on every page. Larger ones are templates in `components/`."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import clock

register = template.Library()

_MICROSECONDS_FROM = 10**14  # as milliseconds this is the year 5138
_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A decorative icon of the sprite (cut to the names used in templates at build time)."""
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("build/icons.svg"),
        name,
    )


@register.simple_tag
def status(tone: str, label: str, *, live: bool = False) -> SafeString:
    """A status light: coloured dot plus word."""
    return format_html(
        '<span class="status-light" data-tone="{}"{}>{}</span>',
        tone,
        mark_safe(" data-live") if live else "",
        label,
    )


def to_datetime(value: datetime | int) -> datetime:
    """An aware UTC datetime from one, or from epoch milliseconds or microseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    scale = 1_000_000 if value > _MICROSECONDS_FROM else 1_000
    return datetime.fromtimestamp(value / scale, UTC)


@register.simple_tag
def when(value: datetime | int | None, missing: str = "Never") -> SafeString | str:
    """A relative time whose title is the exact one."""
    if value is None or value == "":
        return missing
    moment = to_datetime(value)
    exact = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(),
        exact,
        relative(moment, now=clock.now()),
    )


@register.simple_tag
def clock_time(value: datetime | int) -> SafeString:
    """Time of day to the millisecond, for traces."""
    moment = to_datetime(value)
    text = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>', moment.isoformat(), moment.date(), text
    )


@register.simple_tag
def clock_span(since: datetime | int, until: datetime | int) -> SafeString:
    """A range of time, UTC; the day is said once when it is the same."""
    first, last = to_datetime(since), to_datetime(until)
    day = "" if first.date() == last.date() else f"{last:%d %b} "
    return format_html(
        '<time datetime="{}">{}</time> to <time datetime="{}">{}</time> UTC',
        first.isoformat(),
        f"{first:%d %b %H:%M}",
        last.isoformat(),
        f"{day}{last:%H:%M}",
    )


def relative(moment: datetime, *, now: datetime) -> str:
    """As in "3 minutes ago": the same words as the script that keeps them fresh."""
    seconds = round((now - moment).total_seconds())
    if abs(seconds) < 5:
        return "just now"
    unit, count = "second", seconds
    for name, size in _STEPS:
        if abs(seconds) >= size:
            unit, count = name, int(seconds / size)
            break
    words = f"{abs(count)} {unit}{'' if abs(count) == 1 else 's'}"
    return f"{words} ago" if count > 0 else f"in {words}"


@register.filter
def duration_ms(value: float | None) -> str:
    """Milliseconds for people: 0.4 ms, 38 ms, 1.2 s, 4 min."""
    if value is None:
        return "–"  # noqa: RUF001 - a dash, as people expect one
    if value < 10:
        return f"{value:.1f} ms"
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 60_000:
        return f"{value / 1000:.1f} s"
    if value < 7_200_000:
        return f"{value / 60_000:.0f} min"
    return f"{value / 3_600_000:.0f} h"


@register.filter
def per_second(value: float) -> str:
    """A rate for people: 0, 0.071, 7.3, 12,600."""
    if value >= 100:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if value >= 1 else f"{value:.3f}"
    return text.rstrip("0").rstrip(".")


@register.simple_tag
def copyable(value: str, short: int = 0, what: str = "value") -> SafeString:
    """A monospace value with a copy button; longer than `short`, its middle is left out."""
    shown = value
    if short and len(value) > short:
        tail = max(4, short // 3)
        shown = f"{value[: short - tail]}…{value[-tail:]}"
    return format_html(
        '<span class="copyable"><code title="{}">{}</code>{}</span>',
        value,
        shown,
        copy_button(value, what=what),
    )


def copy_button(value: str, *, what: str) -> SafeString:
    """The button alone; a script answers it, so it is hidden without one."""
    return format_html(
        '<button type="button" class="copy-button" data-copy="{}" aria-label="Copy {}">'
        '<span class="todo">{}</span><span class="done">{}</span></button>',
        value,
        what,
        icon("copy", "small"),
        icon("check", "small"),
    )


@register.simple_tag
def copy_from(element_id: str, what: str) -> SafeString:
    """A button that copies the text of another element."""
    return format_html(
        '<button type="button" class="copy-button" data-copy-from="{}" aria-label="Copy {}">'
        '<span class="todo">{}</span><span class="done">{}</span></button>',
        element_id,
        what,
        icon("copy", "small"),
        icon("check", "small"),
    )


@register.simple_tag
def json_tree(value: Any, open_depth: int = 2, mark: str = "") -> SafeString:
    """JSON as nested disclosures that work without a script; `mark` highlights one JSON path."""
    if not isinstance(value, dict | list):
        return format_html('<div class="json">{}</div>', _json_leaf(value))
    return format_html('<div class="json">{}</div>', _json_children(value, open_depth, mark, ""))


def _json_children(
    value: dict[str, Any] | list[Any], depth: int, mark: str, path: str
) -> SafeString:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    items = ((_json_entry(key, child, depth, mark, f"{path}/{key}"),) for key, child in entries)
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", items))


def _json_entry(key: str | int, child: Any, depth: int, mark: str, path: str) -> SafeString:
    name = format_html('<span class="json-key">{}</span>', key)
    if mark and path == mark:
        name = format_html("<mark>{}</mark>", key)
    if not isinstance(child, dict | list) or not child:
        return format_html("{}: {}", name, _json_leaf(child))
    unfold = depth > 0 or (mark and mark.startswith(f"{path}/"))
    return format_html(
        "<details{}><summary><span>{}: "
        '<span class="json-size">{}</span></span></summary>{}</details>',
        mark_safe(" open") if unfold else "",
        name,
        f"[{len(child)}]" if isinstance(child, list) else f"{{{len(child)}}}",
        _json_children(child, depth - 1, mark, path),
    )


def _json_leaf(value: Any) -> SafeString:
    match value:
        case None:
            kind, text = "null", "null"
        case bool():
            kind, text = "boolean", str(value).lower()
        case str():
            kind, text = "string", f'"{value}"'
        case dict() | list():
            kind, text = "size", "{}" if isinstance(value, dict) else "[]"
        case _:
            kind, text = "number", str(value)
    return format_html('<span class="json-{}">{}</span>', kind, text)


@register.simple_tag
def sparkline(values: list[float], label: str) -> SafeString:
    """A small line without axes; the label carries the meaning for those who cannot see it."""
    if len(values) < 2:
        return mark_safe("")
    top = max(values) or 1
    step = 100 / (len(values) - 1)
    points = [(index * step, 29 - 27 * value / top) for index, value in enumerate(values)]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path class="area" d="{} L100 30 L0 30 Z"/><path d="{}"/></svg>',
        label,
        line,
        line,
    )


@register.simple_block_tag
def card(
    content: str, title: str = "", lead: str = "", *, flush: bool = False, level: int = 2
) -> str:
    """A titled box; `flush` lets a table or list touch its edges."""
    context = {"content": content, "title": title, "lead": lead, "flush": flush, "level": level}
    return render_to_string("components/card.html", context)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> str:  # noqa: A002 - reads as HTML in templates
    """A native dialog; open it with <button command="show-modal" commandfor="id">."""
    return render_to_string(
        "components/dialog.html", {"content": content, "id": id, "title": title}
    )


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """This page's query string with some parameters changed (None removes one)."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"
