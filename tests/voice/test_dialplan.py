"""deploy/asterisk: every word of it leads somewhere, and calls walked through it meet the real gateway and AudioSocket server."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI, Request
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import Response
from starlette.routing import Match

import voice.desk_calls
import voice.outgoing
from app.settings import Settings
from bot.services.calls.interface import After
from bot.services.calls.lines import load_lines
from bot.services.calls.registry import Calls
from bot.store import Store, Vault
from tests.voice import dialplan
from tests.voice.dialplan import Channel, Plan, Step
from voice.audio import SILENCE
from voice.audiosocket.caller import Caller
from voice.audiosocket.server import AudioSocketServer
from voice.gateway import gateway_router
from voice.line import HungUp, Line
from voice.outgoing import DialSettings

ROOT = Path(__file__).parents[2]
CONF = ROOT / "deploy" / "asterisk"
FILES = ("extensions.conf", "queues.conf", "pjsip.conf", "manager.conf")
LINES = load_lines(
    ROOT / "bot" / "content" / "lines.yml", ("crisis", "general", "social", "city", "health", "technical")
)
SETTINGS = Settings.model_fields
APPS = {
    "Answer", "Busy", "Congestion", "Dial", "Gosub", "Goto", "GotoIf", "GotoIfTime", "Hangup", "NoOp", "Playback", "Queue",
    "Return", "Set", "TryExec",
}  # fmt: skip
FUNCTIONS = {"CALLERID", "CHANNEL", "CURL", "CUT", "FILTER", "LEN", "URIENCODE"}
OF_ASTERISK = {"EXTEN", "DIALSTATUS", "QUEUESTATUS", "HANGUPCAUSE", "TRYSTATUS"}
FROM_AMI = {"OTKLIK_UUID", "OTKLIK_LINE"}
TOKEN = "CHANGE_ME_voice_token"
MONDAY_NOON = datetime(2026, 11, 16, 12)
NIGHT = datetime(2026, 11, 16, 23, 30)


def plan() -> Plan:
    return dialplan.read(CONF / "extensions.conf")


PLAN = plan()
STEPS = [
    pytest.param(context, step, id=f"{step.line}")
    for context, found in PLAN.contexts.items()
    for steps in found.extensions.values()
    for step in steps
]
EVERY_STEP = [step for context in PLAN.contexts.values() for steps in context.extensions.values() for step in steps]


def owner(context: str, step: Step) -> str:
    return next(name for name, steps in PLAN.contexts[context].extensions.items() if step in steps)


# --- what is written ---


@pytest.mark.parametrize("name", FILES)
def test_no_comment_swallows_what_follows(name: str) -> None:
    # «;--» begins a comment of many lines.
    assert ";--" not in (CONF / name).read_text("utf-8")


@pytest.mark.parametrize(("context", "step"), STEPS)
def test_a_jump_has_somewhere_to_land(context: str, step: Step) -> None:
    for parts in dialplan.targets(step):
        there, extension, label = ([context, owner(context, step), ""][: 3 - len(parts)] + parts)[-3:]
        assert there in PLAN.contexts, step
        names = PLAN.contexts[there].extensions
        if "${" in extension:
            # Whatever the robot says: what no pattern takes, «i» does.
            assert there == "otklik-extension" and "i" in names
            continue
        found = PLAN.find(there, extension)
        assert found, step
        assert label == "1" or label in [one.label for one in found[1]], step


@pytest.mark.parametrize(("context", "step"), STEPS)
def test_brackets_and_quotes_are_closed(context: str, step: Step) -> None:
    for sign in re.finditer(r"\$[{\[]", step.args):
        end = dialplan.closing(step.args, sign.start() + 1)
        if step.args[sign.start() + 1] == "[":
            assert step.args[sign.start() : end].count('"') % 2 == 0
    assert step.args.count("(") == step.args.count(")")
    assert step.app in APPS, f"{step}: name its module in README.md and teach it to tests/voice/dialplan.py"


def test_every_variable_is_set_somewhere() -> None:
    made = {step.args.partition("=")[0] for step in EVERY_STEP if step.app == "Set"}
    known = made | set(PLAN.variables) | OF_ASTERISK | FROM_AMI
    for step in EVERY_STEP:
        used = set(re.findall(r"\$\{(\w+)[}:]", step.args)) | set(re.findall(r"CUT\((\w+)", step.args))
        assert used <= known, step
        assert set(re.findall(r"\$\{([A-Z]+)\(", step.args)) <= FUNCTIONS, step
    everything = (CONF / "extensions.conf").read_text("utf-8")
    assert [name for name in PLAN.variables if f"${{{name}}}" not in everything] == []
    assert all(f'"{name}"' in inspect.getsource(voice.outgoing) for name in FROM_AMI)


def test_labels_and_hang_ups_are_in_order() -> None:
    for name, context in PLAN.contexts.items():
        assert name in ("otklik-once", "otklik-hangup") or context.includes == ["otklik-hangup"], name
        for steps in context.extensions.values():
            labels = [step.label for step in steps if step.label]
            assert len(labels) == len(set(labels))


def test_what_is_asked_for_by_http_exists() -> None:
    router = gateway_router(None, "", "")  # type: ignore[arg-type]
    text = (CONF / "extensions.conf").read_text("utf-8")
    asked = re.findall(r"CURL\(\$\{OTKLIK_URL\}(/[^,)]*?)(,|\))", text)
    assert len(asked) == 2
    for path, more in asked:
        scope = {
            "type": "http",
            "method": "POST" if more == "," else "GET",
            "path": path.replace("${OTKLIK_UUID}", "x"),
        }
        assert any(route.matches(scope)[0] is Match.FULL for route in router.routes), path
    told = re.findall(r"[,&](\w+)=\$\{URIENCODE", text)
    assert set(told) == {"caller", "dialled", "linkedid", "line"} <= set(voice.gateway.FIELDS)


def test_every_queue_of_the_lines_is_there_and_no_other() -> None:
    parts = dialplan.sections(CONF / "queues.conf")
    queues = {name: dict(pairs) for name, of, pairs in parts if of == "otklik"}
    assert set(queues) == set(LINES.queues.values())
    assert PLAN.variables["OTKLIK_QUEUE"] == LINES.queue(LINES.default.group).target
    phones = {name for name, of, _ in dialplan.sections(CONF / "pjsip.conf") if of == "otklik-phone"}
    for name, options in queues.items():
        assert re.fullmatch(r"\d", next(iter(PLAN.contexts[options["context"]].extensions))), name
    members = [value for _, of, pairs in parts if of for key, value in pairs if key == "member"]
    assert {member.removeprefix("PJSIP/") for member in members} == phones
    assert all(dialplan.matches("_10X", phone) for phone in phones)


def test_trunk_and_telephones_fit_the_dialplan() -> None:
    found = [(name, dict(pairs)) for name, of, pairs in dialplan.sections(CONF / "pjsip.conf") if of != "!"]
    kinds = {(name, options["type"]) for name, options in found}
    for name, options in found:
        if options["type"] == "endpoint":
            assert options["context"] in PLAN.contexts and options["allow"] == "alaw,ulaw"
            assert options["dtmf_mode"] == "rfc4733" and options["direct_media"] == "no"
            assert (options["aors"], "aor") in kinds
            assert (options.get("auth") or options["outbound_auth"], "auth") in kinds
        if options["type"] == "identify":
            assert options["endpoint"] == name and "CHANGE_ME" in options["match"]
    trunk = PLAN.variables["OTKLIK_TRUNK"]
    assert (trunk, "endpoint") in kinds
    assert DialSettings().channel.endswith(f"@{trunk}")
    assert PLAN.find(DialSettings().context, DialSettings().exten)
    numbers = [number for line in LINES.lines.values() for number in line.numbers]
    for number in numbers:
        assert PLAN.find("otklik-from-trunk", number)
        assert number in PLAN.contexts["otklik-internal"].extensions


def test_defaults_are_those_of_the_settings() -> None:
    default = {name: field.default for name, field in SETTINGS.items()}
    assert PLAN.variables["OTKLIK_URL"] == f"http://{default['host']}:{default['port']}"
    assert PLAN.variables["OTKLIK_AUDIO"] == f"{default['voice_host']}:{default['voice_port']}"
    assert PLAN.variables["OTKLIK_RING"] == str(LINES.outgoing.ring_seconds)
    parts = {name: dict(pairs) for name, _, pairs in dialplan.sections(CONF / "manager.conf")}
    assert parts["general"] | {"port": str(default["ami_port"]), "bindaddr": "127.0.0.1"} == parts["general"]
    user = parts[str(default["ami_user"])]
    assert (user["read"], user["write"]) == ("call,agent", "originate,call,agent")
    assert user["deny"] == "0.0.0.0/0.0.0.0" and user["permit"].startswith("127.0.0.1/")


def test_a_recorded_operator_is_announced_before_any_queue(tmp_path: Path) -> None:
    text = (CONF / "extensions.conf").read_text("utf-8")
    (tmp_path / "extensions.conf").write_text(re.sub(r"^; (?=same =>)", "", text, flags=re.MULTILINE), "utf-8")
    steps = dialplan.read(tmp_path / "extensions.conf").contexts["otklik-queue"].extensions["s"]
    known = [step.label for step in steps].index("known")
    assert [step.app for step in steps[known : known + 4]] == ["NoOp", "Playback", "MixMonitor", "Queue"]


def test_nothing_secret_was_left_in() -> None:
    for name in FILES:
        for number, text in dialplan.lines(CONF / name):
            if re.match(r"(password|secret|OTKLIK_TOKEN)\s*=", text):
                assert "CHANGE_ME" in text, f"{name}:{number}"


def test_only_known_telephones_can_be_dialled_through_the_robot() -> None:
    for stranger in ("+78312345678", "*97", "otklik-trunk"):
        found = PLAN.find("otklik-extension", stranger)
        assert found is None, stranger
    dials = [step.args for step in EVERY_STEP if step.app == "Dial"]
    assert [args for args in dials if "TRUNK" in args] == ["PJSIP/${OTKLIK_PHONE}@${OTKLIK_TRUNK},${OTKLIK_RING}"]
    assert not [name for name, context in PLAN.contexts.items() if "otklik-outgoing" in context.includes]


# --- what happens ---


class Robot:
    """The assistant's side: real registry, gateway under uvicorn, AudioSocket server; its talk is told by the test."""

    def __init__(self, folder: Path, capacity: int) -> None:
        self.store = Store(f"sqlite+aiosqlite:///{folder}/calls.db")
        self.calls = Calls(self.store, Vault(Fernet.generate_key()), lambda: datetime.now(UTC), LINES, capacity)
        self.talks: list[After | str | None] = []
        """How each further call ends: a way, None for a hang-up without a decision, `falls over`."""
        self.lines: list[str] = []
        self.users: set[str] = set()
        self.requests: list[Request] = []
        self.audio = AudioSocketServer("127.0.0.1", 0, self.calls.known, self._answer)

    async def _answer(self, line: Line) -> None:
        call = await self.calls.begin(line.call_id)
        self.lines.append(call.line)
        self.users.add(call.user)
        end = self.talks.pop(0)
        while end == "listens" and not isinstance(await line.receive(), HungUp):
            pass
        for _ in range(3):
            await line.send(SILENCE)
        if not isinstance(end, str):
            await self.calls.finish(call.id, "done", end)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def remember(request: Request, go_on: RequestResponseEndpoint) -> Response:
            self.requests.append(request)
            return await go_on(request)

        app.include_router(gateway_router(self.calls, TOKEN, lambda: f"127.0.0.1:{self.audio.port}"))
        return app


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task
    listening.close()


