"""Prints random documents as DVC writes them: documents.py SEED COUNT.

Each line is {"value": ..., "text": ...}. In value, what JSON cannot tell apart is marked:
{"string": s}, {"int": digits}, {"float": hexadecimal of its 8 bytes}, {"map": [[key, value], ...]}.
"""

import json
import random
import struct
import sys

from dvc.utils.serialize._yaml import dumps_yaml

WORDS = [
    "a", "bb", "python train.py", "--lr=0.1", '"q"', "it's", "&&", "#", "# c", ":", "a: b", "- x",
    "žluť", "🐎", "\n", " ", "  ", "\t", "\\", "{x}", "[y]", "true", "12", "1.5", "1e5", "~", "null",
    "", ">", "|", "%", "@", "`", "?", "-", ".", "...", "---", "2024-01-01", "\u00a0", "\u2028",
    "\x07", "\x85", "x" * 85, "0x1f", "0o7", "=", "<<", "\ufeff", "long" * 10, "\r",
]  # fmt: skip
FLOATS = [
    0.1, 1.0, 1e-5, 1e16, 1e15, 123456789.125, -0.0, 1e-4, 0.0001234, 5e-324,
    1.7976931348623157e308, float("inf"), -float("inf"), 1e22, 1e21,
]  # fmt: skip


def string():
    if random.random() < 0.3:
        return random.choice(WORDS)
    separator = random.choice([" ", "", "  ", " ", " "])
    count = random.randint(1, random.choice([3, 30]))
    return separator.join(random.choice(WORDS) for _ in range(count))


def number():
    if random.random() < 0.5:
        return random.choice(FLOATS)
    value = struct.unpack("d", struct.pack("Q", random.getrandbits(64)))[0]
    return value if value == value else 0.5


def value(depth):
    kind = random.random()
    if depth < 3 and kind < 0.15:
        return [value(depth + 1) for _ in range(random.randint(0, 3))]
    if depth < 3 and kind < 0.3:
        return {string(): value(depth + 1) for _ in range(random.randint(0, 3))}
    if kind < 0.7:
        return string()
    if kind < 0.8:
        return number()
    if kind < 0.9:
        return random.randint(-(10 ** random.randint(1, 20)), 10 ** random.randint(1, 20))
    return random.choice([None, True, False])


def marked(item):
    if isinstance(item, bool) or item is None:
        return item
    if isinstance(item, str):
        return {"string": item}
    if isinstance(item, int):
        return {"int": str(item)}
    if isinstance(item, float):
        return {"float": struct.pack(">d", item).hex()}
    if isinstance(item, list):
        return [marked(inner) for inner in item]
    return {"map": [[key, marked(inner)] for key, inner in item.items()]}


random.seed(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    document = {"first": value(0), "second": value(0)}
    print(json.dumps({"value": marked(document), "text": dumps_yaml(document)}))
