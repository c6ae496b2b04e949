"""Walks operations of the sandbox through the AWS CLI or boto3, as walk.json says, and checks the answers.

    python walk.py cli|boto3 OFFERED

OFFERED is a JSON object: the operations that the sandbox offers, by service. It is an error when one of them is not
walked, and when one is walked that is not offered. The endpoint and the credentials come from the environment.
"""

import base64
import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import time

import boto3
import botocore.exceptions
import botocore.session
import jmespath
from botocore import xform_name

PATIENCE = 30
# What a page is asked for by.
TOKENS = {"Marker", "NextToken", "nextToken", "PaginationToken"}
# The least page of EC2, five, holds all that a fresh sandbox has.
LARGE_PAGES = {"ec2"}


def by_boto3():
    """Calls with boto3; gives the output, or the error's code."""
    clients = {}

    def call(service, operation, given, region):
        client = clients.setdefault((service, region), boto3.client(service, region_name=region))
        try:
            shape = client.meta.service_model.operation_model(operation).input_shape
            given = given | {name: base64.b64decode(given[name]) for name in blobs(given, shape)}
            output = getattr(client, xform_name(operation))(**given)
        except botocore.exceptions.ClientError as error:
            return str(error), error.response["Error"]["Code"]
        output.pop("ResponseMetadata")
        return json.loads(json.dumps(output, default=plain)), None

    return call


def by_cli():
    """Calls with the CLI's own main function; gives what it printed, or the code in its complaint."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    models, folder = botocore.session.get_session(), tempfile.TemporaryDirectory()

    def call(service, operation, given, region):
        shape = models.get_service_model(service).operation_model(operation).input_shape
        files = []
        for name in blobs(given, shape):
            # In JSON the CLI takes texts alone.
            path = pathlib.Path(folder.name, name)
            path.write_bytes(base64.b64decode(given[name]))
            files += ["--" + xform_name(name, "-"), f"fileb://{path}"]
        given = {name: member for name, member in given.items() if name not in blobs(given, shape)}
        words = [service, xform_name(operation, "-"), "--no-paginate", "--output", "json"]
        words += ["--cli-input-json", json.dumps(given), *files, "--region", region]
        if service == "sqs":
            # Version 1 of the CLI takes SQS to a host of AWS, whatever AWS_ENDPOINT_URL says, unless told so.
            words += ["--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = driver.main(words)
        if code:
            said = err.getvalue()
            if "An error occurred (" not in said:
                sys.exit(f"aws {' '.join(words)}: {code}: {said}")
            return said.strip(), said.split("An error occurred (")[1].split(")")[0]
        return json.loads(out.getvalue() or "{}"), None

    return call


def blobs(given, shape):
    """The members that are bytes; walk.json has them in base64."""
    return [name for name in given if shape and shape.members[name].type_name == "blob"]


def plain(value):
    """What JSON lacks."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat()


def filled(given, kept):
    """`given` with what earlier answers held in place of `$name` and in place of `${name}` inside texts."""
    if isinstance(given, dict):
        return {name: filled(member, kept) for name, member in given.items()}
    if isinstance(given, list):
        return [filled(member, kept) for member in given]
    if isinstance(given, str):
        if given.startswith("$") and given[1:] in kept:
            return kept[given[1:]]
        for name, value in kept.items():
            given = given.replace("${" + name + "}", str(value))
    return given


def paged(call, given, pages):
    """A listing page by page, until there is no token: the things of each page."""
    out, into = pages["token"] if isinstance(pages["token"], list) else [pages["token"]] * 2
    found, token = [], None
    while token or not found:
        output, error = call(given | ({into: token} if token else {}))
        if error:
            return output, error
        found.append(jmespath.search(pages["of"], output))
        token = output.get(out)
    return found, None


def tokens(operations):
    """Those of (service, operation) that take a token of a page."""
    models = botocore.session.get_session()
    shape = lambda service, name: models.get_service_model(service).operation_model(name).input_shape
    return {(s, n) for s, n in operations if shape(s, n) and TOKENS & set(shape(s, n).members)}


def wrong_with(step, output, error, kept):
    """What is not as the step says; None where all is well."""
    if error != step.get("error"):
        return f"error {error}, expected {step.get('error')}: {json.dumps(output)}"
    if error:
        return None
    if "pages" in step:
        expected = filled(step["pages"]["expect"], kept)
        return None if output == expected else f"pages {json.dumps(output)}, expected {json.dumps(expected)}"
    for path, expected in step["expect"].items():
        found, expected = jmespath.search(path, output), filled(expected, kept)
        if found != expected:
            return f"{path} is {json.dumps(found)}, expected {json.dumps(expected)}, in {json.dumps(output)}"
    return None


def main():
    call = {"cli": by_cli, "boto3": by_boto3}[sys.argv[1]]()
    offered = {(service, name) for service, names in json.loads(sys.argv[2]).items() for name in names}
    steps = json.loads((pathlib.Path(__file__).parent / "walk.json").read_text(encoding="utf-8"))
    kept, walked, split = {}, set(), set()
    for number, step in enumerate(steps, 1):
        service, operation = step["call"].split(":")
        begun = time.monotonic()
        while True:
            given = filled(step.get("input", {}), kept)
            region = step.get("region", os.environ["AWS_DEFAULT_REGION"])
            one = lambda given: call(service, operation, given, region)
            output, error = paged(one, given, step["pages"]) if "pages" in step else one(given)
            wrong = wrong_with(step, output, error, kept)
            if not wrong or not step.get("wait") or time.monotonic() - begun > PATIENCE:
                break
            time.sleep(0.1)
        if wrong:
            sys.exit(f"step {number}, {step['call']} {json.dumps(given)}: {wrong}")
        kept.update({name: jmespath.search(path, output) for name, path in step.get("keep", {}).items()})
        if error is None:
            walked.add((service, operation))
        if "pages" in step:
            split.add((service, operation))
    names = lambda calls: ", ".join(sorted(f"{service}:{name}" for service, name in calls))
    if offered - walked:
        sys.exit(f"offered and not walked: {names(offered - walked)}")
    if walked - offered:
        sys.exit(f"walked and not offered: {names(walked - offered)}")
    whole = {(service, name) for service, name in tokens(offered) - split if service not in LARGE_PAGES}
    if whole:
        sys.exit(f"never read in more than one page: {names(whole)}")
    print(f"{len(walked)} operations in {len(steps)} calls")


if __name__ == "__main__":
    main()
