"""Runs DVC commands, one for each line of JSON on stdin, each in a fork of this process.

Importing DVC takes longer than most of its commands: here it is imported once.
Request: {"folder": ..., "arguments": [...], "environment": {...}}. Reply: {"code": ..., "output": ...}.
"""

import json
import os
import sys
import tempfile

import dvc.repo.reproduce  # noqa: F401
import dvc.repo.status  # noqa: F401
import dvc.stage.cache  # noqa: F401
import dvc_data.hashfile.build  # noqa: F401
import dvc_data.index  # noqa: F401
import dvc_objects.fs.local  # noqa: F401
from dvc.cli import main


def run(request, output):
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        code = main(request["arguments"])
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else 255
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            run(json.loads(line), output.fileno())
        _, status = os.waitpid(child, 0)
        output.seek(0)
        reply = {
            "code": os.waitstatus_to_exitcode(status),
            "output": output.read().decode("utf-8", "replace"),
        }
    print(json.dumps(reply), flush=True)
