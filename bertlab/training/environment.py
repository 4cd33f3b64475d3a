"""Settings that a process must be born with: how glibc keeps memory, and how OpenMP's threads wait.

At each step of training, large tensors come and go. glibc maps each again and gives it back, and the page faults can
cost as much as the arithmetic. Told to keep its memory, in huge pages, it does not.
"""

import os
import platform
import sys
from collections.abc import Mapping

SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": "8000000000",
    "MALLOC_TRIM_THRESHOLD_": "16000000000",
    "MALLOC_TOP_PAD_": "500000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
}


def missing_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that are not there yet; what is set already, to whatever value, stays as it is.

    Example: `missing_settings({"OMP_WAIT_POLICY": "ACTIVE"})` lacks that one alone.
    """
    return {name: value for name, value in SETTINGS.items() if name not in environment}


def start_anew(module: str) -> None:
    """Run the program once more with the settings, in the place of this process; return if it has them already.

    Only glibc reads them, so that elsewhere than on Linux there is nothing to do.

    Example: `start_anew("bertlab.training.pretrain")` as the first thing that a program does.
    """
    missing = missing_settings(os.environ)
    if missing and platform.libc_ver()[0] == "glibc":
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], {**os.environ, **missing})
