"""The e-mail door: one mailbox, read over IMAP and answered over SMTP."""

from channels.email.settings import build

__all__ = ["build"]
