"""Write operators.json: results of PyTorch that the tests compare with where PyTorch is not installed.

Run `python tests/vectors/make.py` in an environment that has torch and numpy. Values are small integers,
so that every version of PyTorch writes the same file.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).with_name("operators.json")


def cases(count: int, seed: int) -> list[dict[str, Any]]:
    """Return random parameters, with sizes that PyTorch may or may not accept."""
    rng = random.Random(seed)

    def pair(low: int, high: int) -> list[int]:
        return [rng.randint(low, high) for _ in range(2)]

    made = []
    for _ in range(count):
        stride, dilation = pair(1, 3), pair(1, 3)
        made.append(
            {
                "images": rng.randint(1, 2),
                "size": pair(1, 7),
                "kernel": [rng.randint(1, 3), rng.randint(1, 3), *pair(1, 4)],
                "stride": stride,
                "padding": pair(0, 4),
                "dilation": dilation,
                "output_padding": [
                    rng.randint(0, max(sides) - 1) for sides in zip(stride, dilation, strict=True)
                ],
            }
        )
    return made


def arrays(case: dict[str, Any], operator: str) -> tuple[list[Any], list[Any]]:
    """Return the images and the kernel of a case as nested lists of integers from -4 to 4."""
    c_out, c_in = case["kernel"][:2]
    channels = c_in if operator == "conv2d" else c_out
    return _values(case["images"], channels, *case["size"]), _values(*case["kernel"])


def options(case: dict[str, Any], operator: str) -> dict[str, tuple[int, int]]:
    """Return the keyword arguments that the operator takes."""
    names = ["stride", "padding", "dilation"] + (["output_padding"] if operator != "conv2d" else [])
    return {name: tuple(case[name]) for name in names}


def result(case: dict[str, Any], operator: str) -> Any:
    """Return what PyTorch makes of the case, or None where it refuses."""
    import torch
    from torch.nn import functional

    images, kernel = (torch.tensor(array, dtype=torch.float64) for array in arrays(case, operator))
    try:
        return getattr(functional, operator)(images, kernel, **options(case, operator)).long().tolist()
    except RuntimeError:
        return None


def _values(*shape: int) -> list[Any]:
    numbers = iter(range(1_000_000))

    def nested(sizes: tuple[int, ...]) -> Any:
        if not sizes:
            return (next(numbers) * 7 + 5) % 23 % 9 - 4
        return [nested(sizes[1:]) for _ in range(sizes[0])]

    return nested(shape)


def main() -> None:
    """Write one line for each case."""
    lines = []
    for case in cases(60, seed=20160323):
        found = {operator: result(case, operator) for operator in ("conv2d", "conv_transpose2d")}
        lines.append(json.dumps(case | found, separators=(",", ":")))
    VECTORS.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
