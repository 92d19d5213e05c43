"""Where the weights of the recogniser lie: what the setting of the model means, and whether a folder holds a whole model."""

from __future__ import annotations

from pathlib import Path

from voice.recognition.packaged import MODEL, WeightsMissing, install, installed

__all__ = ["AUTO", "NEEDED", "WeightsMissing", "check", "find", "install", "installed"]

AUTO = "auto"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Files without which faster-whisper cannot work offline; beside them `vocabulary.json` or `vocabulary.txt`."""


def find(model: str, cache: Path, local: Path | None = None) -> Path:
    """The folder of the model that the setting `model` means. Raises WeightsMissing, whose Russian text says what to do.

    `model` is a path; or a name (`tiny`, `base`, `small`, `large-v3-turbo`, `owner/repository`), taken from `cache` or
    downloaded there once; or `auto`: the folder `local` if there is one, else the packaged base weights in `cache`, else
    `base` from the hub. Blocks: files are read, a hub may be asked.
    """
    if model != AUTO:
        folder = Path(model).expanduser()
        if folder.is_dir():
            return check(folder)
        if folder.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
            raise WeightsMissing(f"Модели распознавания нет: папка {model} не найдена.")
    elif local is not None and local.is_dir():
        return check(local)
    if model in (AUTO, MODEL) and (packaged := installed(cache)):
        return packaged
    return _from_hub(MODEL if model == AUTO else model, cache)


def check(folder: Path) -> Path:
    """The folder itself if it holds a whole model in the form of CTranslate2. Raises WeightsMissing naming what is not there."""
    missing = [name for name in NEEDED if not _filled(folder / name)]
    if not any(_filled(folder / f"vocabulary.{kind}") for kind in ("json", "txt")):
        missing.append("vocabulary.json")
    if missing:
        raise WeightsMissing(
            f"Модель распознавания в папке {folder} неполная: нет {', '.join(missing)}. "
            "Нужна модель Whisper в формате CTranslate2 (её делает ct2-transformers-converter)."
        )
    return folder


def _filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _from_hub(name: str, cache: Path) -> Path:
    # Late: without the voice extra the setting can still be explained.
    from faster_whisper.utils import download_model

    place = str(cache / "whisper-hub")
    try:
        # What is there already is taken without asking anybody.
        return check(Path(download_model(name, cache_dir=place, local_files_only=True)))
    except ValueError as error:
        raise WeightsMissing(
            f"Модели распознавания «{name}» не бывает: назовите tiny, base, small, medium, large-v3, large-v3-turbo или папку."
        ) from error
    except Exception:  # the hub's client has one exception for each way of not having a file
        pass
    try:
        return check(Path(download_model(name, cache_dir=place)))
    except WeightsMissing:
        raise
    except Exception as error:
        raise WeightsMissing(
            f"Модель распознавания «{name}» не скачалась: сервер моделей недоступен ({type(error).__name__}). "
            "Положите модель в папку и укажите её путь, либо поставьте базовые веса пакетами: ./otklik up --voice."
        ) from error
