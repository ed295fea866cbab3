"""`make demo`: load the sample world into a running product and show one profile of it."""

import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from console.demo import model, world
from console.demo.audiences import create_audiences
from console.demo.client import CallFailed, Client, client_from_environment

_BATCH = 200
_PATIENCE_S = 120


def main() -> None:
    """Create, stream, make audiences, wait until merged, show."""
    try:
        client = client_from_environment()
    except KeyError as missing:
        sys.exit(f"{missing} is not set: start the product with `make up`, then run `make demo`.")
    try:
        _load(client)
    except CallFailed as error:
        sys.exit(str(error))


def _load(client: Client) -> None:
    tenant = os.environ["TENANT_ID"]
    targets = model.create_model(client, tenant=tenant)
    members = world.make_members()
    people = [*members, *world.change_emails(members)]
    say(f"streaming {len(members):,} members ({world.CHANGED_EMAILS} change their e-mail later)")
    records = [world.member_record(member, tenant=tenant) for member in people]
    _stream(client, targets.inlet_id, targets.members, records)
    now = datetime.now(UTC)
    made = [
        *world.make_events(members, until=now),
        *world.make_regular_purchases(members, until=now),
    ]
    events = sorted(made, key=lambda event: str(event["timestamp"]))
    say(f"streaming {len(events):,} events of the last thirty days")
    _stream(client, targets.inlet_id, targets.events, events)
    create_audiences(client, tenant=tenant)
    _show(client, members, last_event=events[-1])
    _suggest(targets, members[-1], tenant=tenant)


def _stream(
    client: Client, inlet_id: str, target: model.Target, entities: list[dict[str, Any]]
) -> None:
    started = time.monotonic()
    for first in range(0, len(entities), _BATCH):
        messages = [target.message(entity) for entity in entities[first : first + _BATCH]]
        answer = client.stream(inlet_id, messages)
        refused = [line for line in answer["responses"] if line.get("status")]
        if refused:
            sys.exit(f"refused: {refused[0]}")
    seconds = time.monotonic() - started
    say(f"  accepted {len(entities):,} in {seconds:.2f} s ({len(entities) / seconds:,.0f}/s)")


def _show(client: Client, members: list[world.Member], *, last_event: dict[str, Any]) -> None:
    device = last_event["identityMap"]["ECID"][0]["id"]
    _wait_for_event(client, device, last_event["_id"])
    shown = next(member for member in members[2 * world.SHARED_DEVICES :] if member.points > 5_000)
    answer = client.get(
        "/data/core/ups/access/entities",
        **{
            "schema.name": "_xdm.context.profile",
            "entityId": shown.email,
            "entityIdNS": "Email",
        },
    )
    profile = next(iter(answer.values()))
    say(f"profile of {shown.first_name} {shown.last_name}, found by e-mail:")
    say(orjson.dumps(profile["entity"], option=orjson.OPT_INDENT_2).decode())
    sandbox = os.environ["SANDBOX_NAME"]
    console = os.environ["CONSOLE_URL"].rstrip("/")
    say(f"open it: {console}/s/{sandbox}/profiles/?q={quote(shown.email)}")
    say(f"audiences, with who is in and why: {console}/s/{sandbox}/audiences/")


def _suggest(targets: model.Model, member: world.Member, *, tenant: str) -> None:
    """Two commands that work as they are, for the person who wants to try."""
    record = world.member_record(replace(member, points=member.points + 100), tenant=tenant)
    message = orjson.dumps(targets.members.message(record)).decode()
    say("\nstream a record of your own:\n")
    say(
        f"curl '{os.environ['COLLECTOR_URL']}/collection/{targets.inlet_id}?syncValidation=true' \\"
    )
    say(f"  -H 'Content-Type: application/json' -d '{message}'")
    say("\nand read the profile:\n")
    say('eval "$(make -s env)"')
    say('curl -G "$PLATFORM_GATEWAY/data/core/ups/access/entities" \\')
    say('  -H "Authorization: Bearer $ACCESS_TOKEN" -H "x-api-key: $API_KEY" \\')
    say('  -H "x-gw-ims-org-id: $IMS_ORG" -H "x-sandbox-name: $SANDBOX_NAME" \\')
    say("  -d schema.name=_xdm.context.profile -d entityIdNS=Loyalty \\")
    say(f"  -d entityId={member.member_id}")


def _wait_for_event(client: Client, device: str, event_id: str) -> None:
    started = time.monotonic()
    while time.monotonic() - started < _PATIENCE_S:
        try:
            answer = client.get(
                "/data/core/ups/access/entities",
                **{
                    "schema.name": "_xdm.context.experienceevent",
                    "relatedSchema.name": "_xdm.context.profile",
                    "relatedEntityId": device,
                    "relatedEntityIdNS": "ECID",
                    "orderby": "-timestamp",
                    "limit": "1",
                },
            )
        except CallFailed:
            answer = {"children": []}
        if any(child["entityId"] == event_id for child in answer["children"]):
            say(f"everything is merged {time.monotonic() - started:.2f} s after the last answer")
            return
        time.sleep(0.05)
    sys.exit("The events were accepted but not merged yet: look at the worker's log.")


def say(text: str) -> None:
    """One line to the person who watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
