"""Exports small networks and writes the gradients that PyTorch's autograd finds for them.

usage: autograd.py OUT
For each network OUT gets NAME.onnx and NAME.npz, which holds the inputs (`input <name>`) and the
gradients (`gradient <name>`) of sum(output * cos(0, 1, 2 ...)) by every parameter and every input
of floats.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


def parameter(*shape):
    return nn.Parameter(torch.randn(*shape) * 0.5)


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout(0.5), nn.Linear(8, 5),
            nn.SiLU(), nn.Linear(5, 4), nn.LogSoftmax(-1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


class Pictures(nn.Module):
    """Groups, strides, dilation, every kind of pooling, batch normalisation at rest, residuals."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.norm.running_mean.uniform_(-1, 1)
        self.norm.running_var.uniform_(0.5, 2)
        self.groups = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=4)
        self.dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        x = F.hardswish(self.norm(self.stem(x)))
        x = F.max_pool2d(x, 3, 2, 1) + F.leaky_relu(self.groups(x), 0.1)
        x = x + F.avg_pool2d(self.dilated(x), 3, 1, 1)
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))


class Decoder(nn.Module):
    """Upsampling by every means."""

    def __init__(self):
        super().__init__()
        self.transposed = nn.ConvTranspose2d(4, 8, 3, 2, 1, output_padding=1)
        self.group = nn.GroupNorm(2, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.last = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        x = F.mish(self.group(self.transposed(x)))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.last(F.pad(self.instance(x), (1, 0, 0, 2)))
        x = F.interpolate(x, size=(9, 7), mode="bilinear", align_corners=False)
        x = F.interpolate(x, size=(6, 8), mode="bilinear", align_corners=True)
        return F.pixel_shuffle(x, 2)


class Encoder(nn.Module):
    """Two layers of attention over embedded words, with a padding mask."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(12, 8)
        self.places = parameter(5, 8)
        self.qkv = nn.ModuleList(nn.Linear(8, 24) for _ in range(2))
        self.out = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(8) for _ in range(4))
        self.wide = nn.ModuleList(nn.Linear(8, 16) for _ in range(2))
        self.narrow = nn.ModuleList(nn.Linear(16, 8) for _ in range(2))
        self.head = nn.Linear(8, 3)

    def forward(self, ids, mask):
        x = self.words(ids) + self.places
        hidden = ((1.0 - mask) * -1e4)[:, None, None, :]
        for i in range(2):
            q, k, v = self.qkv[i](x).reshape(x.shape[0], 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
            scores = q @ k.transpose(-1, -2) / 2 + hidden
            mixed = torch.einsum("bhqk,bhkd->bhqd", scores.softmax(-1), v)
            x = self.norms[2 * i](x + self.out[i](mixed.transpose(1, 2).flatten(2)))
            x = self.norms[2 * i + 1](x + self.narrow[i](F.gelu(self.wide[i](x))))
        return self.head(torch.tanh(x[:, 0]))


class Causal(nn.Module):
    """Attention to what came before, with root mean square normalisation and gates."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.scale = parameter(8)
        self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))
        self.gate, self.up = (nn.Linear(8, 12, bias=False) for _ in range(2))
        self.down = nn.Linear(12, 8, bias=False)

    def forward(self, ids):
        x = self.embedding(ids)
        n = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.scale
        scores = self.q(n) @ self.k(n).transpose(1, 2)
        mask = torch.tril(torch.ones(6, 6)) == 0
        x = x + scores.masked_fill(mask, -1e4).softmax(-1) @ self.v(n)
        x = x + self.down(F.silu(self.gate(x)) * self.up(x))
        return x @ self.embedding.weight.t()


class Functions(nn.Module):
    """One after another everything that works element by element."""

    def __init__(self):
        super().__init__()
        self.slope = parameter(4)

    def forward(self, x):
        p = x.abs() + 0.5
        parts = [
            x.sin(), x.cos(), x.exp(), p.log(), p.sqrt(), p.reciprocal(), p.pow(1.7), x.pow(3),
            x.tanh(), x.sigmoid(), F.softplus(x), F.softsign(x), F.elu(x, 0.7), F.selu(x),
            F.celu(x, 0.8), F.hardsigmoid(x), F.hardswish(x), F.relu(x), F.leaky_relu(x, 0.2),
            F.prelu(x, self.slope), F.gelu(x, approximate="tanh"), x.erf(), x.clamp(-0.4, 0.6),
            torch.where(x > 0.1, x * 2, x / 3), torch.maximum(x, -p), torch.minimum(x, p * x),
            (x / 3).asin(), (x / 3).acos(), x.atan(), (x / 2).tan(), -x,
            x.abs(), x - p, F.hardshrink(x, 0.2),
        ]  # fmt: skip
        return torch.stack(parts, 1)


