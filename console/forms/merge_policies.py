"""The first step of the merge policy wizard."""

from typing import Any

from django import forms

from profiles.store.models import MergePolicy

STITCHING = (
    (MergePolicy.IdentityGraph.PRIVATE.value, "Private graph"),
    (MergePolicy.IdentityGraph.NONE.value, "None"),
)
METHODS = (
    (MergePolicy.AttributeMerge.TIMESTAMP.value, "Timestamp ordered"),
    (MergePolicy.AttributeMerge.DATASETS.value, "Dataset precedence"),
)


class ConfigureForm(forms.Form):
    """What the policy is called, whom it joins and who uses it."""

    name = forms.CharField(label="Name", max_length=300)
    identity_graph = forms.ChoiceField(
        label="ID stitching",
        choices=STITCHING,
        help_text="Private graph joins all identities of a person. None looks at one identity.",
    )
    is_default = forms.BooleanField(
        label="Default merge policy",
        required=False,
        help_text="Used wherever no policy is named. It takes the place of the current default.",
    )
    is_active_on_edge = forms.BooleanField(
        label="Active-On-Edge Merge Policy",
        required=False,
        help_text="One per sandbox: stored profiles and streaming audiences follow it. Moving it"
        " merges every profile again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, css in (
            ("name", "form-control"),
            ("identity_graph", "form-select"),
            ("is_default", "form-check-input"),
            ("is_active_on_edge", "form-check-input"),
        ):
            self.fields[name].widget.attrs["class"] = css
