"""Why a stack does not run; each prints as one message.

StackError
├── HomeInUse       another stack holds the data folder
├── HomeUnusable    the data folder cannot be created or written
├── PortTaken       something else listens where the API should
├── NoRedis         none on PATH, none inside a wheel; or the one that was named does not answer
├── ChildFailed     a child ended before the stack was ready
└── NotReady        everything runs, but /readyz did not say 200 in time
"""


class StackError(Exception):
    """Base of all: the message is written for the person who typed the command."""


class HomeInUse(StackError):
    """Another stack holds the data folder."""


class HomeUnusable(StackError):
    """The data folder cannot be created or written."""


class PortTaken(StackError):
    """The API's address cannot be bound."""


class NoRedis(StackError):
    """There is no Redis to work with."""


class ChildFailed(StackError):
    """A child ended while the stack was starting; the message carries its last log lines."""


class NotReady(StackError):
    """The stack ran out of time to become ready."""
