"""Well-known architectures as PyTorch modules with random weights, and inputs for them.

The convolutional networks have their full depth and width, but see small images; the transformers have few layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Sizes = dict[str, dict[int, str]]
Made = tuple[nn.Module, dict[str, Tensor], list[str], Sizes]
"""A module, its inputs by name, the names of its outputs, and the dimensions that are left open."""


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape)


class ConvNorm(nn.Sequential):
    """A convolution, batch normalisation and an activation."""

    def __init__(self, inputs: int, outputs: int, window: int = 1, stride: int = 1, groups: int = 1, act: Any = None) -> None:
        conv = nn.Conv2d(inputs, outputs, window, stride, window // 2, groups=groups, bias=False)
        norm = nn.BatchNorm2d(outputs)
        nn.init.uniform_(norm.running_var, 0.5, 1.5)
        nn.init.normal_(norm.running_mean, std=0.1)
        nn.init.normal_(norm.bias, std=0.1)
        super().__init__(conv, norm, act() if act else nn.Identity())


class Excitation(nn.Module):
    """Channels scaled by what their averages say."""

    def __init__(self, channels: int, squeezed: int, act: Any, gate: Any) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), act(), nn.Conv2d(squeezed, channels, 1), gate()
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.layers(x)


class InvertedResidual(nn.Module):
    """A wide depthwise convolution between two narrow ends."""

    def __init__(self, inputs: int, wide: int, outputs: int, window: int, stride: int, act: Any, excitation: Any = None) -> None:
        super().__init__()
        layers = [ConvNorm(inputs, wide, act=act)] if wide != inputs else []
        layers.append(ConvNorm(wide, wide, window, stride, wide, act))
        layers += [excitation(wide)] if excitation else []
        self.layers = nn.Sequential(*layers, ConvNorm(wide, outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.adds else self.layers(x)


class Classifier(nn.Module):
    """Features, their averages, and the scores of a thousand classes."""

    def __init__(self, features: list[nn.Module], width: int, act: Any = None, hidden: int = 0) -> None:
        super().__init__()
        head = [nn.Linear(width, hidden), act(), nn.Linear(hidden, 1000)] if hidden else [nn.Linear(width, 1000)]
        self.layers = nn.Sequential(*features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image)


def image(size: int) -> tuple[dict[str, Tensor], list[str], Sizes]:
    return {"image": normal(1, 3, size, size)}, ["scores"], {"image": {0: "batch"}}


def mobilenet_v3() -> Made:
    """MobileNetV3, the small one."""

    def excitation(channels: int) -> nn.Module:
        return Excitation(channels, max(8, (channels // 4 + 4) // 8 * 8), nn.ReLU, nn.Hardsigmoid)

    layers: list[nn.Module] = [ConvNorm(3, 16, 3, 2, act=nn.Hardswish)]
    inputs = 16
    for window, wide, outputs, excited, act, stride in (
        (3, 16, 16, True, nn.ReLU, 2), (3, 72, 24, False, nn.ReLU, 2), (3, 88, 24, False, nn.ReLU, 1),
        (5, 96, 40, True, nn.Hardswish, 2), (5, 240, 40, True, nn.Hardswish, 1), (5, 240, 40, True, nn.Hardswish, 1),
        (5, 120, 48, True, nn.Hardswish, 1), (5, 144, 48, True, nn.Hardswish, 1), (5, 288, 96, True, nn.Hardswish, 2),
        (5, 576, 96, True, nn.Hardswish, 1), (5, 576, 96, True, nn.Hardswish, 1),
    ):  # fmt: skip
        layers.append(InvertedResidual(inputs, wide, outputs, window, stride, act, excitation if excited else None))
        inputs = outputs
    layers.append(ConvNorm(96, 576, act=nn.Hardswish))
    return Classifier(layers, 576, nn.Hardswish, 1024), *image(64)


def efficientnet_b0() -> Made:
    layers: list[nn.Module] = [ConvNorm(3, 32, 3, 2, act=nn.SiLU)]
    inputs = 32
    for expansion, outputs, count, stride, window in (
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
    ):  # fmt: skip
        for block in range(count):

            def excitation(channels: int, narrow: int = inputs) -> nn.Module:
                return Excitation(channels, narrow // 4, nn.SiLU, nn.Sigmoid)

            first = stride if block == 0 else 1
            layers.append(InvertedResidual(inputs, inputs * expansion, outputs, window, first, nn.SiLU, excitation))
            inputs = outputs
    layers.append(ConvNorm(320, 1280, act=nn.SiLU))
    return Classifier(layers, 1280), *image(64)


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvNorm(inputs, width, act=nn.ReLU), ConvNorm(width, width, 3, stride, act=nn.ReLU), ConvNorm(width, 4 * width)
        )
        self.beside = ConvNorm(inputs, 4 * width, 1, stride) if inputs != 4 * width else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.layers(x) + self.beside(x))


def resnet50() -> Made:
    layers: list[nn.Module] = [ConvNorm(3, 64, 7, 2, act=nn.ReLU), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, count in enumerate((3, 4, 6, 3)):
        for block in range(count):
            layers.append(Bottleneck(inputs, 64 * 2**stage, 2 if stage and not block else 1))
            inputs = 256 * 2**stage
    return Classifier(layers, 2048), *image(64)


class Attention(nn.Module):
    """Attention of many heads, to oneself or to a context."""

    def __init__(self, width: int, heads: int, context: int = 0) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.query = nn.Linear(width, width)
        self.key, self.value = (nn.Linear(context or width, width) for _ in range(2))
        self.out = nn.Linear(width, width)

    def apart(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], -1, self.heads, self.size).transpose(1, 2)

    def forward(self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        context = x if context is None else context
        query, key, value = self.apart(self.query(x)), self.apart(self.key(context)), self.apart(self.value(context))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        return self.out(mixed.transpose(1, 2).reshape(x.shape[0], -1, self.heads * self.size))


class Layer(nn.Module):
    """A layer of a transformer, normalised first; with a context, attention across to that too."""

    def __init__(self, width: int, heads: int, across: bool = False) -> None:
        super().__init__()
        self.attention, self.across = Attention(width, heads), Attention(width, heads) if across else None
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.wide = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        x = x + self.attention(self.norms[0](x), None, mask, causal)
        if self.across is not None:
            x = x + self.across(self.norms[1](x), context)
        return x + self.wide(self.norms[2](x))


class VisionTransformer(nn.Module):
    def __init__(self, width: int = 192, heads: int = 3, depth: int = 4, patches: int = 16) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, 16, 16)
        self.token, self.place = nn.Parameter(normal(1, 1, width)), nn.Parameter(normal(1, patches + 1, width))
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1000)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patch(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


def vit_tiny() -> Made:
    return VisionTransformer(), *image(64)


class Bert(nn.Module):
    def __init__(self, words: int = 500, width: int = 128, heads: int = 2, depth: int = 2) -> None:
        super().__init__()
        self.words, self.kinds, self.places = nn.Embedding(words, width), nn.Embedding(2, width), nn.Embedding(64, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        self.pooler = nn.Linear(width, width)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        places = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        x = self.norm(self.words(input_ids) + self.kinds(token_type_ids) + self.places(places))
        mask = (1.0 - attention_mask[:, None, None].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            x = layer(x, None, mask)
        return x, torch.tanh(self.pooler(x[:, 0]))


def bert_tiny() -> Made:
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    inputs = {"input_ids": torch.randint(0, 500, (2, 7)), "attention_mask": mask, "token_type_ids": torch.zeros(2, 7, dtype=torch.int64)}
    return Bert(), inputs, ["states", "pooled"], {name: {0: "batch", 1: "sequence"} for name in inputs}


class Whisper(nn.Module):
    """An encoder of a spectrogram, and a step of a decoder that attends to it."""

    def __init__(self, bands: int = 16, width: int = 64, heads: int = 2, words: int = 200) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(bands, width, 3, padding=1), nn.Conv1d(width, width, 3, 2, 1)
        self.heard, self.said = nn.Parameter(normal(20, width)), nn.Parameter(normal(32, width))
        self.words = nn.Embedding(words, width)
        self.encoder = nn.ModuleList(Layer(width, heads) for _ in range(2))
        self.decoder = nn.ModuleList(Layer(width, heads, across=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))

    def forward(self, features: Tensor, tokens: Tensor) -> Tensor:
        x = functional.gelu(self.second(functional.gelu(self.first(features)))).transpose(1, 2) + self.heard
        for layer in self.encoder:
            x = layer(x)
        encoded = self.norms[0](x)
        y = self.words(tokens) + self.said[: tokens.shape[1]]
        for layer in self.decoder:
            y = layer(y, encoded, causal=True)
        return self.norms[1](y) @ self.words.weight.T


def whisper() -> Made:
    return Whisper(), {"features": normal(1, 16, 40), "tokens": torch.tensor([[3, 1, 4, 1]])}, ["logits"], {"tokens": {1: "steps"}}


class RmsNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(width) + 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class LlamaBlock(nn.Module):
    """A layer of a decoder: rotary positions, queries that share keys, a cache that comes in and goes out longer."""

    def __init__(self, width: int = 64, heads: int = 4, shared: int = 2) -> None:
        super().__init__()
        self.heads, self.shared, self.size = heads, shared, width // heads
        self.query, self.out = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.key, self.value = (nn.Linear(width, shared * self.size, bias=False) for _ in range(2))
        self.gate, self.up = (nn.Linear(width, 3 * width, bias=False) for _ in range(2))
        self.down = nn.Linear(3 * width, width, bias=False)
        self.norms = nn.ModuleList(RmsNorm(width) for _ in range(2))
        self.register_buffer("rates", 1 / 10000 ** (torch.arange(0, self.size, 2) / self.size))

    def rotated(self, x: Tensor, angles: Tensor) -> Tensor:
        left, right = x.chunk(2, -1)
        return x * angles.cos() + torch.cat([-right, left], -1) * angles.sin()

    def forward(self, x: Tensor, position: Tensor, past_key: Tensor, past_value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        batch, steps, _ = x.shape
        y = self.norms[0](x)
        query = self.query(y).view(batch, steps, self.heads, self.size).transpose(1, 2)
        key, value = (layer(y).view(batch, steps, self.shared, self.size).transpose(1, 2) for layer in (self.key, self.value))
        angles = position[:, None, :, None].float() * self.rates
        angles = torch.cat([angles, angles], -1)
        query, key = self.rotated(query, angles), self.rotated(key, angles)
        key, value = torch.cat([past_key, key], 2), torch.cat([past_value, value], 2)
        wide_key, wide_value = (c.repeat_interleave(self.heads // self.shared, 1) for c in (key, value))
        past = torch.arange(key.shape[2])[None, :] <= torch.arange(past_key.shape[2], key.shape[2])[:, None]
        mixed = functional.scaled_dot_product_attention(query, wide_key, wide_value, attn_mask=past)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, steps, -1))
        y = self.norms[1](x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y)), key, value


def llama() -> Made:
    cache = {f"past_{name}": normal(1, 2, 6, 16) for name in ("key", "value")}
    inputs = {"x": normal(1, 2, 64), "position": torch.tensor([[6, 7]]), **cache}
    sizes = {"x": {1: "steps"}, "position": {1: "steps"}, "past_key": {2: "past"}, "past_value": {2: "past"}}
    return LlamaBlock(), inputs, ["y", "key", "value"], sizes


class Residual(nn.Module):
    """A residual block of a U-Net that is told the time."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norms = nn.ModuleList([nn.GroupNorm(8, inputs), nn.GroupNorm(8, outputs)])
        self.time = nn.Linear(64, outputs)
        self.beside = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        y = self.first(functional.silu(self.norms[0](x))) + self.time(functional.silu(time))[:, :, None, None]
        return self.beside(x) + self.second(functional.silu(self.norms[1](y)))


