"""A manager interface over real TCP that refuses what Asterisk's refuses, with its sentences (manager.c, app_queue.c)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Fields = list[tuple[str, str]]
NEEDS = {
    "originate": "originate", "hangup": "call", "redirect": "call", "command": "command", "getvar": "call", "setvar": "call",
    "status": "call", "queuepause": "agent",
}  # fmt: skip
ACTIONS = (
    "challenge", "login", "logoff", "ping", "originate", "hangup", "redirect", "queuestatus", "command", "getvar", "setvar",
    "status", "queuepause", "listcommands",
)  # fmt: skip
OF_QUEUES = ("queuestatus", "queuepause")
CLASSES = {"Hangup": "call", "DialEnd": "call"}
"""Classes of events; those of queues are `agent`."""


@dataclass
class FakeChannel:
    """A caller's channel or a telephone's; `queue` is where it waits, `bridge` names those it talks with."""

    name: str
    unique: str
    linked: str
    caller: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    queue: str = ""
    bridge: str = ""


@dataclass
class FakeAmi:
    """One PBX. `write` are the user's privileges, `reasons` how a dial of a channel ends (4: answered, the default).

    `actions` is everything that was asked after login. `asked` is set by the first dial, `ringing` holds the outcome of dials
    back while it is not set. `answered` is run when somebody picks up, with the channel's variables, as the dialplan would be.
    `mute` stops all answers; `dribble` sends byte by byte. `read` are the classes of events the user may see, `members`
    the telephones that belong to queues, each with the reason of its pause or None.
    `redirected` is told channel, context and extension. `loading` is how many looks at its commands show none of the queues yet.
    """

    user: str = "otklik"
    secret: str = "тайна"
    write: set[str] = field(default_factory=lambda: {"originate", "call", "agent"})
    read: set[str] = field(default_factory=lambda: {"call", "agent"})
    banner: str = "Asterisk Call Manager/9.0.0"
    reasons: dict[str, int] = field(default_factory=dict)
    channels: dict[str, FakeChannel] = field(default_factory=dict)
    members: dict[str, str | None] = field(default_factory=dict)
    answered: Callable[[dict[str, str]], Awaitable[None]] | None = None
    redirected: Callable[[FakeChannel, str, str], Awaitable[None]] | None = None
    loading: int = 0
    mute: bool = False
    dribble: bool = False

    def __post_init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.originated: list[dict[str, str]] = []
        self.logins = 0
        self.ringing = asyncio.Event()
        self.ringing.set()
        self.asked = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._sessions: set[_Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen; on the same port again after a stop."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        self._server.close()
        self.drop()
        for task in tuple(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._server.wait_closed()

    def drop(self) -> None:
        """Cut every connection, as a restart of the PBX does."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            writer.write(f"{self.banner}\r\n".encode())
            session = _Session(self, writer)
            self._sessions.add(session)
            await session.run(reader)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            self._sessions.discard(session)
            writer.close()

    def later(self, work: Awaitable[None]) -> None:
        """Do something beside the session, as Asterisk's threads do."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What happens in queues, with the events that app_queue.c and Dial() raise, in their order

    def caller(self, name: str, caller: str, linked: str, **variables: str) -> FakeChannel:
        """A caller's channel that lives from now on."""
        made = self.channels[name] = FakeChannel(name, linked, linked, caller, variables)
        return made

    async def join(self, channel: FakeChannel, queue: str) -> None:
        """The dialplan runs Queue()."""
        channel.queue, channel.bridge = queue, ""
        await self.event("QueueCallerJoin", channel, [("Queue", queue), ("Position", "1"), ("Count", "1")])

    async def leave(self, channel: FakeChannel, *, abandoned: bool = False) -> None:
        """Queue() ends; told as abandoned also when the channel was redirected or its time was over."""
        queue, channel.queue = channel.queue, ""
        told = [("Queue", queue), ("Position", "1")]
        if abandoned:
            await self.event("QueueCallerAbandon", channel, [*told, ("OriginalPosition", "1"), ("HoldTime", "5")])
        await self.event("QueueCallerLeave", channel, [*told, ("Count", "0")])

    async def ring(self, channel: FakeChannel, member: str) -> None:
        """The queue rings a member."""
        await self.event(
            "AgentCalled", channel, [("Queue", channel.queue), ("MemberName", member), ("Interface", member)]
        )

    async def connect(self, channel: FakeChannel, member: str) -> FakeChannel:
        """A member of the queue picks up; her channel."""
        queue = channel.queue
        await self.leave(channel)
        other = self._talk(channel, member)
        await self.event("DialEnd", channel, [("DestChannel", other.name), ("DialStatus", "ANSWER")])
        told = [("DestChannel", other.name), ("Queue", queue), ("MemberName", member), ("Interface", member)]
        await self.event("AgentConnect", channel, [*told, ("RingTime", "3"), ("HoldTime", "12")])
        return other

    async def complete(self, channel: FakeChannel, other: FakeChannel, reason: str = "agent") -> None:
        """The talk out of a queue is over."""
        channel.bridge = ""
        told = [("Queue", "otklik-general"), ("Interface", other.name.rpartition("-")[0]), ("Reason", reason)]
        await self.event("AgentComplete", channel, [("DestChannel", other.name), *told])
        await self.hang_up(other)

    async def answer(self, channel: FakeChannel, telephone: str, status: str = "ANSWER") -> FakeChannel | None:
        """What a Dial() of the dialplan comes to; the telephone's channel when it is picked up."""
        other = self._talk(channel, telephone) if status == "ANSWER" else None
        await self.event("DialEnd", channel, [("DestChannel", f"{telephone}-0000002b"), ("DialStatus", status)])
        return other

    async def hang_up(self, channel: FakeChannel) -> None:
        """A channel ends."""
        if channel.queue:
            await self.leave(channel, abandoned=True)
        self.channels.pop(channel.name, None)
        await self.event("Hangup", channel, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])

    def _talk(self, channel: FakeChannel, member: str) -> FakeChannel:
        channel.bridge = f"bridge-{channel.unique}"
        other = FakeChannel(f"{member}-0000002b", f"{channel.linked}9", channel.linked, bridge=channel.bridge)
        self.channels[other.name] = other
        return other

    async def event(self, name: str, channel: FakeChannel, more: Fields) -> None:
        """Tell an event to every session that may see its class."""
        if CLASSES.get(name, "agent") not in self.read:
            return
        fields = [("Event", name), ("Privilege", f"{CLASSES.get(name, 'agent')},all"), *_snapshot(channel), *more]
        for session in tuple(self._sessions):
            if session.authenticated and not self.mute:
                await session.send(fields)


