"""The form of a computed attribute."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from console.computed import FUNCTIONS, field_name
from profiles.segmentation.computed.parts import Parts
from profiles.segmentation.computed.types import AttributeInput
from profiles.segmentation.computed.windows import LIMITS, Duration
from profiles.segmentation.types import Expression

type Choices = Sequence[tuple[str, Any]]

_UNITS: Final = tuple((unit, unit.capitalize()) for unit in LIMITS)
# Where the form shows what the action says about a path.
_FIELDS: Final = {
    "name": "name",
    "displayName": "display_name",
    "duration.count": "count",
    "duration.unit": "unit",
}


class AttributeForm(forms.Form):
    """What it is called, what it computes of which events, and how far back."""

    display_name = forms.CharField(label="Display name", max_length=300)
    name = forms.CharField(
        label="Field name",
        max_length=100,
        required=False,
        help_text="Letters and digits. Left empty, it is made of the display name.",
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    event_type = forms.ChoiceField(label="Events", required=False)
    condition = forms.CharField(
        label="Only events for which",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A condition in PQL on fields of the event, such as"
        " commerce.order.priceTotal > 50.",
    )
    function = forms.ChoiceField(label="Function", choices=tuple(FUNCTIONS.items()))
    field = forms.ChoiceField(
        label="Field",
        required=False,
        help_text="Count takes none, sum takes numbers, minimum and maximum numbers and dates.",
    )
    expression = forms.CharField(
        label="Expression",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="This one was written as PQL and has no parts to choose.",
    )
    count = forms.IntegerField(label="Look back", min_value=1, max_value=max(LIMITS.values()))
    unit = forms.ChoiceField(label="Unit", choices=_UNITS)
    keep_current = forms.BooleanField(
        label="Fast refresh",
        required=False,
        help_text="Evaluated daily. Of weeks and months, the window then begins with a week or"
        " month and grows until the next one does.",
    )

    def __init__(
        self,
        *args: Any,
        event_types: Choices,
        fields: Choices,
        as_code: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.as_code = as_code
        self._choices("event_type", [("", "All events"), *event_types])
        self._choices("field", [("", "Choose a field"), *fields])
        if as_code:
            for name in ("event_type", "condition", "function", "field"):
                del self.fields[name]
            self.fields["expression"].required = True
        else:
            del self.fields["expression"]
        for name, field in self.fields.items():
            self._style(name, field)

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @staticmethod
    def _style(name: str, field: forms.Field) -> None:
        css = "form-control"
        if isinstance(field, forms.ChoiceField):
            css = "form-select"
        elif isinstance(field, forms.BooleanField):
            css = "form-check-input"
        field.widget.attrs["class"] = f"{css} mono" if name in _CODE else css
        if name in _CODE:
            field.widget.attrs |= {"spellcheck": "false", "autocapitalize": "off"}

    def clean(self) -> dict[str, Any]:
        """Only a count is of no field; a name can be made of the one for people."""
        given: dict[str, Any] = super().clean() or {}
        if not self.as_code and given.get("function") != "COUNT" and not given.get("field"):
            function = FUNCTIONS.get(given.get("function", ""), "The function")
            self.add_error("field", f"Choose the field: {function.lower()} of what?")
        given["name"] = given.get("name", "").strip() or field_name(given.get("display_name", ""))
        if not given["name"] and "display_name" not in self.errors:
            self.add_error("name", "Give a field name: the display name has no letters for one.")
        return given

    @property
    def parts(self) -> Parts:
        """What a valid form with parts computes."""
        given = self.cleaned_data
        is_count = given["function"] == "COUNT"
        return Parts(
            given["function"],
            "" if is_count else given["field"],
            given["event_type"],
            given["condition"].strip(),
        )

    def input_of(self, expression: str, *, published: bool) -> AttributeInput:
        """What a valid form asks for."""
        given = self.cleaned_data
        return AttributeInput(
            name=given["name"],
            display_name=given["display_name"],
            expression=Expression(expression),
            duration=Duration(given["count"], given["unit"]),
            description=given["description"],
            keep_current=given["keep_current"],
            published=published,
        )

    def field_for(self, path: str) -> str | None:
        """The field that an error of the action is about."""
        return _FIELDS.get(path)


_CODE: Final = frozenset({"name", "condition", "expression"})