class Places(nn.Module):
    """Everything that moves, takes or sums elements."""

    def forward(self, x, index):
        a, b = x.split([2, 4], 2)
        parts = [
            x.sum(1), x.mean((1, 2)), x.amax(2), x.amin(1), x.logsumexp(2), x.norm(dim=1),
            x.prod(2), x.cumsum(1), x.gather(2, index), x.topk(3, 2).values, x[:, 1], x[:, ::2],
            x[:, :, index[0, 0]], x.flip(1), x.repeat(1, 2, 1), a.expand(2, 4, 2), b.transpose(1, 2),
            x.narrow(2, 1, 3), x.abs().sum(1), x.tril(), x.triu(1), x.unsqueeze(0).squeeze(0),
            torch.zeros(2, 4, 6).scatter_add(2, index, x[:, :, :4]), F.normalize(x, dim=-1),
            torch.einsum("bij,bkj->bik", x, x), x.softmax(1), F.pad(x, (1, 2)), x.chunk(2, 1)[1],
        ]  # fmt: skip
        return torch.cat([part.flatten() for part in parts])


class Recurrent(nn.Module):
    """An LSTM in both directions, a GRU and a simple cell."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 3, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(6, 3, batch_first=True, num_layers=2)
        self.rnn = nn.RNN(3, 3, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        states, (last, _) = self.lstm(x)
        states, _ = self.gru(states)
        states, _ = self.rnn(states)
        return self.head(torch.cat([states[:, -1], last[0]], 1))


def uniform(*shape):
    return torch.rand(*shape) * 2 - 1


def networks():
    """Name, network, inputs by name, operator set."""
    ids = torch.randint(0, 10, (2, 6))
    yield "perceptron", Perceptron(), {"x": uniform(3, 6)}, 17
    yield "perceptron-9", Perceptron(), {"x": uniform(3, 6)}, 9
    yield "pictures", Pictures(), {"x": uniform(2, 3, 8, 8)}, 13
    yield "decoder", Decoder(), {"x": uniform(2, 4, 4, 3)}, 18
    words = {"ids": torch.randint(0, 12, (2, 5)), "mask": torch.tensor([[1.0] * 5, [1, 1, 1, 0, 0]])}
    yield "encoder", Encoder(), words, 14
    yield "causal", Causal(), {"ids": ids}, 17
    yield "functions", Functions(), {"x": uniform(3, 4)}, 18
    index = torch.stack([torch.stack([torch.randperm(6)[:4] for _ in range(4)]) for _ in range(2)])
    yield "places", Places(), {"x": uniform(2, 4, 6), "index": index}, 18
    yield "recurrent", Recurrent(), {"x": uniform(2, 5, 4)}, 17


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, network, inputs, opset in networks():
        torch.manual_seed(1)
        network.eval()
        with torch.no_grad():  # the exporter would store equal parameters once
            for value in network.parameters():
                if value.dim() == 1:
                    value.uniform_(0.5, 1.5)
        values = tuple(inputs.values())
        torch.onnx.export(
            network, values, str(out / f"{name}.onnx"), dynamo=False, opset_version=opset,
            do_constant_folding=False, input_names=list(inputs), output_names=["output"],
            training=torch.onnx.TrainingMode.PRESERVE,
        )  # fmt: skip
        leaves = {k: v.requires_grad_() for k, v in inputs.items() if v.is_floating_point()}
        output = network(*inputs.values())
        weights = torch.cos(torch.arange(output.numel()).float()).reshape(output.shape)
        (output * weights).sum().backward()
        leaves |= dict(network.named_parameters())
        arrays = {f"input {k}": v.detach().numpy() for k, v in inputs.items()}
        arrays |= {f"gradient {k}": v.grad.numpy() for k, v in leaves.items()}
        np.savez(out / f"{name}.npz", **arrays)


torch.manual_seed(0)
main()
