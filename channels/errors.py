"""Every way a channel's server can refuse us, and whether trying again helps."""

from __future__ import annotations


class ChannelError(Exception):
    """A call to a channel's server failed. `code` is short and stable, for metrics; `words` are for an administrator, in Russian.

    Neither ever holds a token, an address with a token in it, or what a citizen wrote.
    """

    retryable = False

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words or code


class Retry(ChannelError):
    """Try again: too many requests, a server error, a time-out, no connection.

    `after` is the pause in seconds that the server asked for, None when it named none. `peer_only`: the limit concerns this
    peer, not the whole channel.
    """

    retryable = True

    def __init__(self, code: str, after: float | None = None, words: str = "", *, peer_only: bool = False) -> None:
        super().__init__(code, words)
        self.after, self.peer_only = after, peer_only


class Blocked(ChannelError):
    """This citizen does not want to hear from us, or is gone: never try again until she writes."""


class Rejected(ChannelError):
    """The server does not take this message as it is (a bad keyboard, an empty text, a file it dislikes)."""


class Misconfigured(ChannelError):
    """A wrong token, a missing right, a webhook that cannot be: nothing works until an administrator puts it right."""
