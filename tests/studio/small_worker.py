"""A worker of a training as the trainer meets it, without Rasa: it speaks the same lines and does what its first argument says.

quick: all stages and a result; slow: starts a child, writes both process ids into the file named by the second argument, and waits;
fail: says why; die: is killed. A request that arrives is written nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FIGURES = {
    "accuracy": 0.8, "macro_f1": 0.79, "folds": [0.8], "measured": 40, "phrases": 200,
    "intents": {
        "greet": {"precision": 0.9, "recall": 1.0, "f1": 0.95, "support": 10},
        "book_appointment": {"precision": 0.8, "recall": 0.7, "f1": 0.75, "support": 20},
        "cancel_appointment": {"precision": 0.7, "recall": 0.7, "f1": 0.7, "support": 10},
    },
    "confusions": [
        {"true": "book_appointment", "predicted": "cancel_appointment",
         "phrases": [["запись моя", 0.61], ["что с записью", 0.5], ["приём", 0.4]]},
        {"true": "cancel_appointment", "predicted": "book_appointment", "phrases": [["не нужна запись", 0.55]]},
    ],
}  # fmt: skip


def say(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False), flush=True)


def main() -> None:
    request = json.loads(sys.stdin.read())
    does = sys.argv[1]
    say(stage="train", part=0.0)
    if does == "slow":
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        mark = Path(sys.argv[2])
        mark.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}", "ascii")
        mark.with_suffix(".new").replace(mark)
        time.sleep(600)
    if does == "fail":
        say(failed="Правила или истории противоречат друг другу: rule 'one'.")
        return
    if does == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    say(stage="folds_draft", part=0.5)
    texts = request["texts"]
    better = FIGURES | {"accuracy": 0.97, "folds": [0.97]} if does == "better" else FIGURES
    messages = {"draft": ["greet"] * len(texts), "live": ["out_of_scope"] * len(texts)} if texts else {}
    say(result={
        "model": "/nowhere/0123456789abcdef.tar.gz", "name": "0123456789abcdef", "seconds": {"train": 1.0, "folds_draft": 2.0},
        "evaluations": {"draft": better, "live": FIGURES}, "misread": [["алло", "greet", "repeat", 0.5]], "messages": messages,
    })  # fmt: skip


if __name__ == "__main__":
    main()
