"""Set up an HTTP API source."""

from typing import Any

from django import forms

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset


class HttpApiForm(forms.Form):
    """Name, dataset and whether senders must show a token."""

    name = forms.CharField(
        label="Name",
        max_length=300,
        help_text="People and messages call the connection by this name.",
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.none(),
        label="Dataset",
        required=False,
        empty_label="Named in each record",
        help_text="Where records go. A connection without one serves many datasets.",
    )
    authentication = forms.BooleanField(
        label="Require a bearer token",
        required=False,
        initial=True,
        help_text="Advised for personal data: without it, anyone with the address may send.",
    )

    def __init__(self, *args: Any, sandbox: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        datasets = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None).order_by("name")
        self.fields["dataset"].queryset = datasets  # type: ignore[attr-defined]
        for name, css in (
            ("name", "form-control"),
            ("description", "form-control"),
            ("dataset", "form-select"),
            ("authentication", "form-check-input"),
        ):
            self.fields[name].widget.attrs["class"] = css
