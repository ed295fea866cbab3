"""Forms of the Identities workspace."""

from typing import Any

from django import forms

from core.sandboxes.models import Sandbox
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import list_namespaces
from ingestion.namespaces.types import NamespaceInput

# idType, its name and what it is for; the order of the form.
NAMESPACE_TYPES = (
    ("CROSS_DEVICE", "Cross-device ID", "A person on any device: a customer or member number."),
    ("EMAIL", "Email address", "A person, by an e-mail address."),
    ("PHONE", "Phone number", "A person, by a telephone number."),
    ("COOKIE", "Cookie ID", "A browser. It links, and is the first to leave a full graph."),
    ("DEVICE", "Device ID", "A piece of hardware: a phone, a TV set, a games console."),
    (
        "NON_PEOPLE",
        "Non-people identifier",
        "Something that is no person, such as a product or a shop. Builds no graph.",
    ),
    (
        "PARTNER",
        "Partner ID",
        "An ID a data partner gave to people. Builds no graph.",
    ),
)
TYPE_WORDS = {
    **{code: word for code, word, _ in NAMESPACE_TYPES},
    "MOBILE": "Mobile number",
    "B2B_ACCOUNT": "B2B account",
    "B2B_ACCOUNT_PERSON": "B2B account person",
    "B2B_CAMPAIGN": "B2B campaign",
    "B2B_CAMPAIGN_MEMBER": "B2B campaign member",
    "B2B_MARKETING_LIST": "B2B marketing list",
    "B2B_MARKETING_LIST_MEMBER": "B2B marketing list member",
    "B2B_OPPORTUNITY": "B2B opportunity",
    "B2B_OPPORTUNITY_PERSON": "B2B opportunity person",
}


def type_word(id_type: str) -> str:
    """The identity type as people call it."""
    return TYPE_WORDS.get(id_type.upper(), id_type.capitalize())


class _Named(forms.Form):
    name = forms.CharField(label="Display name", max_length=120)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class NamespaceForm(_Named):
    """A new namespace."""

    code = forms.CharField(
        label="Identity symbol",
        max_length=64,
        help_text="One word that records use, such as CRMID. It can never change.",
    )
    id_type = forms.ChoiceField(
        label="Identity type", choices=[(code, word) for code, word, _ in NAMESPACE_TYPES]
    )
    field_order = ("name", "code", "description", "id_type")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"spellcheck": "false", "autocomplete": "off"}

    @property
    def types(self) -> list[tuple[str, str, str, bool]]:
        """Each type with its help and whether it is chosen."""
        chosen = self["id_type"].value() or "CROSS_DEVICE"
        return [(code, word, text, code == chosen) for code, word, text in NAMESPACE_TYPES]

    def given(self) -> NamespaceInput:
        """What the action takes."""
        return NamespaceInput(**self.cleaned_data)


class NamespaceEditForm(_Named):
    """What may change of a custom namespace."""

    def given(self, namespace: IdentityNamespace) -> NamespaceInput:
        """What the action takes: symbol and type as they are."""
        return NamespaceInput(code=namespace.code, id_type=namespace.id_type, **self.cleaned_data)


class GraphForm(forms.Form):
    """A namespace, or any, and a value."""

    ns = forms.ChoiceField(label="Identity namespace", required=False)
    value = forms.CharField(label="Identity value", max_length=1024)

    def __init__(self, *args: Any, sandbox: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list_namespaces(organization=sandbox.organization)
        choices = [
            (one.code, one.name) for one in sorted(found, key=lambda n: (not n.custom, n.name))
        ]
        self.fields["ns"].choices = [("", "Any namespace"), *choices]  # type: ignore[attr-defined]
        self.fields["ns"].widget.attrs["class"] = "form-select"
        self.fields["value"].widget.attrs |= {
            "class": "form-control",
            "spellcheck": "false",
            "autocomplete": "off",
        }
