#!/usr/bin/env python3
"""TimesFM 2.5 as a model for podglass: it forecasts the newest value from those before it, with quantiles.

Needs the package `timesfm` with PyTorch, and its checkpoint (0.9 GB), which is fetched at the first start or read from a
directory given as the argument:

    timesfm_model.py [google/timesfm-2.5-200m-pytorch | DIRECTORY]
"""

import sys

import podglass_model

# Values that are sent at most; a multiple of the model's patch of 32.
CONTEXT = 512
# With fewer before the newest one there is nothing to say.
SHORTEST = 32
# Indices into the last axis of the quantiles: the mean, then 0.1, 0.2 … 0.9.
TENTH, MEDIAN, NINETIETH = 1, 5, 9
# From the tenth to the ninetieth percentile of a normal distribution, in standard deviations.
TENTH_TO_NINETIETH = 2.563


def load(checkpoint: str):
    import timesfm
    import torch

    torch.set_float32_matmul_precision("high")
    # Not torch.compile: it saves time only after a minute or more of compiling.
    model = timesfm.TimesFM_2p5_200M_torch.from_pretrained(checkpoint, torch_compile=False)
    model.compile(
        timesfm.ForecastConfig(
            max_context=CONTEXT,
            # One value is wanted; the model makes 128 at a time.
            max_horizon=128,
            normalize_inputs=True,
            use_continuous_quantile_head=True,
            force_flip_invariance=True,
            infer_is_positive=True,
            fix_quantile_crossing=True,
        )
    )
    return model


def answer(model, batch: list) -> list:
    import numpy

    opinions = []
    asked = []
    for question in batch:
        values = numpy.array([float("nan") if value is None else value for value in question["values"]], dtype=numpy.float64)
        before = values[:-1]
        # Missing values between others are interpolated by the model.
        if numpy.isnan(values[-1]) or numpy.count_nonzero(~numpy.isnan(before)) < SHORTEST:
            opinions.append(podglass_model.opinion(question, 0.0))
        else:
            asked.append((question, before, float(values[-1])))
    if not asked:
        return opinions
    _, quantiles = model.forecast(horizon=1, inputs=[before for _, before, _ in asked])
    for (question, before, newest), forecast in zip(asked, quantiles[:, 0, :]):
        low, expected, high = (float(forecast[index]) for index in (TENTH, MEDIAN, NINETIETH))
        # Quantiles of a series that hardly moves lie closer than means anything.
        scale = max((high - low) / TENTH_TO_NINETIETH, 0.01 * float(numpy.nanmedian(numpy.abs(before))), 1e-9)
        opinions.append(podglass_model.opinion(question, podglass_model.score(newest - expected, scale), expected, low, high))
    return opinions


if __name__ == "__main__":
    answers = podglass_model.reserve_output()
    loaded = load(sys.argv[1] if len(sys.argv) > 1 else "google/timesfm-2.5-200m-pytorch")
    podglass_model.serve("timesfm-2.5-200m", lambda batch: answer(loaded, batch), answers)
