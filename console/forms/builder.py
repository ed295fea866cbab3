"""Forms of audiences."""

from typing import Any

from django import forms

from console.builder.draft import Properties
from console.forms.schemas import StyledForm


class PropertiesForm(StyledForm):
    """Name, description and tags of an audience; the method and policy beside them are choices."""

    name = forms.CharField(label="Name", max_length=300)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    tags = forms.CharField(
        label="Tags", required=False, max_length=2000, help_text="Separated by commas."
    )
    method = forms.CharField(required=False)
    policy = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="audience", **kwargs)

    @staticmethod
    def initial_of(properties: Properties) -> dict[str, str]:
        """The form's values of a draft."""
        return {
            "name": properties.name,
            "description": properties.description,
            "tags": ", ".join(properties.tags),
        }

    def kept(self, before: Properties) -> Properties:
        """What was given, finished or not; what was not given stays."""
        self.is_valid()
        data = self.cleaned_data
        raw = self.data.get(self.add_prefix("name"), before.name)
        return Properties(
            name=str(data.get("name", raw)).strip()[:300],
            description=data.get("description", before.description),
            tags=_listed(data.get("tags", "")),
            method=data.get("method") or before.method,
            policy=data.get("policy") or before.policy,
        )


def _listed(text: str) -> tuple[str, ...]:
    """Tags, each once."""
    return tuple(dict.fromkeys(word.strip()[:200] for word in text.split(",") if word.strip()))
