"""Trains each scenario with PyTorch and writes the mean loss of every epoch.

usage: losses.py INPUTS OUT
INPUTS is what __tests__/training/torch/write-inputs.ts wrote: the initial model, the data and the
order in which examples are taken. Everything else is PyTorch's own.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

torch.set_num_threads(1)


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


class Dropout(nn.Module):
    """Drops what the masks say, which are those of `model-ci fit`, a batch each step."""

    def __init__(self, ratio, dims):
        super().__init__()
        self.ratio, self.dims, self.masks, self.step = ratio, dims, None, 0

    def forward(self, x):
        if self.masks is None:
            return x
        mask = self.masks[self.step][: len(x)]
        self.step += 1
        return x * mask / (1 - self.ratio)

    def take(self, bytes_, batch):
        values = np.frombuffer(bytes_, dtype=np.uint8).reshape(-1, batch, *self.dims)
        self.masks = torch.from_numpy(values.astype(np.float32))


def module(kind, settings, dims):
    """The layer, and the shape of one example behind it."""
    if kind == "dense":
        return nn.Linear(dims[0], settings), [settings]
    if kind == "conv":
        layer = nn.Conv2d(
            dims[0],
            settings["filters"],
            settings["kernel"],
            settings.get("stride", 1),
            settings.get("padding", 0),
            groups=settings.get("groups", 1),
            bias=settings.get("bias", True),
        )
    elif kind == "max-pool":
        layer = nn.MaxPool2d(settings)
    elif kind == "average-pool":
        layer = nn.AvgPool2d(settings)
    elif kind == "global-average-pool":
        layer = GlobalAveragePool()
    elif kind == "flatten":
        layer = nn.Flatten()
    elif kind == "layer-norm":
        layer = nn.LayerNorm(dims[-1])
    elif kind == "batch-norm":
        momentum = (settings or {}).get("momentum", 0.1)
        layer = (nn.BatchNorm1d if len(dims) == 1 else nn.BatchNorm2d)(dims[0], momentum=momentum)
    elif kind == "dropout":
        return Dropout(settings, dims), dims
    elif kind == "embedding":
        return nn.Embedding(settings["entries"], settings["size"]), [*dims, settings["size"]]
    else:
        layer = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}[kind]()
        return layer, dims
    with torch.no_grad():
        training = layer.training
        shape = list(layer.eval()(torch.zeros(2, *dims)).shape[1:])
        layer.train(training)
    return layer, shape


def build(layers, dims, weights):
    modules, counts = [], {}
    for entry in layers:
        kind, settings = (entry, None) if isinstance(entry, str) else next(iter(entry.items()))
        counts[kind] = counts.get(kind, 0) + 1
        layer, dims = module(kind, settings, dims)
        for part, parameter in layer.named_parameters():
            value = torch.from_numpy(weights[f"{kind}{counts[kind]}.{part}"].copy())
            assert parameter.shape == value.shape
            parameter.data = value
        modules.append(layer)
    return nn.Sequential(*modules)


def optimizer(parameters, settings):
    name = settings["name"]
    rate = {"lr": settings["learning-rate"]}
    decay = {"weight_decay": settings["weight-decay"]} if "weight-decay" in settings else {}
    if name == "sgd":
        return torch.optim.SGD(
            parameters,
            momentum=settings.get("momentum", 0),
            nesterov=settings.get("nesterov", False),
            **rate,
            **decay,
        )
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    return kind(parameters, betas=tuple(settings.get("betas", (0.9, 0.999))), **rate, **decay)


def loss_function(settings):
    if settings["name"] == "mse":
        return nn.MSELoss()
    if settings["name"] == "huber":
        return nn.HuberLoss(delta=settings["delta"])
    if settings["name"] == "binary-cross-entropy":
        return nn.BCEWithLogitsLoss()
    weights = settings.get("class-weights")
    return nn.CrossEntropyLoss(
        weight=None if weights is None else torch.tensor(weights),
        label_smoothing=settings.get("label-smoothing", 0.0),
    )


def train(folder):
    run = json.loads((folder / "run.json").read_text())
    data = np.load(folder / "data.npz")
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    initial = onnx.load(folder / "initial.onnx")
    weights = {t.name: numpy_helper.to_array(t) for t in initial.graph.initializer}
    model = build(run["layers"], list(x.shape[1:]), weights)
    dropouts = [layer for layer in model if isinstance(layer, Dropout)]
    for layer, mask in zip(dropouts, run["masks"], strict=True):
        layer.take(base64.b64decode(mask), run["batchSize"])
    loss_of = loss_function(run["loss"])
    clip = run["optimizer"].get("clip-norm")
    steps = optimizer(model.parameters(), run["optimizer"])
    losses = []
    for order in run["orders"]:
        total = 0.0
        for start in range(0, len(order), run["batchSize"]):
            batch = order[start : start + run["batchSize"]]
            steps.zero_grad()
            loss = loss_of(model(x[batch]), y[batch])
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            steps.step()
            total += loss.item() * len(batch)
        losses.append(total / len(order))
    return losses


def main():
    inputs, out = map(Path, sys.argv[1:])
    names = json.loads((inputs / "scenarios.json").read_text())
    losses = {name: train(inputs / name) for name in names}
    result = {"torch": torch.__version__.split("+")[0], "losses": losses}
    out.write_text(json.dumps(result, indent=1) + "\n")


main()
