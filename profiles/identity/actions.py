"""Save a sandbox's linking rules."""

from dataclasses import dataclass

from django.db import transaction

from core import clock, notify, tasks
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from profiles.identity.models import LinkingSettings, Relinking
from profiles.identity.namespaces import PERSON_TYPES, NamespaceTable
from profiles.identity.queries import namespace_table
from profiles.identity.rules import check_settings

MOST_UNIQUE = 3
RELINK_TASK = "profiles.tasks.relink"


@dataclass(frozen=True, slots=True)
class NamespaceRule:
    """One row of the settings; priority 1 is the highest."""

    code: str
    priority: int
    unique: bool


@transaction.atomic
def save_linking_settings(
    rules: list[NamespaceRule], *, actor: Actor, sandbox: Sandbox
) -> LinkingSettings:
    """Replace the rules. They hold from the next record on; graphs follow in the background."""
    require(actor, "manage-identity-namespaces", sandbox)
    rows = check_linking_rules(rules, sandbox=sandbox)
    saved, created = LinkingSettings.objects.select_for_update().get_or_create(
        sandbox=sandbox,
        defaults={"namespaces": rows, "updated_ms": clock.now_ms(), "updated_by": actor.name},
    )
    if not created:
        saved.namespaces = rows
        saved.version += 1
        saved.updated_ms = clock.now_ms()
        saved.updated_by = actor.name
        saved.save()
    audit.record(
        actor=actor,
        action="Create" if created else "Update",
        asset=("IdentitySettings", sandbox.name, "Identity graph linking rules"),
        sandbox=sandbox,
        details={"namespaces": rows, "version": saved.version},
    )
    notify.config_changed("linking")
    start_relinking(saved, started_by=actor.id)
    return saved


def start_relinking(saved: LinkingSettings, *, started_by: str) -> Relinking:
    """Have the graphs there are held against saved rules; an earlier round ends where it is."""
    now = clock.now_ms()
    running = Relinking.objects.filter(sandbox=saved.sandbox, state=Relinking.State.RUNNING)
    running.update(state=Relinking.State.SUPERSEDED, updated_ms=now)
    started = Relinking.objects.create(
        sandbox=saved.sandbox,
        rules_version=saved.version,
        created_ms=now,
        updated_ms=now,
        created_by=started_by,
    )
    tasks.enqueue(RELINK_TASK, relinking=started.pk)
    return started


def check_linking_rules(rules: list[NamespaceRule], *, sandbox: Sandbox) -> list[dict[str, object]]:
    """Rows to store, by priority and with codes as the namespaces spell them; raises Invalid."""
    if not rules:
        msg = "At least one namespace needs a priority."
        raise Invalid(msg, path="namespaces")
    table = namespace_table(sandbox=sandbox)
    rows: list[dict[str, object]] = [
        {"code": rule.code, "priority": rule.priority, "unique": rule.unique} for rule in rules
    ]
    problems = check_settings(rows, table)
    if problems:
        first = problems[0]
        message = f"{first.code}: {first.message}" if first.code else first.message
        listed = [{"code": one.code, "message": one.message} for one in problems]
        raise Invalid(message, path="namespaces", problems=listed)
    _check_unique(rules, table)
    spelled = [(rule, table.find(rule.code)) for rule in rules]
    return [
        {"code": found.code, "priority": rule.priority, "unique": rule.unique}
        for rule, found in sorted(spelled, key=lambda pair: pair[0].priority)
        if found is not None
    ]


def _check_unique(rules: list[NamespaceRule], table: NamespaceTable) -> None:
    unique = [rule.code for rule in rules if rule.unique]
    if len(unique) > MOST_UNIQUE:
        msg = f"At most {MOST_UNIQUE} namespaces can be unique."
        raise Invalid(msg, path="namespaces", received=unique)
    for code in unique:
        found = table.find(code)
        if found is not None and found.id_type not in PERSON_TYPES:
            msg = f"{code}: only namespaces of persons can be unique."
            raise Invalid(msg, path="namespaces", received=code)
