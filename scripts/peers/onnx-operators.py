"""Prints src/onnx/operators.json: every operator that the `onnx` package knows, in all its versions.

{domain: {operator: [[since, min inputs, max inputs, min outputs, max outputs, attributes?], ...]}}

-1 is an unbounded number. Attributes are `<type>:<name>`, with `!` before a required one; they are
left out where they are those of the version before. [since, null] marks a deprecated version.
"""

import json
from collections import defaultdict

import onnx

TYPES = {
    "FLOAT": "f",
    "INT": "i",
    "STRING": "s",
    "TENSOR": "t",
    "GRAPH": "g",
    "FLOATS": "F",
    "INTS": "I",
    "STRINGS": "S",
    "TENSORS": "T",
    "GRAPHS": "G",
    "SPARSE_TENSOR": "p",
    "SPARSE_TENSORS": "P",
    "TYPE_PROTO": "y",
    "TYPE_PROTOS": "Y",
}
UNBOUNDED = 2**31 - 1


def bound(count):
    return -1 if count >= UNBOUNDED else count


def attributes(schema):
    return " ".join(
        sorted(
            ("!" if attribute.required else "") + TYPES[attribute.type.name] + ":" + name
            for name, attribute in schema.attributes.items()
        )
    )


def rows(schemas):
    last = None
    for schema in sorted(schemas, key=lambda schema: schema.since_version):
        if schema.deprecated:
            yield [schema.since_version, None]
            continue
        row = [
            schema.since_version,
            schema.min_input,
            bound(schema.max_input),
            schema.min_output,
            bound(schema.max_output),
        ]
        text = attributes(schema)
        yield row if text == last else [*row, text]
        last = text


operators = defaultdict(lambda: defaultdict(list))
for schema in onnx.defs.get_all_schemas_with_history():
    operators[schema.domain][schema.name].append(schema)
table = {
    domain: {name: list(rows(schemas)) for name, schemas in sorted(named.items())}
    for domain, named in sorted(operators.items())
}
print(json.dumps(table, separators=(",", ":")))
