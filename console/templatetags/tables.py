"""Tags of list pages: the search and filters above, the table, its cells."""

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.tables import Table

register = template.Library()


@register.simple_block_tag(takes_context=True)
def filters(
    context: Context,
    content: str,
    action: str,
    label: str,
    placeholder: str = "",
    text: str = "",
) -> str:
    """The head of a list: a search box and the controls inside, answered while one types."""
    given = context["request"].GET
    kept = [(name, given[name]) for name in ("sort", "size") if given.get(name)]
    return render_to_string(
        "components/filters.html",
        {
            "content": content,
            "action": action,
            "label": label,
            "placeholder": placeholder,
            "text": text,
            "kept": kept,
        },
    )


@register.simple_block_tag(takes_context=True)
def datatable(context: Context, content: str, table: Table, css: str = "") -> str:
    """A list with its head and foot around the rows; their cells are made with `cell`."""
    return render_to_string(
        "components/datatable.html",
        {"content": content, "table": table, "css": css, "sandbox": context["sandbox"]},
        request=context["request"],
    )


@register.simple_block_tag(takes_context=True)
def cell(context: Context, content: str, key: str, css: str = "") -> SafeString:
    """A cell of `page.table`, if its column shows."""
    table: Table = context["page"].table
    column = table.shown.get(key)
    if column is None:
        if all(each.key != key for each in table.columns):
            raise KeyError(f"The table {table.name} has no column {key}")
        return mark_safe("")
    classes = " ".join(filter(None, (column.css, css)))
    attribute = format_html(' class="{}"', classes) if classes else ""
    # The content is a part of the template: escaped where it was written.
    inner = mark_safe(content.strip())  # noqa: S308
    if column is table.head:
        return format_html('<th scope="row"{}>{}</th>', attribute, inner)
    return format_html("<td{}>{}</td>", attribute, inner)


@register.simple_tag(takes_context=True)
def select_cell(context: Context, row_id: str, label: str) -> SafeString:
    """The box that selects a row, if the rows of `page.table` can be selected."""
    selection = context["page"].table.selection
    if selection is None:
        return mark_safe("")
    return format_html(
        '<td class="select-cell"><input type="hidden" name="shown" value="{}" form="selection">'
        '<input class="form-check-input" type="checkbox" name="chosen" value="{}" form="selection"'
        ' aria-label="Select {}"{}></td>',
        row_id,
        row_id,
        label,
        mark_safe(" checked") if row_id in selection.ids else "",
    )


@register.simple_tag(takes_context=True)
def without_query(context: Context, names: str) -> str:
    """This page's query string from its first page on, without parameters (blanks between)."""
    query = context["request"].GET.copy()
    for name in ("after", *names.split()):
        query.pop(name, None)
    return f"?{query.urlencode()}" if query else "?"