class Exchange:
    """The PBX's side: the dialplan with the robot's addresses in it."""

    def __init__(self, robot: Robot, url: str) -> None:
        self.robot, self.plan, self.calls = robot, plan(), 0
        self.plan.variables |= {"OTKLIK_URL": url, "OTKLIK_AUDIO": f"127.0.0.1:{robot.audio.port}"}
        self.hangs_up = False
        """The caller puts the receiver down while the robot talks."""

    def channel(self, now: datetime = MONDAY_NOON, **ends: list[str]) -> Channel:
        self.calls += 1
        self.at = Channel(self.plan, self._audio, now, linked=f"1763.{self.calls}", ends=ends)
        return self.at

    async def call(self, dialled: str = "122", now: datetime = MONDAY_NOON, **ends: list[str]) -> list[str]:
        """What a caller from the town meets."""
        return await self.channel(now, **ends).run("otklik-from-trunk", dialled)

    async def _audio(self, uuid: str, address: str) -> bool:
        host, _, port = address.rpartition(":")
        try:
            async with Caller.connect(host, int(port), uuid) as caller:
                if self.hangs_up:
                    await caller.heard(2)
                    caller.hang_up()
                    self.at.gone = True
                ended = await asyncio.wait_for(caller.ended(), 10)
        except OSError:
            return False
        assert not caller.violations
        return ended == "robot"


