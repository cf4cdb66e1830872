#!/usr/bin/env python3
"""MOMENT as a model for podglass: it hides the end of a series, has it reconstructed, and compares.

Needs the package `momentfm` and its checkpoint (1.4 GB for -large, 0.2 GB for -small), which is fetched at the first start:

    moment_model.py [AutonLab/MOMENT-1-large | AutonLab/MOMENT-1-small | DIRECTORY]
"""

import sys

import podglass_model

# MOMENT takes windows of 512 values in patches of 8; shorter ones are padded in front and masked.
LENGTH = 512
PATCH = 8
# With fewer values there is nothing to say.
SHORTEST = 8 * PATCH


def load(checkpoint: str):
    from momentfm import MOMENTPipeline

    model = MOMENTPipeline.from_pretrained(checkpoint, model_kwargs={"task_name": "reconstruction"})
    model.init()
    model.eval()
    return model


def prepared(values: list):
    """The values at the end of a window of 512, and which of them are there."""
    import numpy

    window = numpy.zeros(LENGTH, dtype=numpy.float32)
    observed = numpy.zeros(LENGTH, dtype=numpy.float32)
    given = [float("nan") if value is None else value for value in values[-LENGTH:]]
    # A padded patch must be empty as a whole, for the attention is masked by patches.
    given = given[len(given) % PATCH :]
    window[LENGTH - len(given) :] = given
    observed[LENGTH - len(given) :] = 1
    holes = numpy.isnan(window)
    if holes.any():
        there = numpy.flatnonzero(~holes & (observed > 0))
        window[holes] = numpy.interp(numpy.flatnonzero(holes), there, window[there]) if there.size else 0
    return window, observed


def answer(model, batch: list) -> list:
    import numpy
    import torch

    opinions = []
    asked = []
    for question in batch:
        known = sum(value is not None for value in question["values"])
        if question["values"][-1] is None or known < SHORTEST:
            opinions.append(podglass_model.opinion(question, 0.0))
        else:
            asked.append(question)
    if not asked:
        return opinions
    windows, observed = (numpy.stack(parts) for parts in zip(*(prepared(question["values"]) for question in asked)))
    # 1 is shown to the model, 0 it must fill in: the last patch, with the newest value.
    shown = numpy.ones_like(observed)
    shown[:, -PATCH:] = 0
    with torch.no_grad():
        output = model(
            x_enc=torch.from_numpy(windows).unsqueeze(1),
            input_mask=torch.from_numpy(observed),
            mask=torch.from_numpy(shown),
        )
    reconstructions = output.reconstruction.squeeze(1).cpu().numpy()
    for question, window, there, reconstruction in zip(asked, windows, observed, reconstructions):
        expected, newest = float(reconstruction[-1]), float(window[-1])
        # What it was shown it follows more closely than what it was not: the spread of the differences alone would be
        # too small a scale, so that of the steps from value to value counts, too.
        seen = there.astype(bool)
        seen[-PATCH:] = False
        differences = numpy.abs(window[seen] - reconstruction[seen])
        steps = numpy.abs(numpy.diff(window[seen]))
        level = float(numpy.median(numpy.abs(window[seen])))
        scale = max(1.4826 * float(numpy.median(differences)), 1.4826 * float(numpy.median(steps)), 0.01 * level, 1e-9)
        score = podglass_model.score(newest - expected, scale)
        opinions.append(podglass_model.opinion(question, score, expected, expected - 3 * scale, expected + 3 * scale))
    return opinions


if __name__ == "__main__":
    answers = podglass_model.reserve_output()
    checkpoint = sys.argv[1] if len(sys.argv) > 1 else "AutonLab/MOMENT-1-large"
    loaded = load(checkpoint)
    podglass_model.serve(checkpoint, lambda batch: answer(loaded, batch), answers)
