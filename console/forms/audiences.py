"""Forms about audiences."""

from typing import Any

from django import forms

from profiles.segmentation.folders import LONGEST, check_folder


class PropertiesForm(forms.Form):
    """What an audience is called, and how it is kept apart from others."""

    name = forms.CharField(label="Name", max_length=300)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tags = forms.CharField(
        label="Tags", required=False, max_length=2000, help_text="Separated by commas."
    )
    # The version the person saw: what others changed meanwhile is not overwritten.
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "description", "tags"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean_tags(self) -> tuple[str, ...]:
        """Each tag once."""
        words = (word.strip() for word in self.cleaned_data["tags"].split(","))
        return tuple(dict.fromkeys(word for word in words if word))


class MoveForm(forms.Form):
    """The folder several audiences go to."""

    folder = forms.CharField(
        label="Folder",
        required=False,
        max_length=LONGEST,
        help_text="An existing one or a new name. Empty: in no folder.",
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "autofocus": True,
                "autocomplete": "off",
                "list": "folders",
            }
        ),
    )

    def clean_folder(self) -> str:
        """As the action stores it, so that what is said of it is so."""
        return check_folder(self.cleaned_data["folder"])


class BulkTagForm(forms.Form):
    """One tag for several audiences."""

    tag = forms.CharField(
        label="Tag",
        max_length=200,
        help_text="For example crm. One tag, without commas.",
        widget=forms.TextInput(
            attrs={"class": "form-control", "autofocus": True, "autocomplete": "off"}
        ),
    )

    def clean_tag(self) -> str:
        """Commas separate tags where people write several."""
        tag = str(self.cleaned_data["tag"]).strip()
        if "," in tag:
            raise forms.ValidationError("Without commas: add one tag at a time.")
        return tag
