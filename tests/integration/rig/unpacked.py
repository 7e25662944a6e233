"""Where scripts/setup unpacks the servers that cannot be installed beside Dovecot (their packages exclude each other)."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FOLDER = os.path.join(ROOT, "build", "test-servers")


def find(package, path):
    """The file of an unpacked package; `path` as the package has it, without the leading slash."""
    found = os.path.join(FOLDER, package, path)
    if not os.path.exists(found):
        raise FileNotFoundError(f"{package} is not unpacked in build/test-servers; run: scripts/setup test")
    return found