class _Session:
    def __init__(self, pbx: FakeAmi, writer: asyncio.StreamWriter) -> None:
        self.pbx, self.writer = pbx, writer
        self.challenge, self.authenticated = "", False

    async def run(self, reader: asyncio.StreamReader) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            fields = [
                (key.strip(), value.strip())
                for key, _, value in (line.partition(":") for line in head.decode().split("\r\n") if line)
            ]
            if not await self._act(fields):
                return

    async def _act(self, fields: Fields) -> bool:
        """Whether the session goes on."""
        given = {key.lower(): value for key, value in fields}
        action = given.get("action", "").lower()
        if self.pbx.mute:
            return True
        if not action:
            await self._error(given, "Missing action in request")
        elif not self.authenticated and action not in ("login", "challenge", "logoff"):
            await self._error(given, "Permission denied")
        elif action not in ACTIONS or (self.pbx.loading and action in OF_QUEUES):
            what = given["action"]
            await self._error(
                given, f"Invalid/unknown command: {what}. Use Action: ListCommands to show available commands."
            )
        elif action in NEEDS and NEEDS[action] not in self.pbx.write:
            await self._error(given, "Permission denied")
        else:
            if self.authenticated and action != "listcommands":
                self.pbx.actions.append(given)
            goes_on: bool | None = await getattr(self, f"_{action}")(given, fields)
            return goes_on is not False
        return True

    async def _challenge(self, given: dict[str, str], _fields: Fields) -> None:
        if given.get("authtype", "").upper() != "MD5":
            await self._error(given, "Must specify AuthType")
            return
        self.challenge = str(secrets.randbelow(10**9))
        await self.send([("Response", "Success"), *_id(given), ("Challenge", self.challenge)])

    async def _login(self, given: dict[str, str], _fields: Fields) -> bool:
        right = given.get("username") == self.pbx.user
        if given.get("authtype", "").upper() == "MD5":
            proof = hashlib.md5((self.challenge + self.pbx.secret).encode()).hexdigest()
            right = right and bool(self.challenge) and given.get("key") == proof
        else:
            right = right and given.get("secret") == self.pbx.secret
        if not right:
            await self._error(given, "Authentication failed")
            return False
        self.authenticated = True
        self.pbx.logins += 1
        await self._ok(given, "Authentication accepted")
        await self.send([("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted")])
        return True

    async def _logoff(self, given: dict[str, str], _fields: Fields) -> bool:
        await self.send([("Response", "Goodbye"), *_id(given), ("Message", "Thanks for all the fish.")])
        return False

    async def _ping(self, given: dict[str, str], _fields: Fields) -> None:
        await self.send([("Response", "Success"), *_id(given), ("Ping", "Pong"), ("Timestamp", "1763700000.0")])

    async def _listcommands(self, given: dict[str, str], _fields: Fields) -> None:
        queues = [("QueueStatus", "Show queue status.  (Priv: <none>)")] if not self.pbx.loading else []
        self.pbx.loading = max(0, self.pbx.loading - 1)
        await self.send([("Response", "Success"), *_id(given), ("Ping", "Keepalive command.  (Priv: <none>)"), *queues])

    async def _command(self, given: dict[str, str], _fields: Fields) -> None:
        lines = [("Output", "one"), ("Output", ""), ("Output", "  two: with a colon")]
        await self.send([("Response", "Success"), *_id(given), ("Message", "Command output follows"), *lines])

    async def _originate(self, given: dict[str, str], fields: Fields) -> None:
        if not given.get("channel"):
            await self._error(given, "Channel not specified")
        elif "/" not in given["channel"]:
            await self._error(given, "Invalid channel")
        elif not given.get("timeout", "30000").isdigit():
            await self._error(given, "Invalid timeout")
        elif not given.get("application") and not (
            given.get("exten") and given.get("context") and given.get("priority")
        ):
            await self._error(given, "Originate with 'Exten' requires 'Context' and 'Priority'")
        else:
            variables = [pair for key, value in fields if key.lower() == "variable" for pair in value.split(",")]
            given["variables"] = ";".join(variables)
            self.pbx.originated.append(given)
            self.pbx.asked.set()
            await self._ok(given, "Originate successfully queued")
            self.pbx.later(self._ring(given, dict(pair.split("=", 1) for pair in variables)))

    async def _ring(self, given: dict[str, str], variables: dict[str, str]) -> None:
        await self.pbx.ringing.wait()
        reason = self.pbx.reasons.get(given["channel"], 4)
        if reason == 4:
            self.pbx.caller(given["channel"] + "-00000001", "", "1763700000.1")
        where = [(k, given.get(k.lower(), "")) for k in ("Channel", "Context", "Exten", "Application", "Data")]
        await self.send([
            ("Event", "OriginateResponse"), ("Privilege", "call,all"), *_id(given),
            ("Response", "Success" if reason == 4 else "Failure"), *where, ("Reason", str(reason)),
            ("Uniqueid", "1763700000.1"), ("CallerIDNum", given.get("callerid", "<unknown>")),
        ])  # fmt: skip
        if reason == 4 and self.pbx.answered is not None:
            await self.pbx.answered(variables)

    async def _hangup(self, given: dict[str, str], _fields: Fields) -> None:
        if not given.get("channel"):
            await self._error(given, "No channel specified")
        elif given["channel"] not in self.pbx.channels:
            await self._error(given, "No such channel")
        else:
            await self._ok(given, "Channel Hungup")
            await self.pbx.hang_up(self.pbx.channels[given["channel"]])

    async def _redirect(self, given: dict[str, str], _fields: Fields) -> None:
        if not given.get("channel"):
            await self._error(given, "Channel not specified")
        elif given["channel"] not in self.pbx.channels:
            await self._error(given, f"Channel does not exist: {given['channel']}")
        elif not given.get("priority", "").isdigit():
            await self._error(given, "Invalid priority")
        else:
            await self._ok(given, "Redirect successful")
            channel = self.pbx.channels[given["channel"]]
            if channel.queue:
                await self.pbx.leave(channel, abandoned=True)
            if self.pbx.redirected is not None:
                self.pbx.later(self.pbx.redirected(channel, given["context"], given["exten"]))

    async def _getvar(self, given: dict[str, str], _fields: Fields) -> None:
        if (channel := await self._channel(given)) is not None:
            name = given["variable"]
            await self.send([
                ("Response", "Success"), *_id(given), ("Variable", name), ("Value", channel.variables.get(name, "")),
            ])  # fmt: skip

    async def _setvar(self, given: dict[str, str], _fields: Fields) -> None:
        if (channel := await self._channel(given)) is not None:
            channel.variables[given["variable"]] = given.get("value", "")
            await self._ok(given, "Variable Set")

    async def _channel(self, given: dict[str, str]) -> FakeChannel | None:
        if not given.get("variable"):
            await self._error(given, "No variable specified")
        elif given.get("channel") not in self.pbx.channels:
            await self._error(given, "No such channel")
        else:
            return self.pbx.channels[given["channel"]]
        return None

    async def _status(self, given: dict[str, str], _fields: Fields) -> None:
        await self.send([("Response", "Success"), *_id(given), ("EventList", "start"),
                         ("Message", "Channel status will follow")])  # fmt: skip
        channels = list(self.pbx.channels.values())
        for channel in channels:
            named = [name for name in given.get("variables", "").split(",") if name]
            asked = [("Variable", f"{name}={channel.variables.get(name, '')}") for name in named]
            told = [("BridgeID", channel.bridge), ("Application", "Queue" if channel.queue else ""), *asked]
            await self.send([("Event", "Status"), ("Privilege", "Call"), *_snapshot(channel), *told, *_id(given)])
        await self.send([("Event", "StatusComplete"), *_id(given), ("EventList", "Complete"),
                         ("ListItems", str(len(channels)))])  # fmt: skip

    async def _queuepause(self, given: dict[str, str], _fields: Fields) -> None:
        if not given.get("interface") or not given.get("paused"):
            await self._error(given, "Need 'Interface' and 'Paused' parameters.")
        elif given["interface"] not in self.pbx.members:
            await self._error(given, "Interface not found")
        else:
            paused = given["paused"] in ("1", "true", "yes")
            self.pbx.members[given["interface"]] = given.get("reason", "") if paused else None
            await self._ok(given, f"Interface {'' if paused else 'un'}paused successfully")

    async def _queuestatus(self, given: dict[str, str], _fields: Fields) -> None:
        wanted = given.get("queue")
        await self.send([("Response", "Success"), *_id(given), ("EventList", "start"),
                          ("Message", "Queue status will follow")])  # fmt: skip
        items = 0
        for queue in ("otklik-general", "otklik-city"):
            if wanted in (None, queue):
                items += await self._queue(given, queue)
        for channel in self.pbx.channels.values():
            if channel.queue and wanted in (None, channel.queue):
                told = [("Position", "1"), ("Channel", channel.name), ("Uniqueid", channel.unique)]
                told += [("CallerIDNum", channel.caller or "unknown"), ("Wait", "40")]
                await self.send([("Event", "QueueEntry"), ("Queue", channel.queue), *told, *_id(given)])
                items += 1
        await self.send([("Event", "QueueStatusComplete"), *_id(given), ("EventList", "Complete"),
                          ("ListItems", str(items))])  # fmt: skip

    async def _queue(self, given: dict[str, str], queue: str) -> int:
        busy = queue == "otklik-city"
        events: list[Fields] = [
            [("Event", "QueueParams"), ("Queue", queue), ("Max", "0"), ("Strategy", "rrmemory"),
             ("Calls", "2" if busy else "0"), ("Holdtime", "75"), ("TalkTime", "120"), ("Completed", "9"), *_id(given)],
            *([("Event", "QueueMember"), ("Queue", queue), ("Name", f"PJSIP/{number}"), ("Paused", paused),
               ("InCall", in_call), ("Status", status), *_id(given)]
              for number, paused, in_call, status in (("101", "0", "0", "2" if busy else "1"), ("102", "1", "0", "1"),
                                                      ("103", "0", "1", "2"), ("104", "0", "0", "5"))),
            *([("Event", "QueueEntry"), ("Queue", queue), ("Position", place), ("Wait", wait), *_id(given)]
              for place, wait in ((("1", "95"), ("2", "12")) if busy else ())),
        ]  # fmt: skip
        for event in events:
            await self.send(event)
        return len(events)

    async def _ok(self, given: dict[str, str], message: str) -> None:
        await self.send([("Response", "Success"), *_id(given), ("Message", message)])

    async def _error(self, given: dict[str, str], message: str) -> None:
        await self.send([("Response", "Error"), *_id(given), ("Message", message)])

    async def send(self, fields: Fields) -> None:
        data = "".join(f"{key}: {value}\r\n" for key, value in fields).encode() + b"\r\n"
        for piece in (data[i : i + 1] for i in range(len(data))) if self.pbx.dribble else (data,):
            if self.writer.is_closing():
                return
            self.writer.write(piece)
            await self.writer.drain()


def _id(given: dict[str, str]) -> Fields:
    return [("ActionID", given["actionid"])] if given.get("actionid") else []


def _snapshot(channel: FakeChannel) -> Fields:
    return [
        ("Channel", channel.name), ("ChannelState", "6"), ("ChannelStateDesc", "Up"),
        ("CallerIDNum", channel.caller or "<unknown>"), ("CallerIDName", "<unknown>"), ("Context", "otklik-queue"),
        ("Exten", "s"), ("Priority", "7"), ("Uniqueid", channel.unique), ("Linkedid", channel.linked),
    ]  # fmt: skip
