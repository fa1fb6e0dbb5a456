"""The tree of everything that can go wrong and that a person can act on.

ReviewError                 a sentence for the person who ran the command
├── InputError              a file, value or option that a person gave cannot be used
│   ├── UnreadableFileError      the bytes are not a file of records that we can read
│   └── ProtocolError       the protocol or the codebook says something that cannot be
├── StoreError              the store cannot be opened, or refused what was asked of it
│   └── StoreTooNewError         the store was written by a newer version of this program
├── StaleError              an answer to what has changed since it was asked
├── ModelError              weights or a fitted model are missing, altered or of another review
└── ConservationError       reports were lost or counted twice: nothing may be published
"""


class ReviewError(Exception):
    """Something a person can act on; its text names the place and the remedy."""


class InputError(ReviewError):
    """A file, value or option that a person gave cannot be used."""


class UnreadableFileError(InputError):
    """The bytes are not a file of records that this program can read."""


class ProtocolError(InputError):
    """The protocol or the codebook says something that cannot be."""


class StoreError(ReviewError):
    """The store cannot be opened, or it refused what was asked of it."""


class StoreBusyError(StoreError):
    """The store is in use by another program or out of reach; the same again may work later."""


class StoreTooNewError(StoreError):
    """The store was written by a newer version of this program."""


class StaleError(ReviewError):
    """An answer to what is not any more as it was when it was asked."""


class ModelError(ReviewError):
    """Weights or a fitted model are missing, altered, or belong to another review."""


class ConservationError(ReviewError):
    """Reports were lost or counted twice between two boxes of the flow diagram."""
