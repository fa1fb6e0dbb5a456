"""What differs between two versions of a protocol, place by place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """One place of the protocol whose words changed: what is ``gone`` and what is ``new``.

    The place is named from the outside in: ``("criteria", "informal", "cues")``.
    """

    place: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def find_amendments(before: Mapping[str, object], after: Mapping[str, object]) -> list[Amendment]:
    """The places that differ, in the order of the later version, then those that are gone.

    Both are protocols as plain values. Entries of a list are the same by their key or source, not
    by where they stand; that only their order changed is not told.
    """
    old, new = dict(_places(before)), dict(_places(after))
    found = []
    for place in dict.fromkeys((*new, *old)):
        lost = Counter(old.get(place, ())) - Counter(new.get(place, ()))
        gained = Counter(new.get(place, ())) - Counter(old.get(place, ()))
        if lost or gained:
            found.append(
                Amendment(place=place, gone=tuple(lost.elements()), new=tuple(gained.elements()))
            )
    return found


def _places(
    value: object, place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every place with the words that stand there, none of them empty."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _places(inner, (*place, str(name)))
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        seen: Counter[str] = Counter()
        for inner in value:
            name = str(inner.get("key") or inner.get("source") or "entry")
            seen[name] += 1
            numbered = name if seen[name] == 1 else f"{name} {seen[name]}"
            yield from _places(inner, (*place, numbered))
    else:
        words = value if isinstance(value, list) else [value]
        yield place, tuple(str(word) for word in words if word not in (None, ""))
