"""A session of the public Python client `aepp`, run by an interpreter that has it installed.

Not imported by the suite: `test_aepp.py` starts it in an environment of its own, with the exports
of `make env`, and reads the JSON object it prints: what each step saw.
"""

# ruff: noqa: T201 - a program of its own; its output is its result
# mypy: ignore-errors

import json
import os
import time
from typing import Any

import aepp
from aepp import (
    catalog,
    customerprofile,
    flowservice,
    identity,
    ingestion,
    sandboxes,
    schema,
    segmentation,
)

GATEWAY, COLLECTOR = os.environ["PLATFORM_GATEWAY"].rstrip("/"), os.environ["COLLECTOR_URL"]
TENANT = os.environ["TENANT_ID"]
XDM = "https://ns.adobe.com/xdm/context"
seen = {}


def connect() -> None:
    """Aim the client at the product instead of Adobe's hosts."""
    aepp.configure(
        org_id=os.environ["IMS_ORG"],
        secret=os.environ["CLIENT_SECRET"],
        client_id=os.environ["API_KEY"],
        scopes="openid",
        environment="support",
        endpoint=GATEWAY,
        sandbox=os.environ["SANDBOX_NAME"],
    )
    aepp.config.config_object["oauthTokenEndpointV2"] = f"{GATEWAY}/ims/token/v3"
    aepp.config.endpoints["streaming"]["collection"] = COLLECTOR


def check(name, value, condition: object = True) -> Any:  # noqa: FBT002 - reads well
    """Note what a call answered; stop at the first wrong one."""
    seen[name] = value
    if not condition:
        raise SystemExit(f"{name}: {json.dumps(value, default=str)[:1000]}")
    return value


