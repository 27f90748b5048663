"""Why a stack does not run; each prints as one message.

StackError
├── HomeInUse       another stack holds the data folder
├── PortTaken       something else listens where the API should
├── NoRedis         neither a Redis on PATH nor one inside a wheel
├── ChildFailed     a child ended before the stack was ready
└── NotReady        everything runs, but /readyz did not say 200 in time
"""


class StackError(Exception):
    """Base of all: the message is written for the person who typed the command."""


class HomeInUse(StackError):
    """Another stack holds the data folder."""


class PortTaken(StackError):
    """The API's address cannot be bound."""


class NoRedis(StackError):
    """No Redis server was found on this machine."""


class ChildFailed(StackError):
    """A child ended while the stack was starting; the message carries its last log lines."""


class NotReady(StackError):
    """The stack ran out of time to become ready."""
