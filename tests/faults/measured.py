"""``claims`` as a process whose memory is measured."""

import subprocess
import sys
import tempfile
from typing import NamedTuple

MB = 2**20


class Ended(NamedTuple):
    """How a process ended; ``peak`` is the memory in bytes that it held at most."""

    code: int
    out: str
    err: str
    peak: int


# A process counts the memory of the one it was forked from, so a small one stands between it and the tests.
_BETWEEN = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, file=file)
"""


def measured(*arguments: object) -> Ended:
    command = [sys.executable, "-m", "extractor", *(str(one) for one in arguments)]
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.NamedTemporaryFile("r") as told,
    ):
        between = [sys.executable, "-c", _BETWEEN, told.name, *command]
        subprocess.run(between, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=True)
        code, peak = map(int, told.read().split())
        for stream in (out, err):
            stream.seek(0)
        return Ended(code, out.read(), err.read(), peak)
