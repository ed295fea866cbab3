"""Create and describe datasets."""

from typing import Any

from django import forms

from ingestion.catalog.switches import SYSTEM_TAGS


class DatasetForm(forms.Form):
    """Name and description."""

    name = forms.CharField(
        label="Name", max_length=300, help_text="Shown to people; messages use the ID."
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_check = isinstance(field, forms.BooleanField)
            field.widget.attrs["class"] = "form-check-input" if is_check else "form-control"


class NewDatasetForm(DatasetForm):
    """A dataset of a chosen schema; offers Profile only where the schema allows it."""

    profile = forms.BooleanField(
        label="Enable for Profile",
        required=False,
        help_text="Records become part of profiles and of the identity graph from the first one.",
    )

    def __init__(self, *args: Any, profile_ready: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not profile_ready:
            del self.fields["profile"]


class CsvFileForm(forms.Form):
    """The file a dataset is made of."""

    file = forms.FileField(
        label="CSV file",
        help_text="The first line names the columns. At most 256 MB.",
        widget=forms.ClearableFileInput(
            attrs={"class": "form-control", "accept": ".csv,.tsv,.txt,text/csv"}
        ),
    )


class BulkTagForm(forms.Form):
    """One tag for several datasets."""

    name = forms.CharField(
        label="Tag",
        max_length=100,
        help_text="For example team.",
        widget=forms.TextInput(
            attrs={"class": "form-control", "autofocus": True, "autocomplete": "off"}
        ),
    )
    value = forms.CharField(
        label="Value",
        max_length=200,
        required=False,
        help_text="For example crm. May stay empty.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """A tag is written name: value elsewhere."""
        name = str(self.cleaned_data["name"]).strip()
        if ":" in name:
            raise forms.ValidationError("Without “:”. The value has a field of its own.")
        return name


class DatasetSettingsForm(DatasetForm):
    """Name, description and tags."""

    tags = forms.CharField(
        label="Tags",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: name: value, value.",
    )

    def clean_tags(self) -> dict[str, list[str]]:
        """The lines as a map of lists."""
        tags: dict[str, list[str]] = {}
        for line in self.cleaned_data["tags"].splitlines():
            if not line.strip():
                continue
            name, colon, values = line.partition(":")
            if not colon or not name.strip():
                raise forms.ValidationError(f"“{line.strip()}” is not of the form name: value")
            if name.strip() in SYSTEM_TAGS:
                raise forms.ValidationError(f"{name.strip()} is a switch of the system, not a tag")
            tags[name.strip()] = [each.strip() for each in values.split(",") if each.strip()]
        return tags


def tags_as_text(tags: dict[str, Any]) -> str:
    """The tags people may change, one a line."""
    return "\n".join(
        f"{name}: {', '.join(map(str, values))}"
        for name, values in tags.items()
        if name not in SYSTEM_TAGS
    )
