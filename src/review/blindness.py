"""Which items a person answers before seeing what the machine says of them."""

from __future__ import annotations

import hashlib


def is_drawn(share: float, *about: object) -> bool:
    """Whether a thing falls into a share in [0, 1] of all things, always the same for the same.

    ``about`` names it, such as the reviewer and the passage. Nobody can choose it by reloading a
    page, and it needs no row of its own: the first 64 bits of a SHA-256 are the draw.
    """
    named = "\x1f".join(map(str, about)).encode("utf-8", "surrogatepass")
    draw = int.from_bytes(hashlib.sha256(named).digest()[:8], "big")
    return draw < share * 2**64