class UNet(nn.Module):
    """Down, attention to a text, and up again beside what was kept."""

    def __init__(self, width: int = 32, text: int = 24) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(32, 64), nn.SiLU(), nn.Linear(64, 64))
        self.enter, self.leave = nn.Conv2d(4, width, 3, padding=1), nn.Conv2d(width, 4, 3, padding=1)
        self.down, self.up = nn.Conv2d(width, width, 3, 2, 1), nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.blocks = nn.ModuleList([Residual(width, width), Residual(width, 2 * width), Residual(3 * width, width)])
        self.norm, self.norms = nn.GroupNorm(8, 2 * width), nn.ModuleList(nn.LayerNorm(2 * width) for _ in range(3))
        self.own, self.across = Attention(2 * width, 4), Attention(2 * width, 4, text)
        self.gated, self.out = nn.Linear(2 * width, 16 * width), nn.Linear(8 * width, 2 * width)

    def mixed(self, x: Tensor, text: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        y = self.norm(x).permute(0, 2, 3, 1).reshape(batch, height * width, channels)
        y = y + self.own(self.norms[0](y))
        y = y + self.across(self.norms[1](y), text)
        value, gate = self.gated(self.norms[2](y)).chunk(2, -1)
        y = y + self.out(value * functional.gelu(gate))
        return x + y.reshape(batch, height, width, channels).permute(0, 3, 1, 2)

    def forward(self, sample: Tensor, time: Tensor, text: Tensor) -> Tensor:
        rates = torch.exp(-9.21 * torch.arange(16) / 16)
        angles = time[:, None].float() * rates
        told = self.time(torch.cat([angles.cos(), angles.sin()], -1))
        kept = self.blocks[0](self.enter(sample), told)
        x = self.mixed(self.blocks[1](self.down(kept), told), text)
        x = self.up(functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.leave(functional.silu(self.blocks[2](torch.cat([x, kept], 1), told)))


def unet() -> Made:
    inputs = {"sample": normal(1, 4, 16, 16), "time": torch.tensor([37]), "text": normal(1, 5, 24)}
    return UNet(), inputs, ["noise"], {"sample": {0: "batch"}}


ARCHITECTURES: dict[str, Callable[[], Made]] = {
    function.__name__: function for function in (mobilenet_v3, resnet50, efficientnet_b0, vit_tiny, bert_tiny, whisper, llama, unet)
}
