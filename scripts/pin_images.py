"""Pin the base images of Dockerfile and compose.yaml to the digests that their tags have today.

A tag can be moved to another image; a digest cannot. Needs docker and a network.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("Dockerfile", "compose.yaml")
IMAGE = re.compile(
    r"^(?P<lead>FROM |\s+image: )(?P<name>[\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?(?=\s|$)",
    re.MULTILINE,
)
OURS = "scanner-app"


def ask_registry(name: str) -> str:
    """Return the digest that an image's tag has now."""
    command = [
        "docker",
        "buildx",
        "imagetools",
        "inspect",
        name,
        "--format",
        "{{.Manifest.Digest}}",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def pin_images(text: str, find_digest: Callable[[str], str]) -> str:
    """Return a file's text with each image of others named by tag and digest."""

    def pin(found: re.Match[str]) -> str:
        name = found["name"]
        if name.startswith(OURS):
            return found[0]
        return f"{found['lead']}{name}@{find_digest(name)}"

    return IMAGE.sub(pin, text)


if __name__ == "__main__":
    for file in (ROOT / name for name in FILES):
        file.write_text(pin_images(file.read_text(), ask_registry))
        print(f"{file.name}: pinned; read the difference, build the image, then commit it.")
