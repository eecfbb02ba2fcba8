"""Looking for keys in everything that a run leaves behind."""

import base64
import re
from pathlib import Path

KEY = "sk-test-3f9c51d07b6e4a28"

# What keys and the headers that carry them look like, wherever they come from.
SECRET = re.compile(
    rb"\b(?:sk|pk|rk|hf|gh[pousr]|xox[abp]|AKIA)[-_]?[A-Za-z0-9][A-Za-z0-9_-]{15,}|-----BEGIN [A-Z ]*PRIVATE KEY|"
    rb"(?:authorization|api[-_]?key|cookie|password)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?[A-Za-z0-9_\-.=+/]{12,}",
    re.IGNORECASE,
)


def places_with(secret: str, folder: str | Path = ".") -> list[str]:
    """The files that hold the secret, as it is or in base64, in bytes of any kind."""
    plain = secret.encode()
    forms = (plain, base64.b64encode(plain).rstrip(b"=")[:-1], plain.hex().encode())
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return [str(path) for path in files if any(form in path.read_bytes() for form in forms)]
