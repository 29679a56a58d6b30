"""Tells Schemathesis how the lines of a batch are written."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return (json.dumps(value) + "\n").encode() if value is not None else b""
