"""Forms of users, roles, credentials, sandboxes and passwords."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm

from core.access.models import Role
from core.access.permissions import CATEGORIES, PERMISSIONS
from core.sandboxes.models import Organization, Sandbox


def _style(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        if isinstance(field.widget, forms.CheckboxSelectMultiple):
            field.widget.attrs["class"] = "form-check-input"
        elif isinstance(field.widget, forms.Select):
            field.widget.attrs["class"] = "form-select"
        else:
            field.widget.attrs["class"] = "form-control"


def role_choices(organization: Organization) -> list[tuple[str, str]]:
    """Roles by id."""
    roles = Role.objects.filter(organization=organization).order_by("-is_system", "pk")
    return [(str(role.uuid), role.name) for role in roles]


def sandbox_choices(organization: Organization) -> list[tuple[str, str]]:
    """Sandboxes in use by name."""
    found = Sandbox.objects.filter(organization=organization, state=Sandbox.State.ACTIVE)
    return [(each.name, each.title) for each in found.order_by("number")]


class RolesForm(forms.Form):
    """The roles somebody has."""

    roles = forms.MultipleChoiceField(
        label="Roles", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(organization)  # type: ignore[attr-defined]
        _style(self)


class UserForm(RolesForm):
    """A new person."""

    username = forms.CharField(
        label="User name", max_length=150, help_text="Letters, digits and . @ + - _"
    )
    name = forms.CharField(label="Name", max_length=120, required=False)
    email = forms.EmailField(label="E-mail address", required=False)


class CredentialForm(RolesForm):
    """A new API credential."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="The program that signs in with it."
    )


class RoleForm(forms.Form):
    """A role with its permissions, and where it counts."""

    name = forms.CharField(label="Name", max_length=120)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    sandboxes = forms.MultipleChoiceField(
        label="Sandboxes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the role counts in all sandboxes, also in those made later.",
    )
    permissions = forms.MultipleChoiceField(
        label="Permissions",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (
                category,
                [(each.name, each.label) for each in PERMISSIONS if each.category == category],
            )
            for category in CATEGORIES
        ],
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sandboxes"].choices = sandbox_choices(  # type: ignore[attr-defined]
            organization
        )
        _style(self)


class SandboxForm(forms.Form):
    """A new sandbox."""

    type = forms.ChoiceField(
        label="Type",
        choices=[(str(kind.value), kind.label) for kind in reversed(Sandbox.Type)],
        help_text="Cannot be changed later.",
    )
    name = forms.CharField(
        label="Name",
        max_length=64,
        help_text="Lower-case letters, digits and hyphens. Programs and addresses use it; "
        "it cannot be changed later.",
    )
    title = forms.CharField(label="Title", max_length=120, help_text="People see it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)


class CopyForm(forms.Form):
    """Where a configuration goes."""

    target = forms.ChoiceField(label="Copy configuration to")

    def __init__(self, *args: Any, source: Sandbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [c for c in sandbox_choices(source.organization) if c[0] != source.name]
        self.fields["target"].choices = choices  # type: ignore[attr-defined]
        _style(self)


class ChangePasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)


class ChoosePasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """The new password twice, for who holds a one-time link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _style(self)
