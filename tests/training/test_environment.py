import os
import subprocess
import sys

from bertlab.training.environment import SETTINGS, missing_settings

PROGRAM = """
import os, sys
from bertlab.training.environment import start_anew
start_anew("program")
print(*sys.argv[1:], os.environ.get("MALLOC_TOP_PAD_"), os.environ["OMP_WAIT_POLICY"])
"""


def test_what_is_set_already_stays():
    assert missing_settings({}) == SETTINGS
    assert "OMP_WAIT_POLICY" not in missing_settings({"OMP_WAIT_POLICY": "ACTIVE"})


def test_a_program_starts_itself_anew_with_the_settings_and_its_arguments(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    without = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment = {**without, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}", "OMP_WAIT_POLICY": "ACTIVE"}
    command = [sys.executable, "-m", "program", "--out", "runs/x"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    top_pad = SETTINGS["MALLOC_TOP_PAD_"] if sys.platform == "linux" else None
    assert ran.stdout == f"--out runs/x {top_pad} ACTIVE\n"
