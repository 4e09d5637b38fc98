"""Small PyTorch modules of the common kinds, with inputs: what the packages beside this file were converted from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional


class ResidualCnn(nn.Module):
    """Convolutions with batch normalisation, a residual, pools and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.block = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
        )
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.stem(x))
        x = functional.relu(x + self.block(x))
        return functional.log_softmax(self.head(functional.adaptive_avg_pool2d(x, 1).flatten(1)), dim=-1)


class DepthwiseCnn(nn.Module):
    """Inverted residuals: pointwise and depthwise convolutions, hard swish and squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.widen = nn.Sequential(nn.Conv2d(4, 16, 1), nn.BatchNorm2d(16), nn.Hardswish())
        self.depthwise = nn.Sequential(nn.Conv2d(16, 16, 5, padding=4, dilation=2, groups=16), nn.BatchNorm2d(16), nn.ReLU6())
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 16, 1), nn.Hardsigmoid())
        self.narrow = nn.Conv2d(16, 4, 1)
        self.pool = nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = self.depthwise(self.widen(x))
        return self.pool(x + self.narrow(wide * self.squeeze(wide)))


class TransformerEncoder(nn.Module):
    """Embedded tokens, one encoder layer with attention, a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.position = nn.Parameter(torch.randn(6, 16) * 0.1)
        self.query_key_value, self.out = nn.Linear(16, 48), nn.Linear(16, 16)
        self.first, self.second = nn.LayerNorm(16), nn.LayerNorm(16)
        self.feed = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding(tokens) + self.position
        q, k, v = (t.reshape(1, 6, 4, 4).transpose(1, 2) for t in self.query_key_value(self.first(x)).chunk(3, dim=-1))
        attended = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, 6, 16)
        x = x + self.out(attended)
        return x + self.feed(self.second(x))


class LstmNetwork(nn.Module):
    """A bidirectional lstm of two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 6, num_layers=2, bidirectional=True)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        out, (hidden, cell) = self.lstm(x)
        return out, hidden, cell


class GruNetwork(nn.Module):
    """A gru, whose last state is projected."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(5, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        out, hidden = self.gru(x)
        return out, self.head(hidden)


class UNetBlock(nn.Module):
    """Down and up again: group normalisation, strided and transposed convolutions, upsampling, a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU())
        self.down = nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.GroupNorm(4, 16), nn.SiLU())
        self.up = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)
        self.leave = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        entered = self.enter(x)
        up = self.up(self.down(entered))
        joined = torch.cat([entered, up], dim=1)
        larger = functional.interpolate(joined, scale_factor=2, mode="bilinear", align_corners=False)
        return functional.interpolate(self.leave(larger), scale_factor=2, mode="nearest")


MODULES: dict[str, tuple[Callable[[], nn.Module], Callable[[], Any]]] = {
    "residual_cnn": (ResidualCnn, lambda: torch.randn(1, 3, 19, 19)),
    "depthwise_cnn": (DepthwiseCnn, lambda: torch.randn(1, 4, 10, 9)),
    "transformer_encoder": (TransformerEncoder, lambda: torch.randint(0, 20, (1, 6), dtype=torch.int32)),
    "lstm": (LstmNetwork, lambda: torch.randn(7, 2, 5)),
    "gru": (GruNetwork, lambda: torch.randn(7, 2, 5)),
    "unet_block": (UNetBlock, lambda: torch.randn(1, 3, 8, 8)),
}
"""Each module, and an input for it."""


def made(name: str) -> tuple[nn.Module, torch.Tensor]:
    """A module and its input, the same every time; running statistics are not those of an untrained network."""
    module, given = MODULES[name]
    torch.manual_seed(sum(name.encode()))
    network = module().eval()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2)  # type: ignore[union-attr, operator]
            part.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr, operator]
            nn.init.normal_(part.weight, 1, 0.2)
            nn.init.normal_(part.bias, 0, 0.2)
    return network, given()
