"""What `./otklik` can do, in one line each: for help without any environment, and for the command line itself."""

COMMANDS = {
    "up": "всё установить, обучить и запустить помощника",
    "chat": "поговорить с помощником в терминале",
    "call": "позвонить помощнику из терминала: записью или текстом",
    "recordings": "записи звонков: какие есть, выгрузить одну",
    "train": "обучить диалог заново, если данные изменились",
    "nlu": "показать, как понята фраза или файл с фразами",
    "test": "всё установить и проверить тестами",
    "bench": "измерить: bench text, voice, channels, faults, desk",
    "doctor": "проверить, что всё на месте, и сказать, чего не хватает",
    "channels": "каналы: что подключено, что не разобрано и не отправлено",
    "keys": "ключи личных данных: какие есть, добавить, перезапечатать, убрать",
    "retention": "удалить данные, срок которых вышел, или показать, что будет удалено",
    "citizen": "данные одного гражданина: найти, выгрузить, удалить",
    "user": "сотрудники: user add, list, password, disable, enable, reset-totp",
    "demo": "заявления, фразы и улицы, на которых можно попробовать",
    "lock": "заново закрепить версии библиотек (requirements/*.txt)",
    "version": "версии Отклика, Rasa и Python",
}


def usage() -> str:
    """The help shown while nothing is installed yet."""
    lines = [f"  ./otklik {name:<10} {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "Отклик — помощник линий государственных услуг.",
            "",
            *lines,
            "",
            "Начните с ./otklik up; подробнее: docs/cli.md",
        ]
    )
