"""What every driver shares: paths on stdin, one line of JSON for each on stdout.

An outcome is what a user of the scanner's command line would see: `ok` (also where the scanner
skips the file), `warn`, `reject` (also where it reports that it cannot read the file), `crash` or
`timeout`.
"""

import contextlib
import json
import os
import signal
import sys
import time

MAX_SECONDS = 30


class Late(BaseException):
    """Not an Exception: no scanner's own handler may swallow it."""


def late(*_):
    raise Late


def serve(scan):
    """Calls `scan(path)`, which returns an outcome, for every path."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    signal.signal(signal.SIGALRM, late)
    for line in sys.stdin:
        path = json.loads(line)
        start = time.perf_counter()
        signal.alarm(MAX_SECONDS)
        try:
            outcome = scan(path)
        except Late:
            outcome = "timeout"
        except (Exception, SystemExit):
            outcome = "crash"
        finally:
            signal.alarm(0)
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps([outcome, time.perf_counter() - start]), file=answers)
