"""The networks that curves.py compares step by step and that bench/fit/torch_train.py times."""

import torch
import torch.nn.functional as F
from torch import nn


def perceptron(inputs, hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def convolutions(size, filters, hidden, activation):
    """For pictures of one channel, `size` pixels wide and high."""
    first, second = filters
    return nn.Sequential(
        nn.Conv2d(1, first, 3, padding=1), activation, nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1), activation, nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(second * (size // 4) ** 2, hidden), activation, nn.Linear(hidden, 10),
    )  # fmt: skip


class Encoder(nn.Module):
    """A transformer encoder before its four scores; `fused` takes PyTorch's own attention."""

    def __init__(self, words, length, width, layers, widening, spread, heads=4, fused=False):
        super().__init__()
        self.heads, self.fused = heads, fused
        self.words = nn.Embedding(words, width)
        self.places = nn.Parameter(torch.randn(length, width) * spread)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width),
            "wide": nn.Linear(width, widening * width), "narrow": nn.Linear(widening * width, width),
            "first": nn.LayerNorm(width), "second": nn.LayerNorm(width),
        }) for _ in range(layers))  # fmt: skip
        self.head = nn.Linear(width, 4)

    def forward(self, ids):
        x = self.words(ids) + self.places
        batch, length, width = x.shape
        for layer in self.layers:
            split = (batch, length, 3, self.heads, width // self.heads)
            q, k, v = layer["qkv"](layer["first"](x)).reshape(split).permute(2, 0, 3, 1, 4)
            if self.fused:
                mixed = F.scaled_dot_product_attention(q, k, v)
            else:
                scores = (q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5).softmax(-1)
                mixed = scores @ v
            x = x + layer["out"](mixed.transpose(1, 2).flatten(2))
            x = x + layer["narrow"](F.gelu(layer["wide"](layer["second"](x))))
        return self.head(x.mean(1))


class Residual(nn.Module):
    """The basic block of a ResNet."""

    def __init__(self, channels, filters, stride, activation):
        super().__init__()
        self.activation = activation
        self.a = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.b = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters) for _ in range(2))
        self.skip = None
        if stride > 1:
            self.skip = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.activation(self.norms[0](self.a(x)))
        y = self.norms[1](self.b(y))
        return self.activation(y + (x if self.skip is None else self.skip(x)))


def small_resnet(activation):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), activation,
        Residual(8, 8, 1, activation), Residual(8, 16, 2, activation),
        Residual(16, 16, 1, activation), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip


def resnet18():
    """He et al., "Deep Residual Learning", table 1, for ten classes."""
    shapes = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1)]
    shapes += [(128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)]
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(3, 2, 1), *(Residual(*shape, nn.ReLU()) for shape in shapes),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
    )  # fmt: skip
