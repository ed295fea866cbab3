"""Datasets, and data-plane rows as the pipeline leaves them."""

import secrets
from collections.abc import Iterable
from typing import Any

import orjson
from django.db import connection

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.identity.types import Identity, identify

NOW_MS = 1_780_000_000_000


def make_dataset(sandbox: Sandbox, *, name: str = "A dataset") -> Dataset:
    """A profile-enabled dataset."""
    last = Dataset.objects.order_by("-number").values_list("number", flat=True).first() or 0
    now = clock.now_ms()
    return Dataset.objects.create(
        id=secrets.token_hex(12),
        number=last + 1,
        sandbox=sandbox,
        name=name,
        schema_uri="https://ns.adobe.com/acmeco/schemas/1",
        schema_content_type="application/vnd.adobe.xed+json;version=1",
        profile_enabled=True,
        identity_enabled=True,
        created_ms=now,
        updated_ms=now,
        created_by="test",
        updated_by="test",
    )


def add_graph(
    sandbox: Sandbox, *members: tuple[int, str], dataset: Dataset | None = None
) -> list[Identity]:
    """Identities (namespace number, value) of one person, each linked to the first."""
    identities = [identify(sandbox.number, number, value) for number, value in members]
    profile = min(one.id for one in identities)
    datasets = [dataset.number] if dataset else []
    with connection.cursor() as cursor:
        for one in identities:
            cursor.execute(
                "INSERT INTO identity (id, sandbox, namespace, value, profile, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [one.id, sandbox.number, one.namespace, one.value, profile, NOW_MS],
            )
        for one in identities[1:]:
            low, high = sorted((identities[0].id, one.id))
            cursor.execute(
                "INSERT INTO identity_edge (a, b, sandbox, first_established, last_established,"
                " order_at, order_seq, datasets) VALUES (%s, %s, %s, %s, %s, %s, 1, %s)",
                [low, high, sandbox.number, NOW_MS, NOW_MS + 5, NOW_MS * 1000, datasets],
            )
    return identities


def add_fragment(
    identity: Identity,
    document: dict[str, Any],
    *,
    dataset: Dataset,
    effective_at: int = NOW_MS * 1000,
    seq: int = 1,
) -> None:
    """What one dataset knows about one identity."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profile_fragment"
            " (identity, dataset, sandbox, effective_at, seq, document)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                identity.id,
                dataset.number,
                dataset.sandbox_id,
                effective_at,
                seq,
                orjson.dumps(document),
            ],
        )


def add_profile(
    identities: Iterable[Identity],
    document: dict[str, Any],
    *,
    datasets: Iterable[Dataset],
    updated_at: int = NOW_MS,
) -> None:
    """The merged document of a person."""
    used = list(datasets)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profile (id, sandbox, document, sources, updated_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                min(one.id for one in identities),
                used[0].sandbox_id,
                orjson.dumps(document),
                sorted(dataset.number for dataset in used),
                updated_at,
            ],
        )


def add_event(
    identity: Identity,
    event_id: str,
    document: dict[str, Any],
    *,
    dataset: Dataset,
    timestamp: int = NOW_MS,
    received_at: int = NOW_MS * 1000,
    seq: int = 1,
) -> None:
    """One event stored under its primary identity."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profile_event (dataset, event_id, sandbox, identity, timestamp,"
            " received_at, seq, event_type, document)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                dataset.number,
                event_id,
                dataset.sandbox_id,
                identity.id,
                timestamp,
                received_at,
                seq,
                document.get("eventType"),
                orjson.dumps({"_id": event_id, **document}),
            ],
        )


def add_ended_link(sandbox: Sandbox, one: Identity, other: Identity, reason: str) -> None:
    """A link that a rule cut at NOW_MS."""
    low, high = sorted((one.id, other.id))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO identity_edge_ended (a, b, sandbox, first_established, last_established,"
            " started_at, started_seq, order_at, order_seq, datasets, ended_at, ended_seq, reason)"
            " VALUES (%s, %s, %s, %s, %s, 0, 1, 0, 1, '{}', %s, 1, %s)",
            [low, high, sandbox.number, NOW_MS, NOW_MS, NOW_MS * 1000, reason],
        )