@pytest.fixture
async def robot(tmp_path: Path) -> AsyncIterator[Robot]:
    robot = Robot(tmp_path, 2)
    await robot.store.create_all()
    await robot.audio.start()
    yield robot
    await robot.audio.stop(0)
    await robot.store.close()


@pytest.fixture
async def pbx(robot: Robot) -> AsyncIterator[Exchange]:
    async with served(robot.app()) as url:
        yield Exchange(robot, url)


CITY = After("queue", "otklik-city", "city")


async def test_the_robot_talks_and_names_the_queue(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [CITY]
    assert await pbx.call("1220") == ["AudioSocket", "Queue otklik-city"]
    assert robot.lines == ["dokumenty"] and pbx.at.variables["OTKLIK_GROUP"] == "city"
    call = await robot.calls.get(pbx.at.variables["OTKLIK_UUID"])
    assert call is not None and (call.caller, call.linked_id, call.dialled) == ("+79123456789", "1763.1", "1220")


@pytest.mark.parametrize("dialled", ["122", "+78312220122", "s"])
async def test_any_number_of_the_trunk_finds_a_line(pbx: Exchange, robot: Robot, dialled: str) -> None:
    robot.talks = [After("hangup")]
    assert await pbx.call(dialled) == ["AudioSocket", "Hangup"]
    assert robot.lines == ["line122"]


@pytest.mark.parametrize("caller", ["", "anonymous", "8 (912) 345-67-89", "Анна & Ко, «100 %»; +7"])
async def test_any_caller_id_arrives_whole(pbx: Exchange, robot: Robot, caller: str) -> None:
    robot.talks = [After("hangup")]
    channel = pbx.channel()
    channel.caller = caller
    assert await channel.run("otklik-from-trunk", "122") == ["AudioSocket", "Hangup"]


async def test_a_full_robot_sends_to_the_queue(pbx: Exchange, robot: Robot) -> None:
    for number in range(2):
        await robot.calls.register(f"8912345678{number}", "122")
    assert await pbx.call() == ["Queue otklik-general"]


@pytest.mark.parametrize(("now", "met"), [
    (MONDAY_NOON, ["Queue otklik-general"]), (NIGHT, ["Playback pls-try-call-later", "Hangup"]),
])  # fmt: skip
async def test_a_dead_robot_leaves_the_humans_while_they_work(robot: Robot, now: datetime, met: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    assert await Exchange(robot, f"http://127.0.0.1:{nobody}").call(now=now) == met


async def test_without_audio_the_queue_follows(pbx: Exchange, robot: Robot) -> None:
    await robot.audio.stop(0)
    assert await pbx.call() == ["AudioSocket", "Queue otklik-general"]
    assert pbx.at.variables["TRYSTATUS"] == "FAILED"


async def test_a_robot_that_falls_over_in_mid_call_leaves_the_queue(pbx: Exchange, robot: Robot) -> None:
    robot.talks = ["falls over"]
    assert await pbx.call() == ["AudioSocket", "Queue otklik-general"]


async def test_an_assistant_that_dies_in_mid_call_leaves_the_queue(robot: Robot) -> None:
    robot.talks = [After("hangup")]
    async with served(robot.app()) as url:
        pbx = Exchange(robot, url)
        channel = pbx.channel()
        talk = channel.audio

        async def then_dies(uuid: str, address: str) -> bool:
            went_well = await talk(uuid, address)
            pbx.plan.variables["OTKLIK_URL"] = "http://127.0.0.1:1"
            return went_well

        channel.audio = then_dies
        assert await channel.run("otklik-from-trunk", "122") == ["AudioSocket", "Queue otklik-general"]


async def test_the_robot_may_hang_up(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("hangup")]
    assert await pbx.call() == ["AudioSocket", "Hangup"]


async def test_another_line_goes_on_with_the_same_call(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("line", "dokumenty"), CITY]
    assert await pbx.call() == ["AudioSocket", "AudioSocket", "Queue otklik-city"]
    assert robot.lines == ["line122", "dokumenty"] and len(robot.users) == 1
    assert await robot.calls.transfers(pbx.at.linked) == 2
    # A header that was set anew for each leg would stand there twice and thrice.
    assert {len(request.headers.getlist("x-otklik-token")) for request in robot.requests} == {1}


async def test_two_lines_that_send_to_each_other_end_at_a_human(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("line", "dokumenty"), After("line", "line122")] * 3
    met = await pbx.call()
    assert met[-1] == "Queue otklik-general" and met.count("AudioSocket") <= 3


async def test_an_extension_rings_and_else_the_queue_takes_over(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("extension", "101"), After("extension", "101")]
    assert await pbx.call() == ["AudioSocket", "Dial PJSIP/101"]
    assert await pbx.call(Dial=["NOANSWER"]) == ["AudioSocket", "Dial PJSIP/101", "Queue otklik-general"]


async def test_the_robot_cannot_dial_the_town(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("extension", "+78312345678")]
    assert await pbx.call() == ["AudioSocket", "Queue otklik-general"]


async def test_nine_leads_from_the_queue_back_to_the_robot(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [CITY, CITY]
    assert await pbx.call(Queue=["9"]) == ["AudioSocket", "Queue otklik-city", "AudioSocket", "Queue otklik-city"]
    assert len(robot.users) == 1


async def test_whoever_goes_round_in_circles_stays_with_the_humans(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [CITY] * 10
    met = await pbx.call(Queue=["9"] * 5)
    assert met.count("AudioSocket") == 5 and met[-1] == "Queue otklik-general"


async def test_a_queue_nobody_serves_gives_way_to_the_usual_one_and_then_to_a_farewell(
    pbx: Exchange, robot: Robot
) -> None:
    robot.talks = [CITY]
    assert await pbx.call(Queue=["JOINEMPTY", "TIMEOUT"]) == [
        "AudioSocket", "Queue otklik-city", "Queue otklik-general", "Playback pls-try-call-later", "Hangup",
    ]  # fmt: skip


async def test_the_robot_knows_the_hours_itself(pbx: Exchange, robot: Robot) -> None:
    robot.talks = [After("queue", "otklik-crisis", "crisis")]
    assert await pbx.call(now=NIGHT) == ["AudioSocket", "Queue otklik-crisis"]


async def test_a_wrong_token_sends_to_the_queue(pbx: Exchange, robot: Robot) -> None:
    pbx.plan.variables["OTKLIK_TOKEN"] = "wrong"
    assert await pbx.call() == ["Queue otklik-general"]
    assert robot.lines == []


async def test_the_page_of_a_strange_server_is_no_call(robot: Robot) -> None:
    async with served(FastAPI()) as url:
        assert await Exchange(robot, url).call() == ["Queue otklik-general"]


async def test_a_strange_answer_about_the_way_means_the_queue(pbx: Exchange) -> None:
    for way in ('{"detail":"Not Found"}', "<html>", "queue", "queue,,", "line", 'hangup" = "', "Hangup"):
        channel = pbx.channel(Queue=["JOINEMPTY"])
        channel.variables["OTKLIK_WAY"] = way
        met = await channel.run("otklik-after", "s")
        assert "Queue otklik-general" in met or met == ["Hangup"], (way, met)


async def test_a_caller_who_hangs_up_leaves_the_robot_to_itself(pbx: Exchange, robot: Robot) -> None:
    robot.talks, pbx.hangs_up = ["listens"], True
    assert await pbx.call() == ["AudioSocket"]
    assert PLAN.find("otklik-robot", "h")


# --- what the desk asks for ---


def waiting(pbx: Exchange, **ends: list[str]) -> Channel:
    """Somebody the robot has sent to the queue of `city`."""
    channel = pbx.channel(**ends)
    channel.variables |= {"OTKLIK_KIND": "queue", "OTKLIK_TARGET": "otklik-city", "OTKLIK_GROUP": "city"}
    return channel


async def test_the_desk_rings_the_telephone_of_an_operator(pbx: Exchange) -> None:
    assert await waiting(pbx).run(voice.desk_calls.OPERATOR, "101") == ["Dial PJSIP/101"]


async def test_an_operator_who_does_not_pick_up_gives_the_caller_back_to_the_head_of_her_queue(pbx: Exchange) -> None:
    channel = waiting(pbx, Dial=["NOANSWER"])
    assert await channel.run(voice.desk_calls.OPERATOR, "101") == ["Dial PJSIP/101", "Queue otklik-city"]
    assert channel.variables["QUEUE_PRIO"] == "10"


async def test_a_telephone_that_is_none_leads_back_to_the_queue(pbx: Exchange) -> None:
    assert await waiting(pbx).run(voice.desk_calls.OPERATOR, "город") == ["Queue otklik-city"]


async def test_the_desk_sends_a_caller_to_the_queue_of_another_group(pbx: Exchange) -> None:
    channel = pbx.channel()
    channel.variables |= {"OTKLIK_KIND": "queue", "OTKLIK_TARGET": "otklik-social", "OTKLIK_GROUP": "social"}
    assert await channel.run(voice.desk_calls.QUEUE, "s") == ["Queue otklik-social"]


def test_nobody_but_the_desk_gets_to_the_telephones_context() -> None:
    for name, context in PLAN.contexts.items():
        steps = [step for steps in context.extensions.values() for step in steps]
        assert not [step for step in steps if "otklik-operator" in step.args], name
        assert "otklik-operator" not in context.includes


# --- calls of the robot's own ---


async def outgoing(pbx: Exchange, robot: Robot, end: After | str | None, **ends: list[str]) -> list[str]:
    call = await robot.calls.register("+79123456789", line="dokumenty", direction="out", purpose="reminder")
    robot.talks = [end, After("hangup")]
    channel = pbx.channel(**ends)
    channel.caller = "122"
    channel.variables |= {"OTKLIK_UUID": call.id, "OTKLIK_LINE": call.line}
    return await channel.run("otklik-outgoing", "s")


async def test_whom_the_robot_rang_up_hears_the_robot(pbx: Exchange, robot: Robot) -> None:
    assert await outgoing(pbx, robot, After("hangup")) == ["AudioSocket", "Hangup"]
    assert robot.lines == ["dokumenty"]


async def test_whom_the_robot_rang_up_may_ask_for_a_human(pbx: Exchange, robot: Robot) -> None:
    assert await outgoing(pbx, robot, CITY) == ["AudioSocket", "Queue otklik-city"]


async def test_a_call_of_the_robots_own_stays_the_same_call_through_the_queue(pbx: Exchange, robot: Robot) -> None:
    met = await outgoing(pbx, robot, CITY, Queue=["9"])
    assert met == ["AudioSocket", "Queue otklik-city", "AudioSocket", "Hangup"]
    assert len(robot.users) == 1 and robot.lines == ["dokumenty", "dokumenty"]


async def test_whom_the_robot_rang_up_is_never_left_in_a_queue_by_a_fault(pbx: Exchange, robot: Robot) -> None:
    assert await outgoing(pbx, robot, "falls over") == ["AudioSocket", "Hangup"]
    pbx.plan.variables["OTKLIK_TOKEN"] = "wrong"
    assert await outgoing(pbx, robot, None) == ["AudioSocket", "Hangup"]


async def test_a_stray_call_without_a_name_is_hung_up(pbx: Exchange) -> None:
    assert await pbx.channel().run("otklik-outgoing", "s") == ["Hangup"]


@pytest.mark.parametrize(("status", "end"), [
    ("BUSY", "Busy 3"), ("NOANSWER", "Hangup 19"), ("CHANUNAVAIL", "Congestion 3"), ("CONGESTION", "Congestion 3"),
])  # fmt: skip
async def test_a_dial_tells_how_it_ended(pbx: Exchange, status: str, end: str) -> None:
    met = await pbx.channel(Dial=[status]).run("otklik-outgoing", "+79123456789")
    assert met == ["Dial PJSIP/+79123456789@otklik-trunk", end]
