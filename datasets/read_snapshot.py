"""Reads a snapshot with nothing but msgpack: `python read_snapshot.py FILE` prints it as JSON."""

import array
import itertools
import json
import sys

import msgpack

TYPES = {"u8": "B", "u16": "H", "u32": "I"}


def read_snapshot(path):
    """The snapshot of a file: facts, `columns` as arrays, and `titles` and `artists` as strings."""
    with open(path, "rb") as file:
        snapshot = msgpack.unpackb(file.read())
    if (snapshot["format"], snapshot["formatVersion"]) != ("segue-snapshot", 6):
        raise ValueError(f"{path} is no snapshot of format version 6")
    packed = snapshot.pop("columns")
    columns = {name: unpack(**column) for name, column in packed.items()}
    # What is more than the narrow columns tell stands apart.
    for apart, column in (("frequent", "Together"), ("heavy", "Weights")):
        for rule, count in zip(columns.pop(apart + "Rules"), columns.pop(apart + column)):
            columns["rule" + column][rule] = count
    for names in ("title", "artist"):
        text = bytes(columns.pop(names + "NameBytes"))
        snapshot[names + "s"] = split(text, columns.pop(names + "NameOffsets"))
    return snapshot | {"columns": columns}


def unpack(type, data, steps=False, padding=b""):
    """The numbers of a column; with steps, running sums of what is stored. Padding says nothing."""
    numbers = array.array(TYPES[type], data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return list(itertools.accumulate(numbers) if steps else numbers)


def split(text, offsets):
    """String i is in bytes offsets[i] to offsets[i + 1]."""
    return [text[start:end].decode() for start, end in itertools.pairwise(offsets)]


if __name__ == "__main__":
    json.dump(read_snapshot(sys.argv[1]), sys.stdout)
