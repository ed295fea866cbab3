"""Set up an HTTP API source, step by step."""

from typing import Any

import orjson
from django import forms

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.models import RegistryResource

MOST_SAMPLE_BYTES = 1_000_000


def _style(form: forms.Form) -> None:
    for field in form.fields.values():
        match field.widget:
            case forms.CheckboxInput() | forms.RadioSelect():
                css = "form-check-input"
            case forms.Select():
                css = "form-select"
            case _:
                css = "form-control"
        field.widget.attrs["class"] = css


class AccountForm(forms.Form):
    """Who may send, and what."""

    name = forms.CharField(
        label="Name",
        max_length=300,
        help_text="People and messages call the connection by this name.",
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    data_type = forms.ChoiceField(
        label="Data",
        choices=(("xdm", "XDM records"), ("raw", "Any JSON, mapped to XDM")),
        widget=forms.RadioSelect,
        initial="xdm",
        help_text="XDM records need no mapping. Anything else is mapped, field by field.",
    )
    authentication = forms.BooleanField(
        label="Require a bearer token",
        required=False,
        initial=True,
        help_text="Advised for personal data: without it, anyone with the address may send."
        " Senders get tokens with the API credential: POST /ims/token/v3.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)


class SampleForm(forms.Form):
    """A sample of what will be sent."""

    sample = forms.CharField(
        label="Sample",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        max_length=MOST_SAMPLE_BYTES,
        help_text="One JSON object, a list of them, or one on each line.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)
        self.fields["sample"].widget.attrs["class"] += " mono"

    def clean_sample(self) -> str:
        """The text, if there is an object in it."""
        text: str = self.cleaned_data["sample"].strip()
        records_of_sample(text)
        return text


def records_of_sample(text: str) -> list[dict[str, Any]]:
    """The objects of a sample; raises ValidationError with the place of the mistake."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        found = _lines(text, error)
    records = found if isinstance(found, list) else [found]
    if not records or not all(isinstance(each, dict) and each for each in records):
        raise forms.ValidationError("A record is a JSON object with at least one field: { … }")
    return records


def _lines(text: str, error: orjson.JSONDecodeError) -> list[Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    where = f"line {error.lineno}, column {error.colno}"
    if len(lines) < 2:
        raise forms.ValidationError(f"This is no JSON: {error.msg} at {where}")
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            if number == 1:
                raise forms.ValidationError(f"This is no JSON: {error.msg} at {where}") from error
            raise forms.ValidationError(f"Line {number} is no JSON") from error
    return found


class TargetForm(forms.Form):
    """Where records go: an existing dataset, a new one, or wherever each record says."""

    mode = forms.ChoiceField(label="Dataset", widget=forms.RadioSelect)
    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label="Existing dataset", required=False, empty_label="Choose one"
    )
    dataset_name = forms.CharField(label="Name of the new dataset", max_length=300, required=False)
    schema = forms.ModelChoiceField(
        RegistryResource.objects.none(),
        label="Schema",
        required=False,
        empty_label="Choose one",
        to_field_name="uri",
    )
    profile = forms.BooleanField(
        label="Enable for Profile",
        required=False,
        initial=True,
        help_text="Only where the schema is enabled for Profile.",
    )

    def __init__(self, *args: Any, sandbox: Sandbox, anywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modes = [("existing", "Existing dataset"), ("new", "New dataset")]
        if anywhere:
            modes.append(("none", "Named in each record"))
        self.fields["mode"].choices = modes  # type: ignore[attr-defined]
        datasets = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None).order_by("name")
        self.fields["dataset"].queryset = datasets  # type: ignore[attr-defined]
        schemas = RegistryResource.objects.filter(sandbox=sandbox, kind="schemas").order_by("title")
        self.fields["schema"].queryset = schemas  # type: ignore[attr-defined]
        self.fields["schema"].label_from_instance = _title  # type: ignore[attr-defined]
        _style(self)

    def clean(self) -> dict[str, Any]:
        """What the chosen way needs must be there."""
        given = super().clean() or {}
        if given.get("mode") == "existing" and not given.get("dataset"):
            self.add_error("dataset", "Choose the dataset.")
        if given.get("mode") == "new":
            if not given.get("dataset_name", "").strip():
                self.add_error("dataset_name", "Give the new dataset a name.")
            if not given.get("schema"):
                self.add_error("schema", "Choose the schema of the new dataset.")
        return given


def _title(schema: RegistryResource) -> str:
    return schema.title


class DataflowForm(forms.Form):
    """What the dataflow is called."""

    flow_name = forms.CharField(label="Dataflow name", max_length=300)
    flow_description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)
