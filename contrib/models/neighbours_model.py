#!/usr/bin/env python3
"""A small model for podglass: nearest neighbours of the newest window, with nothing but Python's standard library.

What came before the newest value is looked for in the series' own past. The values that followed the most similar places
say what to expect now; how well that went elsewhere in the series says how much a difference means. It needs no training
and no weights, and half a second at most for a batch: an example of the protocol that really runs.
"""

import math
import statistics

import podglass_model

WINDOW = 8
NEIGHBOURS = 5
# Places of the past where the prediction is tried out.
TRIALS = 48


def filled(values: list) -> list:
    """Missing values take the one before them; leading ones are left out."""
    result = []
    for value in values:
        if value is None:
            if result:
                result.append(result[-1])
        else:
            result.append(float(value))
    return result


def prediction(values: list, place: int) -> float:
    """What to expect at `place`, from all that lies before it: the median of what followed its nearest neighbours."""
    window = values[place - WINDOW : place]
    level = math.fsum(window) / WINDOW
    found = []
    for start in range(place - WINDOW):
        other = values[start : start + WINDOW]
        shift = level - math.fsum(other) / WINDOW
        distance = 0.0
        for ours, theirs in zip(window, other):
            distance += (ours - theirs - shift) ** 2
        # A neighbour at another level is a worse one, but a growing series has no other.
        found.append((distance + 0.1 * WINDOW * shift * shift, values[start + WINDOW] + shift))
    found.sort()
    return statistics.median(value for _, value in found[:NEIGHBOURS])


def judged(question: dict) -> dict:
    values = filled(question["values"])
    newest = len(values) - 1
    if question["values"][-1] is None or newest < 3 * WINDOW:
        return podglass_model.opinion(question, 0.0)
    first = 2 * WINDOW
    step = max(1, (newest - first) // TRIALS)
    errors = [abs(values[place] - prediction(values, place)) for place in range(newest - 1, first - 1, -step)]
    expected = prediction(values, newest)
    # The median is not moved by a few bad days; of a normal distribution, 1.4826 of them are a standard deviation.
    usual = 1.4826 * statistics.median(errors)
    # A series that never moves would make anything a sensation.
    scale = max(usual, 0.01 * statistics.median(abs(value) for value in values), 1e-9)
    score = podglass_model.score(values[newest] - expected, scale)
    return podglass_model.opinion(question, score, expected, expected - 3 * scale, expected + 3 * scale)


if __name__ == "__main__":
    answers = podglass_model.reserve_output()
    podglass_model.serve("nearest neighbours", lambda batch: [judged(question) for question in batch], answers)
