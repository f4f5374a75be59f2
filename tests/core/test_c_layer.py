"""The C headers as a plain C program sees them, under every compiler and sanitizer that is here."""
from pathlib import Path

import pytest
from c import build

pytestmark = pytest.mark.native


@pytest.mark.parametrize("sanitize", ["address,undefined", "thread"])
@pytest.mark.parametrize("name", build.TESTS)
def test_c_program_passes_under_sanitizers(name: str, sanitize: str, tmp_path: Path) -> None:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    assert build.run(build.program(name, tmp_path, "gcc", sanitize))


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["clang", build.MINGW])
@pytest.mark.parametrize("name", build.TESTS)
def test_other_compilers_take_it_without_a_warning(name: str, compiler: str, tmp_path: Path) -> None:
    if not build.have(compiler):
        pytest.skip(f"no {compiler} here")
    assert build.program(name, tmp_path, compiler).stat().st_size > 0