def until(found, seconds=30) -> Any:
    """Ask again until there is an answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def model(registry) -> str:
    """Schemas, field groups and descriptors."""
    tenant = registry.getTenantId()
    check("tenant", tenant, tenant == TENANT)
    check("behaviors", len(registry.getBehaviors()), len(registry.getBehaviors()) >= 2)
    classes = [one["$id"] for one in registry.getClassesGlobal()]
    check("global classes", len(classes), f"{XDM}/profile" in classes)
    groups = [one["$id"] for one in registry.getFieldGroupsGlobal()]
    check("global field groups", len(groups), f"{XDM}/profile-person-details" in groups)
    fields = {"memberId": {"type": "string", "title": "Member"}, "points": {"type": "integer"}}
    group = registry.createFieldGroup(
        {
            "title": "aepp membership",
            "description": "made by the client",
            "type": "object",
            "meta:intendedToExtend": [f"{XDM}/profile"],
            "definitions": {
                "customFields": {
                    "type": "object",
                    "properties": {f"_{TENANT}": {"type": "object", "properties": fields}},
                }
            },
            "allOf": [{"$ref": "#/definitions/customFields"}],
        }
    )
    check("field group", group, "$id" in group)
    made = registry.createProfileSchema(
        name="aepp members", fieldGroupIds=[f"{XDM}/profile-person-details", group["$id"]]
    )
    check("profile schema", made, "$id" in made)
    uri = made["$id"]
    descriptor = registry.createDescriptor(
        sourceSchema=uri,
        sourceProperty=f"/_{TENANT}/memberId",
        namespace="AeppMember",
        primary=True,
        **{"xdm:property": "xdm:code"},
    )
    check("identity descriptor", descriptor, "@id" in descriptor)
    enabled = registry.enableSchemaForRealTime(uri)
    check("union tag", enabled, "union" in enabled.get("meta:immutableTags", []))
    full = registry.getSchema(uri, full=True)
    check("resolved schema", sorted(full["properties"]), "xdm:person" in full["properties"])
    check("own schemas", [one["title"] for one in registry.getSchemas()])
    check("paths", len(registry.getSchemaPaths(uri)))
    check("sample", sorted(registry.getSchemaSample(uri)))
    check("descriptors", len(registry.getDescriptors(prop=f"xdm:sourceSchema=={uri}")))
    check("unions", [one["$id"] for one in registry.getUnions()])
    check("audit log", len(registry.getAuditLogs(uri)), len(registry.getAuditLogs(uri)) >= 1)
    exported = registry.exportResource(uri)
    check("export", len(exported), len(exported) >= 2)
    return uri


def store(datasets, uri) -> str:
    """A dataset that feeds profiles."""
    (reference,) = check(
        "dataset",
        datasets.createDataSet(
            name="aepp members", schemaId=uri, profileEnabled=True, identityEnabled=True
        ),
    )
    dataset = reference.rpartition("/")[2]
    check("all datasets", len(datasets.getDataSets()), dataset in datasets.getDataSets())
    one = datasets.getDataSet(dataset)
    check("one dataset", one[dataset]["tags"], "unifiedProfile" in one[dataset]["tags"])
    renamed = datasets.patchDatasetV2(dataset, data={"description": "patched by the client"})
    check("patched dataset", renamed)
    frame = datasets.getDataSets(output="df")
    check("data frame", list(frame.columns), len(frame) >= 1)
    return dataset


def connection(flows) -> str:
    """A streaming connection and its inlet."""
    made = flows.createConnectionStreaming(
        name="aepp stream", sourceId="aepp", paramName="aepp", dataType="xdm"
    )
    check("connection", made, "id" in made)
    got = flows.getConnection(made["id"])
    check("inlet", got["auth"]["params"], "inletId" in got["auth"]["params"])
    check("connections", len(flows.getConnections()), len(flows.getConnections()) >= 1)
    check("specs", len(flows.getConnectionSpecs()), len(flows.getConnectionSpecs()) >= 1)
    check("flow specs", len(flows.getFlowSpecs()), len(flows.getFlowSpecs()) >= 1)
    check("flows", flows.getFlows())
    check("connection test", flows.connectionTest(made["id"]))
    return got["auth"]["params"]["inletId"]


def stream(inlet, uri, dataset) -> None:
    """One message, then a batch."""
    reference = {"id": uri, "contentType": "application/vnd.adobe.xed-full+json;version=1"}

    def message(member, points) -> dict:
        entity = {f"_{TENANT}": {"memberId": member, "points": points}}
        entity["person"] = {"name": {"firstName": member}}
        return {
            "header": {"schemaRef": reference, "datasetId": dataset},
            "body": {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity},
        }

    client = ingestion.DataIngestion()
    one = client.streamMessage(inlet, message("M1", 1), syncValidation=True)
    check("single", one, one.get("syncValidation", {}).get("status") == "pass")
    many = client.streamMessages(inlet, [message("M2", 2), message("M3", 3)])
    check("batch", many, len(many.get("responses", [])) == 2)


def read() -> None:
    """Profiles, merge policies and identities."""
    profiles = customerprofile.Profile()
    found = until(
        lambda: [
            one
            for one in profiles.getEntity(entityId="M3", entityIdNS="AeppMember").values()
            if isinstance(one, dict) and one.get("entity")
        ]
    )
    check("profile", found, bool(found) and found[0]["entity"][f"_{TENANT}"]["points"] == 3)
    policies = profiles.getMergePolicies()
    check("merge policies", policies, len(policies) >= 1)
    check("edge policy", profiles.getMergePolicyActiveOnEdge())


def audiences() -> None:
    """Definitions, audiences, schedules, jobs, previews and search."""
    segments = segmentation.Segmentation()
    segments.endpoint = GATEWAY + aepp.config.endpoints["segmentation"]
    rule = {"type": "PQL", "format": "pql/text", "value": f"_{TENANT}.points >= 2"}
    model = {"name": "_xdm.context.profile"}
    given = {"description": "", "expression": rule, "schema": model, "ttlInDays": 30}
    made = segments.createSegment({"name": "aepp rich", **given})
    check("segment", made, made.get("expression") == rule)
    key = made["id"]
    changed = segments.updateSegment(key, {"name": "aepp richer", **given})
    check("changed segment", changed, changed.get("name") == "aepp richer")
    check("one segment", segments.getSegment(key)["id"], segments.getSegment(key)["id"] == key)
    check("segments", [one["name"] for one in segments.getSegments()], len(segments.getSegments()))
    some = segments.getMultipleSegments({"ids": [{"id": key}]})
    check("some segments", list(some), key in some)
    tree = segments.convertSegmentDef(name="x", expression=rule)
    check("tree", tree, tree["expression"]["format"] == "pql/json")
    paths = segments.extractPaths({"expression": tree["expression"]})
    check("paths of the tree", paths, f"_{TENANT}.points" in paths)
    other = dependent(segments, key, {"name": "aepp user", **given})
    evaluate(segments, key)
    code = segments.deleteAudience(other["id"])
    check("deleted audience", code, code == 204)
    code = segments.deleteSegment(key)
    check("deleted segment", code, code == 200)


def dependent(segments, key, user) -> Any:
    """An audience that names another one."""
    user["expression"] = {**user["expression"], "value": f'inSegment("{key}")'}
    other = segments.createAudience(user)
    check("audience", other, segments.extractAudiences(other) == [key])
    folder = [{"op": "add", "path": "/linkedAudienceRef", "value": {"audienceFolderId": "f"}}]
    check("patched audience", segments.patchAudience(other["id"], folder))
    put = segments.putAudience(other["id"], segments.getAudience(other["id"]))
    check("put audience", put, put.get("linkedAudienceRef") == {"audienceFolderId": "f"})
    found = segments.getAudiences(limit=1, name="AEPP")
    check("audiences", len(found), {one["id"] for one in found} == {key, other["id"]})
    refused = segments.deleteAudience(key)
    check("refused deletion", refused, refused["status"] == 400)
    return other


def evaluate(segments, key) -> None:
    """All that makes audiences move."""
    daily = {"type": "batch_segmentation", "properties": {"segments": ["*"]}}
    schedule = segments.createSchedule({"name": "daily", "schedule": "0 0 1 * * ?", **daily})
    check("schedule", schedule, schedule.get("state") == "inactive")
    check("schedules", len(segments.getSchedules()), len(segments.getSchedules()) == 1)
    moved = segments.updateScheduledBatchSegmentationJob("0 0 2 * * ?")
    there = segments.getSchedule(schedule["id"])
    check("moved schedule", moved, there["schedule"] == "0 0 2 * * ?")
    code = segments.deleteSchedule(schedule["id"])
    check("deleted schedule", code, code == 204)
    job = segments.createJob([key])
    check("job", job, job.get("segments", [{}])[0].get("segmentId") == key)
    check("one job", segments.getJob(job["id"])["status"])
    jobs = [one["id"] for one in segments.getJobs()]
    check("jobs", len(jobs), job["id"] in jobs)
    code = segments.deleteJob(job["id"])
    check("deleted job", code, code == 204)
    preview = segments.createPreview(pql=f"_{TENANT}.points >= 2")
    check("preview", segments.getPreview(preview["previewId"])["state"])
    estimate = segments.getEstimate(preview["previewId"])
    check("estimate", estimate, "estimatedSize" in estimate)
    code = segments.deletePreview(preview["previewId"])
    check("deleted preview", code, code == 200)
    counts = segments.searchNamespaces("segmentName:aepp")
    check("search", counts, counts["totalCount"] == 2)
    entities = segments.searchEntities("name:richer", namespace="AEPSegments")
    check("entities", entities, [one["id"] for one in entities] == [key])
    check("exports", segments.getExportJobs())


def main() -> None:
    connect()
    boxes = sandboxes.Sandboxes()
    names = [one["name"] for one in boxes.getSandboxes()]
    check("sandboxes", names, "prod" in names)
    people = identity.Identity(region="nld2")
    people.endpoint = GATEWAY + aepp.config.endpoints["identity"]
    made = people.createIdentity(
        name="Aepp member", code="AeppMember", idType="CROSS_DEVICE", description="of the client"
    )
    check("namespace", made, made.get("code") == "AeppMember")
    codes = [one["code"] for one in people.getIdentities()]
    check("namespaces", len(codes), {"ECID", "Email", "AeppMember"} <= set(codes))
    xid = people.getIdentity(id_str="M1", namespace="AeppMember")
    check("xid", xid, "xid" in xid)
    uri = model(schema.Schema())
    dataset = store(catalog.Catalog(), uri)
    stream(connection(flowservice.FlowService()), uri, dataset)
    read()
    audiences()
    linked = people.getLinkedIdentities(xids=[{"ns": "AeppMember", "id": "M1"}])
    check("linked identities", linked, "graphs" in linked)
    check("finished", True)


if __name__ == "__main__":
    try:
        main()
    finally:
        print(json.dumps(seen, default=str))
