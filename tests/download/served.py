"""The file that most tests fetch."""

import hashlib

CONTENT = bytes(range(256)) * 1024
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def alone(target):
    """Nothing but the target lies in its folder: no part, no card."""
    return [path.name for path in target.parent.iterdir()] == [target.name]
