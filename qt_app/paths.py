"""Where the files that travel with the package lie: inside a wheel, or at the top of a checkout."""
from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped_models() -> Path:
    """Folder of the model that is served when none is configured."""
    inside = PACKAGE / "models_onnx"
    return inside if inside.is_dir() else PACKAGE.parent / "models_onnx"
