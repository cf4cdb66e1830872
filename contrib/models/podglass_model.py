"""What every model for podglass has in common: the lines over the pipes, and a score from a distance.

Standard library only. The protocol is described in README.md.
"""

import json
import math
import os
import sys

VERSION = 1


def score(distance: float, scale: float) -> float:
    """From 0 to 1: how sure it is that a value so far from the expected one does not belong.

    `scale` is the usual distance, as one standard deviation. 3 of them are 0.5, 5.2 are 0.9, 1 is 0.01.
    """
    if scale <= 0:
        return 0.0 if distance == 0 else 1.0
    ratio = (abs(distance) / scale / 3) ** 4
    return ratio / (1 + ratio) if math.isfinite(ratio) else 1.0


def opinion(question: dict, score: float, expected=None, low=None, high=None) -> dict:
    """An answer; what is not finite is left out, because JSON has no word for it."""
    answer = {"id": question["id"], "score": min(max(score, 0.0), 1.0)}
    if expected is not None and math.isfinite(expected):
        answer["expected"] = expected
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high) and low <= high:
        answer["low"], answer["high"] = low, high
    return answer


def reserve_output():
    """Our standard output for answers only: what libraries print goes to standard error instead. Call it first."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return answers


def serve(name: str, answer, answers) -> None:
    """Says that the model is ready, then answers batch after batch until podglass goes.

    `answer` takes a list of questions and returns a list of opinions; a question without one may be left out.
    """
    print(json.dumps({"podglass_model": VERSION, "name": name}), file=answers, flush=True)
    batch = []
    for line in sys.stdin:
        question = json.loads(line)
        if "id" not in question:
            # podglass's first line: what it speaks and how long it waits.
            if question.get("podglass_model") != VERSION:
                sys.exit(f"podglass speaks version {question.get('podglass_model')}, this model {VERSION}")
            continue
        batch.append(question)
        if question.get("following", 0) > 0:
            continue
        for opinion in answer(batch):
            print(json.dumps(opinion, allow_nan=False), file=answers, flush=True)
        batch = []
