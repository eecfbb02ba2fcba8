"""``claims`` as a process whose memory is measured."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

MB = 2**20

_PROGRAM = """
import atexit, resource, sys
from pathlib import Path
from extractor.cli import main
peak = Path(sys.argv.pop(1))
atexit.register(lambda: peak.write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))
main()
"""


class Ended(NamedTuple):
    """How a process ended; ``peak`` is the memory in bytes that it held at most."""

    code: int
    out: str
    err: str
    peak: int


def measured(*arguments: object) -> Ended:
    command = [sys.executable, "-c", _PROGRAM, "peak", *(str(one) for one in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr, int(Path("peak").read_text()) * 1024)
