"""``claims`` as a process whose memory is measured."""

import os
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


def measured(*arguments: object) -> Ended:
    command = [sys.executable, "-m", "extractor", *(str(one) for one in arguments)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        return Ended(process.returncode, out.read(), err.read(), usage.ru_maxrss * 1024)
