"""One person behind several channels: joining citizens, and the code by which somebody proves to be the same."""

from bot.services.identity.codes import Codes, Joined, WrongCode
from bot.services.identity.join import join

__all__ = ["Codes", "Joined", "WrongCode", "join"]
