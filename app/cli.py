"""The command line: names the commands and their options, and turns a Problem into one line and exit code 1."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from app.bootstrap.commands import COMMANDS
from app.problems import Problem
from app.running.supervisor import Stopped

app = typer.Typer(
    name="otklik", add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Отклик — помощник линий государственных услуг. Подробнее: docs/cli.md",
)  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="вывести JSON")]


@app.command(help=COMMANDS["up"])
def up(
    port: Annotated[int | None, typer.Option(help="порт помощника; 0 — любой свободный")] = None,
    host: Annotated[str | None, typer.Option(help="адрес, на котором слушать; 0.0.0.0 — на всех")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="открыть демо-страницу")] = False,
    voice: Annotated[bool, typer.Option("--voice", help="с телефоном и голосом; что нужно, поставит сама")] = False,
    hints: Annotated[bool, typer.Option("--hints/--no-hints", hidden=True)] = True,
) -> None:
    from app.commands import up as command

    raise typer.Exit(command.run(port, host, browser, hints, voice))


@app.command(help=COMMANDS["chat"])
def chat(
    channel: Annotated[str | None, typer.Option("--as", help="показать как в канале: VK, Telegram, MAX, SMS")] = None,
    user: Annotated[str | None, typer.Option(help="продолжить разговор этого гражданина")] = None,
) -> None:
    from app.commands import chat as command

    raise typer.Exit(command.run(channel, user))


@app.command(help=COMMANDS["call"])
def call(
    files: Annotated[list[Path] | None, typer.Argument(help="записи, которые звонящий скажет по очереди")] = None,
    say: Annotated[list[str] | None, typer.Option(help="сказать текст голосом Festival; можно несколько раз")] = None,
    keys: Annotated[str, typer.Option(help="клавиши после всего сказанного, например 0")] = "",
    caller: Annotated[str, typer.Option(help="номер звонящего; пусто — скрыт")] = "",
    line: Annotated[str, typer.Option(help="набранный номер, например 122 или 1220")] = "122",
    save: Annotated[Path | None, typer.Option(help="куда записать голос робота (WAV)")] = None,
) -> None:
    from app.commands import call as command

    raise typer.Exit(command.run(files or [], say or [], keys, caller, line, save))


@app.command(help=COMMANDS["recordings"])
def recordings(
    call_id: Annotated[str | None, typer.Argument(help="номер звонка; без него — список")] = None,
    save: Annotated[Path | None, typer.Option(help="куда выгрузить запись (WAV, два канала)")] = None,
) -> None:
    from app.commands import recordings as command

    raise typer.Exit(command.run(call_id, save))


@app.command(help=COMMANDS["train"])
def train(
    force: Annotated[bool, typer.Option("--force", help="обучить, даже если ничего не изменилось")] = False,
) -> None:
    from app.commands import train as command

    raise typer.Exit(command.run(force))


@app.command(help=COMMANDS["nlu"])
def nlu(
    text: Annotated[list[str] | None, typer.Argument(help="фразы")] = None,
    file: Annotated[str | None, typer.Option(help='файл строк {"text": "…"}; - значит stdin')] = None,
    now: Annotated[str | None, typer.Option(help="считать, что сейчас это время, ISO 8601")] = None,
    json: Json = False,
) -> None:
    from app.commands import nlu as command

    raise typer.Exit(command.run(text or [], file, now, json))


@app.command(help=COMMANDS["test"], context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    install_tools: Annotated[
        bool, typer.Option("--install-tools", help="поставить PostgreSQL и Chromium через apt-get (нужен root)")
    ] = False,
) -> None:
    from app.commands import test as command

    raise typer.Exit(command.run(context.args, install_tools))


@app.command(help=COMMANDS["bench"])
def bench(
    what: Annotated[str, typer.Argument(help="что измерить: text, voice, faults, channels, desk, publish")] = "text",
    json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="недолго, для проверки самого измерения")] = False,
    kills: Annotated[int | None, typer.Option(help="faults: сколько раз остановить процесс силой")] = None,
    database: Annotated[str, typer.Option(help="faults, desk: both, sqlite или postgresql")] = "both",
    seed: Annotated[int | None, typer.Option(help="faults: начало случайных чисел, чтобы повторить")] = None,
    rates: Annotated[str | None, typer.Option(help="channels: сообщений в секунду, через запятую")] = None,
    peer: Annotated[bool, typer.Option("--peer/--no-peer", help="voice: рядом измерить Pipecat")] = True,
) -> None:
    if what == "text":
        from app.commands import bench as command

        raise typer.Exit(command.run(json, quick))
    if what == "faults":
        from app.commands import bench_faults

        raise typer.Exit(bench_faults.run(json, quick, kills, database, seed))
    if what == "channels":
        from app.commands import bench_channels

        raise typer.Exit(bench_channels.run(json, quick, rates))
    if what == "voice":
        from app.commands import bench_voice

        raise typer.Exit(bench_voice.run(json, quick, peer))
    if what == "desk":
        from app.commands import bench_desk

        raise typer.Exit(bench_desk.run(json, quick, database))
    if what == "publish":
        from app.commands import bench_publish

        raise typer.Exit(bench_publish.run(json, quick))
    raise Problem(f"Измерения «{what}» нет. Есть: text, voice, faults, channels, desk, publish.")


@app.command(help=COMMANDS["doctor"])
def doctor() -> None:
    from app.commands import doctor as command

    raise typer.Exit(command.run())


@app.command(help=COMMANDS["channels"])
def channels(
    again: Annotated[bool, typer.Option("--again", help="разобрать и отправить ещё раз то, что не получилось")] = False,
) -> None:
    from app.commands import channels as command

    raise typer.Exit(command.run(again))


@app.command(help=COMMANDS["keys"])
def keys(
    action: Annotated[str, typer.Argument(help="status, add, reseal или drop")] = "status",
    key: Annotated[str, typer.Argument(help="drop: какой ключ убрать; без него — все прежние")] = "",
    restarted: Annotated[bool, typer.Option("--restarted", help="помощник уже перезапущен с новым ключом")] = False,
) -> None:
    from app.commands import keys as command

    if action not in command.ACTIONS:
        raise Problem(f"Действия «{action}» нет. Есть: {', '.join(command.ACTIONS)}.")
    raise typer.Exit(command.run(action, key, restarted))


@app.command(help=COMMANDS["retention"])
def retention(
    preview: Annotated[bool, typer.Option("--preview", help="только показать, ничего не удалять")] = False,
    json: Json = False,
) -> None:
    from app.commands import retention as command

    raise typer.Exit(command.run(preview, json))


@app.command(help=COMMANDS["citizen"])
def citizen(
    action: Annotated[str, typer.Argument(help="find, export или delete")],
    citizen_id: Annotated[str, typer.Argument(help="номер гражданина, как его показывает find")] = "",
    phone: Annotated[str, typer.Option(help="find: телефон")] = "",
    name: Annotated[str, typer.Option(help="find: фамилия, имя, отчество или их часть")] = "",
    save: Annotated[Path | None, typer.Option(help="export: куда записать архив ZIP")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="delete: только показать")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="delete: не переспрашивать")] = False,
) -> None:
    from app.commands import citizen as command

    if action not in command.ACTIONS:
        raise Problem(f"Действия «{action}» нет. Есть: {', '.join(command.ACTIONS)}.")
    raise typer.Exit(command.run(action, citizen_id, phone, name, save, preview, yes))


user = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=COMMANDS["user"])
app.add_typer(user, name="user")
Login = Annotated[str, typer.Argument(help="логин")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="пароль — первая строка stdin, для скриптов")]


@user.command("add", help="завести учётную запись; пароль спросит дважды")
def user_add(
    login: Annotated[str, typer.Option(help="под каким именем входить")],
    name: Annotated[str, typer.Option(help="имя и фамилия")],
    role: Annotated[
        list[str], typer.Option(help="operator, supervisor, editor, administrator, technician; можно несколько")
    ],
    group: Annotated[list[str] | None, typer.Option(help="группа из groups.yml; можно несколько раз")] = None,
    language: Annotated[list[str] | None, typer.Option(help="язык: ru, en, tt; можно несколько раз")] = None,
    capacity: Annotated[int, typer.Option(help="сколько разговоров сразу")] = 4,
    extension: Annotated[str, typer.Option(help="внутренний номер телефона")] = "",
    password_stdin: FromStdin = False,
    must_change: Annotated[bool, typer.Option("--must-change", help="пароль на один вход")] = False,
) -> None:
    from app.commands import user as command

    raise typer.Exit(
        command.add(login, name, role, group or [], language or [], capacity, extension, password_stdin, must_change)
    )


@user.command("list", help="кто может войти")
def user_list(json: Json = False) -> None:
    from app.commands import user as command

    raise typer.Exit(command.show(json))


@user.command("password", help="дать новый пароль; при входе его попросят сменить")
def user_password(login: Login, password_stdin: FromStdin = False) -> None:
    from app.commands import user as command

    raise typer.Exit(command.password(login, password_stdin))


@user.command("disable", help="закрыть учётную запись и её окна")
def user_disable(login: Login) -> None:
    from app.commands import user as command

    raise typer.Exit(command.disable(login))


@user.command("enable", help="открыть закрытую учётную запись")
def user_enable(login: Login) -> None:
    from app.commands import user as command

    raise typer.Exit(command.enable(login))


@user.command("reset-totp", help="сбросить второй фактор, если телефон потерян")
def user_reset_totp(login: Login) -> None:
    from app.commands import user as command

    raise typer.Exit(command.reset_totp(login))


@app.command(help=COMMANDS["demo"])
def demo(json: Json = False) -> None:
    from app.commands import demo as command

    raise typer.Exit(command.run(json))


@app.command(help=COMMANDS["version"])
def version() -> None:
    from app.commands import version as command

    raise typer.Exit(command.run())


def main() -> None:
    """Run the command line of this process."""
    try:
        sys.exit(app(prog_name="./otklik", standalone_mode=False) or 0)
    except TyperException as error:
        print(
            f"✗ Не понимаю: {error.format_message()} Что бывает — ./otklik {' '.join(sys.argv[1:2])} --help",
            file=sys.stderr,
        )
        sys.exit(2)
    except Problem as problem:
        print(f"✗ {problem}", file=sys.stderr)
        sys.exit(1)
    except (Stopped, KeyboardInterrupt, typer.Abort):
        print("Остановлено.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has left (`./otklik demo | head`): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
