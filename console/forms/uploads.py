"""Upload a file into a dataset."""

from typing import Any

from django import forms

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset


class UploadForm(forms.Form):
    """Which file, into which dataset."""

    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label="Dataset", empty_label="Choose one"
    )
    file = forms.FileField(
        label="File",
        help_text="CSV with a header row, JSON (an object or a list) or NDJSON; at most 256 MB.",
    )

    def __init__(self, *args: Any, sandbox: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        datasets = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None).order_by("name")
        self.fields["dataset"].queryset = datasets  # type: ignore[attr-defined]
        self.fields["dataset"].widget.attrs["class"] = "form-select"
        self.fields["file"].widget.attrs["class"] = "form-control"
