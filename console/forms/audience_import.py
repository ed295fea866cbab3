"""Forms of the wizard that imports an audience."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from profiles.segmentation.member_lists import MOST_DAYS, TYPES, Column
from profiles.segmentation.types import PROFILE_SCHEMA
from profiles.store.queries import list_merge_policies
from profiles.store.types import MergePolicyFilter

_MAIL = ("mail", "e-mail")


class FileForm(forms.Form):
    """Which file."""

    file = forms.FileField(
        label="File",
        help_text="CSV with a header row, at most 1 GB and 25 columns. One column has to hold"
        " identities, such as e-mail addresses.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {"class": "form-control", "accept": ".csv,text/csv"}


class ColumnsForm(forms.Form):
    """Which column names people, and what the others hold."""

    identity = forms.ChoiceField(
        label="Primary identity column",
        help_text="Its values name the people of the audience.",
    )
    namespace = forms.ChoiceField(label="Identity namespace")

    def __init__(self, *args: Any, sandbox: Sandbox, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = tuple(columns)
        found = list_namespaces(organization=sandbox.organization)
        named = [(each.code, f"{each.name} ({each.code})") for each in found]
        self._choose("identity", [(name, name) for name in columns])
        self._choose("namespace", sorted(named, key=lambda each: each[1].lower()))
        for index, name in enumerate(columns):
            self.fields[f"type_{index}"] = forms.ChoiceField(
                label=name, choices=[(each, each.capitalize()) for each in TYPES], required=False
            )
            self.fields[f"type_{index}"].widget.attrs["class"] = "form-select w-auto"

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields[name].widget.attrs["class"] = "form-select"

    @property
    def types(self) -> list[forms.BoundField]:
        """The fields about types of columns."""
        return [self[f"type_{index}"] for index in range(len(self.columns))]

    def given(self) -> list[dict[str, str]]:
        """The columns, as the draft keeps them."""
        chosen = self.cleaned_data
        return [
            {
                "name": name,
                "type": chosen.get(f"type_{index}") or "string",
                "namespace": chosen["namespace"] if name == chosen["identity"] else "",
            }
            for index, name in enumerate(self.columns)
        ]


class DetailsForm(ColumnsForm):
    """A new audience from a file."""

    name = forms.CharField(label="Name", max_length=300)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    policy = forms.ChoiceField(
        label="Merge policy",
        required=False,
        help_text="Kept with the audience. Who is a member goes by identities, not by it.",
    )
    external_id = forms.CharField(
        label="External audience ID",
        required=False,
        max_length=300,
        help_text="The ID this audience has elsewhere; left empty, it gets one.",
    )
    ttl_days = forms.IntegerField(
        label="Keep members for, days",
        min_value=1,
        max_value=MOST_DAYS,
        initial=30,
        help_text="After so many days without a new import they leave the audience.",
    )
    field_order = (
        "name",
        "description",
        "identity",
        "namespace",
        "policy",
        "external_id",
        "ttl_days",
    )

    def __init__(self, *args: Any, sandbox: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, sandbox=sandbox, **kwargs)
        found = list_merge_policies(
            sandbox=sandbox, wanted=MergePolicyFilter(schema_name=PROFILE_SCHEMA), order=("name",)
        )
        named = [(str(each.pk), f"{each.name}{' (default)' * each.is_default}") for each in found]
        self._choose("policy", named)
        default = next((str(each.pk) for each in found if each.is_default), "")
        self.fields["policy"].initial = default
        for name in ("name", "description", "external_id", "ttl_days"):
            self.fields[name].widget.attrs["class"] = "form-control"


class RenewForm(ColumnsForm):
    """Another file for an audience there is."""

    mode = forms.ChoiceField(
        label="What becomes of the present list",
        choices=(
            ("replace", "The file replaces it: who is not in the file leaves"),
            ("add", "The file adds to it: nobody leaves"),
        ),
        initial="replace",
        widget=forms.RadioSelect,
    )
    field_order = ("mode", "identity", "namespace")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].widget.attrs["class"] = "form-check-input"


def guessed(columns: Sequence[str], sample: Sequence[dict[str, str]]) -> dict[str, str]:
    """The column that seems to hold identities, and their namespace."""
    for name in columns:
        values = [row[name] for row in sample if row.get(name)]
        if any(word in name.lower() for word in _MAIL) or (
            values and all("@" in value for value in values)
        ):
            return {"identity": name, "namespace": "Email"}
    return {"identity": columns[0], "namespace": "Email"}


def columns_of_state(columns: Sequence[dict[str, str]]) -> tuple[Column, ...]:
    """Columns as the action takes them."""
    return tuple(Column(each["name"], each["type"], each["namespace"]) for each in columns)
