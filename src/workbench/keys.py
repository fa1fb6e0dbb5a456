"""Single-letter keys of the pages: what each does, and what a person chose instead."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from review.errors import InputError

# Per page the action, its key and what it does; within a page, and with "everywhere", no key twice.
ACTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "everywhere": {
        "help": ("?", "Show the keys of this page"),
        "next": ("j", "Next"),
        "previous": ("k", "Previous"),
        "undo": ("u", "Undo"),
        "skip": ("s", "Skip"),
        "note": ("w", "Write a note"),
    },
    "passages": {
        "accept": ("a", "Accept"),
        "reject": ("r", "Reject"),
        "facilitator": ("f", "Facilitator"),
        "barrier": ("b", "Barrier"),
        "both": ("m", "Both"),
        "unclear": ("n", "Direction unclear"),
        "theme": ("t", "Another theme"),
        "outside": ("o", "Outside the codebook"),
        "off_topic": ("p", "Not about peer workers"),
        "add": ("g", "Add a passage the machine missed"),
        "edges": ("e", "Move the edges"),
        "start_earlier": ("d", "Start a word earlier"),
        "start_later": ("x", "Start a word later"),
        "end_earlier": ("c", "End a word earlier"),
        "end_later": ("v", "End a word later"),
    },
    "screening": {
        "met": ("y", "The criterion is met"),
        "not_met": ("n", "The criterion is not met"),
        "cannot_tell": ("c", "Cannot tell"),
        "include": ("i", "Include"),
        "exclude": ("e", "Exclude"),
        "unsure": ("q", "Unsure"),
        "as_answered": ("d", "Decide as answered"),
    },
}
_OFF = "off"


def key_of(chosen: Mapping[str, object], action: str) -> str:
    """The key of an action as this person has it, or of a digit itself; empty if keys are off."""
    if chosen.get(_OFF):
        return ""
    if action.isdigit():
        return action
    default = next(actions[action][0] for actions in ACTIONS.values() if action in actions)
    return str(chosen.get(action, default))


def keyed(chosen: Mapping[str, object], action: str) -> Markup:
    """The attributes that let a key press a button or follow a link; none if keys are off."""
    key = key_of(chosen, action)
    if not key:
        return Markup("")
    return Markup('data-key="{0}" aria-keyshortcuts="{0}"').format(key)


def read_keys(off: bool, wanted: Mapping[str, str]) -> dict[str, object]:
    """What to keep of the keys a person wants: those that are not as they were given.

    Raises InputError where a key is no single character, a digit, or means two things on a page.
    """
    keys = {
        action: (wanted.get(action) or default).strip().lower()
        for actions in ACTIONS.values()
        for action, (default, _) in actions.items()
    }
    for action, key in keys.items():
        if len(key) != 1 or key.isdigit() or not key.isprintable() or key.isspace():
            raise InputError(
                f"'{key}' cannot be the key of '{_words(action)}': choose one letter or sign; "
                "digits choose from lists"
            )
    for page, actions in ACTIONS.items():
        together = {**ACTIONS["everywhere"], **actions}
        for action in together:
            for other in together:
                if action < other and keys[action] == keys[other]:
                    raise InputError(
                        f"'{keys[action]}' would mean both '{_words(action)}' and "
                        f"'{_words(other)}' ({page}); choose another key for one of them"
                    )
    default_keys = {a: key for actions in ACTIONS.values() for a, (key, _) in actions.items()}
    changed: dict[str, object] = {a: k for a, k in keys.items() if k != default_keys[a]}
    return {**changed, _OFF: True} if off else changed


def _words(action: str) -> str:
    return next(actions[action][1] for actions in ACTIONS.values() if action in actions)
