"""Forms of the schema editor and the wizard."""

import re
from typing import Any

from django import forms

from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from ingestion.xdm.infer import node_of_type
from ingestion.xdm.names import is_custom_name
from ingestion.xdm.types import INTEGER_RANGES

NEW_GROUP = "new"
FIELD_TYPES = (
    ("string", "String"),
    ("int", "Integer"),
    ("short", "Short"),
    ("long", "Long"),
    ("byte", "Byte"),
    ("number", "Double"),
    ("boolean", "Boolean"),
    ("date", "Date"),
    ("date-time", "DateTime"),
    ("object", "Object"),
    ("map", "Map of strings"),
)
FORMATS = ("email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "json-pointer")
NUMBERS = frozenset({*INTEGER_RANGES, "number"})


class StyledForm(forms.Form):
    """Widgets wear the classes of the design."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            css = "form-control"
            if isinstance(widget, forms.CheckboxInput):
                css = "form-check-input"
            elif isinstance(widget, forms.Select):
                css = "form-select"
            widget.attrs.setdefault("class", css)


class FieldForm(StyledForm):
    """What can change about a field that exists."""

    title = forms.CharField(label="Display name", required=False, max_length=300)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    required = forms.BooleanField(
        label="Required",
        required=False,
        help_text="Records that have the object around it must have the field.",
    )
    values = forms.CharField(
        label="Values",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One a line, as gold=Gold member. Texts only.",
    )
    closed = forms.BooleanField(
        label="Refuse other values",
        required=False,
        help_text="Otherwise the values are suggestions.",
    )
    pattern = forms.CharField(label="Pattern", required=False, help_text="A regular expression.")
    format = forms.ChoiceField(
        label="Format", required=False, choices=[("", "Any text"), *((f, f) for f in FORMATS)]
    )
    least = forms.DecimalField(label="Minimum value or length", required=False)
    most = forms.DecimalField(label="Maximum value or length", required=False)

    def clean_pattern(self) -> str:
        """A pattern must be a regular expression."""
        pattern = str(self.cleaned_data["pattern"])
        try:
            re.compile(pattern)
        except re.error as error:
            raise forms.ValidationError(f"No regular expression: {error}") from error
        return pattern

    def described(self) -> dict[str, Any]:
        """Title and description; None takes them away."""
        data = self.cleaned_data
        return {"title": data["title"] or None, "description": data["description"] or None}

    def limits(self, kind: str) -> dict[str, Any]:
        """Keywords for the values a field of this type may have; None takes one away."""
        data = self.cleaned_data
        least, most = data["least"], data["most"]
        if kind in NUMBERS:
            return {
                **({"minimum": _number(least)} if least is not None else {}),
                **({"maximum": _number(most)} if most is not None else {}),
            }
        if kind != "string":
            return {}
        return {
            "minLength": int(least) if least is not None else None,
            "maxLength": int(most) if most is not None else None,
            "pattern": data["pattern"] or None,
            "format": data["format"] or None,
            **self._values(),
        }

    def _values(self) -> dict[str, Any]:
        lines = [line.strip() for line in self.cleaned_data["values"].splitlines()]
        pairs = [line.partition("=")[::2] for line in lines if line]
        labels = {value.strip(): label.strip() or value.strip() for value, label in pairs}
        return {
            "meta:enum": labels or None,
            "enum": list(labels) if labels and self.cleaned_data["closed"] else None,
        }


def _number(value: Any) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


class AddFieldForm(FieldForm):
    """A new field."""

    name = forms.CharField(
        label="Field name",
        max_length=120,
        help_text="camelCase; letters, digits and _. Cannot change after saving.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(label="Type", choices=FIELD_TYPES)
    array = forms.BooleanField(label="Array", required=False, help_text="Several of them.")
    group = forms.ChoiceField(label="Assign to", help_text="The field group that gets the field.")
    group_title = forms.CharField(
        label="Name of the new field group", required=False, max_length=300
    )
    field_order = (
        *("name", "title", "type", "group", "group_title", "required", "array", "description"),
        *("values", "closed", "pattern", "format", "least", "most"),
    )

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group: Any = self.fields["group"]
        group.choices = [*groups, (NEW_GROUP, "New field group…")]

    def clean_name(self) -> str:
        """Names are fixed once saved, so they are checked at once."""
        name = str(self.cleaned_data["name"]).strip()
        if not is_custom_name(name):
            raise forms.ValidationError("Letters, digits, - and _ only, and not beginning with _.")
        return name

    def clean(self) -> dict[str, Any]:
        """A new group needs a name."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("group") == NEW_GROUP and not str(data.get("group_title", "")).strip():
            self.add_error("group_title", "Name the new field group.")
        return data

    def node(self) -> dict[str, Any]:
        """The definition of the field."""
        kind = str(self.cleaned_data["type"])
        given = {**self.described(), **self.limits(kind)}
        node: dict[str, Any] = dict(node_of_type(kind))
        node |= {key: value for key, value in given.items() if value is not None}
        if not self.cleaned_data["array"]:
            return node
        texts = {str(key): node.pop(key) for key in ("title", "description") if key in node}
        return {"type": "array", "items": node, **texts}


class IdentityForm(StyledForm):
    """Make a field an identity."""

    namespace = forms.ChoiceField(label="Identity namespace")
    primary = forms.BooleanField(label="Primary identity", required=False)

    def __init__(self, *args: Any, sandbox: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spaces = list_namespaces(organization=sandbox.organization)
        namespace: Any = self.fields["namespace"]
        namespace.choices = [(each.code, f"{each.name} ({each.code})") for each in spaces]


class NameForm(StyledForm):
    """Name and description of a schema."""

    title = forms.CharField(label="Schema display name", max_length=300)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class SampleForm(StyledForm):
    """A sample, pasted or uploaded."""

    file = forms.FileField(label="File", required=False, help_text="JSON or CSV, at most 1 MB.")
    text = forms.CharField(
        label="Sample",
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(
            attrs={"rows": 12, "spellcheck": "false", "class": "form-control mono"}
        ),
        help_text="A JSON object, a JSON array, one JSON object a line, or CSV with a header line.",
    )

    def clean(self) -> dict[str, Any]:
        """A file counts before pasted text."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        given = data.get("file")
        if given is not None and given.size > 1_000_000:
            self.add_error("file", "At most 1 MB: a few hundred records say as much.")
        elif given is not None:
            try:
                data["text"] = given.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file is no UTF-8 text.")
        elif not str(data.get("text", "")).strip():
            self.add_error("text", "Paste a sample, or choose a file.")
        return data
