"""What docs/protocol.md says of the answers that a runner gets. Each check calls `differs` with a text for each thing that is otherwise."""

import re

SERVICES = {  # protocol.md D.3, item 3
    "134e239e-2df3-4794-a6f6-24f1f19ec8dc", "c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7", "fc825784-c92a-4299-9221-998a02d1b54f",
    "8893bc5b-35b2-4be7-83cb-99e683551db4", "46f5667d-263a-4684-91b1-dff7fdcf64e2", "858983e4-19bd-4c5e-864c-507b59b58b12",
    "557624af-b29e-4c20-8ab0-0399d2204f3f"}
ZERO_UUID = "00000000-0000-0000-0000-000000000000"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")


def demand(value, path, kind, differs):
    """The value at a path such as ("plan", "planId"), if it is there and of that kind."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, kind) or (kind is str and not value):
        differs(f"{'.'.join(path)} is {value!r}, not {kind.__name__}")
        return None
    return value


def check_settings(runner, differs):
    """The file .runner: its values are texts (D.3, item 1)."""
    for name in ("AgentId", "AgentName", "PoolId", "DisableUpdate", "Ephemeral", "ServerUrl", "WorkFolder", "UseV2Flow", "ServerUrlV2"):
        demand(runner, (name,), str, differs)
    for name, value in (("Ephemeral", "True"), ("UseV2Flow", "true")):
        if runner.get(name) != value:
            differs(f".runner has {name} {runner.get(name)!r} instead of {value!r}")
    if not str(runner.get("ServerUrlV2")).endswith("/"):
        differs("ServerUrlV2 does not end with a slash")


def check_token(answer, differs):
    demand(answer, ("access_token",), str, differs)
    demand(answer, ("expires_in",), int, differs)
    if str(answer.get("token_type")).lower() not in ("jwt", "bearer"):
        differs(f"token_type is {answer.get('token_type')!r}")


def check_connection_data(answer, server, differs):
    if answer.status != 200:
        return  # that was told
    data = answer.json()
    for name in ("instanceId", "deploymentType"):
        demand(data, (name,), str, differs)
    location = demand(data, ("locationServiceData",), dict, differs) or {}
    for name, kind in (("serviceOwner", str), ("defaultAccessMappingMoniker", str), ("lastChangeId", int), ("lastChangeId64", int)):
        demand(location, (name,), kind, differs)
    points = {mapping.get("moniker"): mapping.get("accessPoint") for mapping in location.get("accessMappings", [])}
    if points.get(location.get("defaultAccessMappingMoniker")) != server:
        differs(f"the access mappings are {points}, none leads to {server}")
    definitions = location.get("serviceDefinitions", [])
    if missing := SERVICES - {definition.get("identifier") for definition in definitions}:
        differs(f"connectionData has no definition for {sorted(missing)}")
    for definition in definitions:
        for name in ("serviceType", "identifier", "displayName", "relativePath", "relativeToSetting", "minVersion", "maxVersion", "toolId"):
            demand(definition, (name,), str, differs)


def check_request(body, differs):
    """The body of a RunnerJobRequest (D.3, item 5)."""
    for name in ("runner_request_id", "run_service_url", "billing_owner_id"):
        demand(body, (name,), str, differs)
    demand(body, ("should_acknowledge",), bool, differs)
    if not str(body.get("run_service_url")).endswith("/"):
        differs(f"run_service_url does not end with a slash: {body.get('run_service_url')}")
    if "id" in body:
        differs("the body of RunnerJobRequest has an id")


def check_cancellation(body, differs):
    if not re.fullmatch(r"\d\d:\d\d:\d\d", str(body.get("timeout"))):
        differs(f"the timeout of JobCancellation is {body.get('timeout')!r}")


def check_job(job, request, differs):
    """The message that acquirejob returns (D.3, item 7)."""
    for path in (("plan", "planId"), ("plan", "planType"), ("timeline", "id"), ("jobId",), ("jobName",), ("jobDisplayName",), ("lockedUntil",)):
        demand(job, path, str, differs)
    for path, kind in ((("plan", "version"), int), (("timeline", "changeId"), int), (("requestId",), int), (("variables",), dict),
                       (("steps",), list), (("mask",), list), (("fileTable",), list), (("resources", "endpoints"), list)):
        demand(job, path, kind, differs)
    for name in ("github", "inputs", "matrix", "needs", "strategy", "vars"):
        if name not in job.get("contextData", {}):
            differs(f"contextData has no {name}")
    if job.get("messageType") != "RunnerJobRequest":
        differs(f"the job's messageType is {job.get('messageType')!r}")
    if job.get("jobId") != request["runner_request_id"]:
        differs(f"the jobId {job.get('jobId')} is not the runner_request_id {request['runner_request_id']}")
    if not TIME.fullmatch(str(job.get("lockedUntil"))):
        differs(f"lockedUntil is {job.get('lockedUntil')!r}")
    check_variables(job.get("variables", {}), differs)
    for step in job.get("steps", []):
        check_step(step, differs)
    check_endpoint(job, differs)


def check_variables(variables, differs):
    for name in ("system.github.job", "system.github.token", "system.github.results_endpoint", "system.orchestrationId"):
        demand(variables.get(name), ("value",), str, differs)
    for name, variable in variables.items():
        if not isinstance(variable.get("value"), str) or not isinstance(variable.get("isSecret", False), bool):
            differs(f"the variable {name} is not of the form {{value, isSecret}}")
    if variables.get("system.github.token", {}).get("isSecret") is not True:
        differs("the variable system.github.token is no secret")


def check_step(step, differs):
    for path in (("id",), ("name",), ("contextName",), ("condition",), ("displayNameToken", "lit")):
        demand(step, path, str, differs)
    if step.get("type") != "action" or step.get("reference") != {"type": "script"}:
        differs(f"a step is {step.get('type')!r} with the reference {step.get('reference')}")
    inputs = demand(step, ("inputs",), dict, differs) or {}
    if inputs.get("type") != 2 or not any(entry.get("Key") == {"type": 0, "lit": "script"} for entry in inputs.get("map", [])):
        differs("the inputs of a step are no map with a script")


def check_endpoint(job, differs):
    endpoints = {endpoint.get("name"): endpoint for endpoint in job.get("resources", {}).get("endpoints", [])}
    endpoint = endpoints.get("SystemVssConnection", {})
    for path in (("url",), ("authorization", "parameters", "AccessToken"), ("data", "ResultsServiceUrl")):
        demand(endpoint, path, str, differs)
    if endpoint.get("authorization", {}).get("scheme") != "OAuth":
        differs("the scheme of SystemVssConnection is not OAuth")


def error_kind(answer, source, differs):
    """The errorKind of an error's body (protocol.md 11.4), or None if there is none."""
    try:
        body = answer.json()
        kind = body["errorKind"]
    except (ValueError, KeyError, TypeError):
        return None
    for name, value in (("source", source), ("statusCode", answer.status)):
        if body.get(name) != value:
            differs(f"{name} of an error is {body.get(name)!r} instead of {value!r}")
    demand(body, ("errorMessage",), str, differs)
    return kind
