"""What a run writes down beside its weights: the recipe that made it and the curve that it followed."""

import json
from pathlib import Path
from typing import Any


class Journal:
    """`recipe.json` and `log.jsonl` in the folder of a run."""

    def __init__(self, folder: Path):
        self.recipe_file, self.log_file = folder / "recipe.json", folder / "log.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, command: str, **circumstances: object) -> None:
        """Note how the run was started; a run resumed with another command keeps both, in order.

        Example: `journal.begin("python -m ...", device="cpu", processes=1)`
        """
        commands = self.recipe()["commands"] if self.recipe_file.exists() else []
        if command not in commands:
            commands.append(command)
        self.recipe_file.write_text(json.dumps({"commands": commands, **circumstances}, indent=1) + "\n")

    def recipe(self) -> dict[str, Any]:
        """What `begin` wrote."""
        return json.loads(self.recipe_file.read_text())

    def log(self, **figures: int | float | None) -> None:
        """Append one line to four decimals or digits, e.g. `{"step": 100, "minutes": 0.68, "lr": 0.0005}`."""
        rounded = {name: float(f"{x:.4g}") if isinstance(x, float) else x for name, x in figures.items()}
        with open(self.log_file, "a") as log:
            log.write(json.dumps(rounded) + "\n")

    def lines(self) -> list[dict[str, int | float]]:
        """All that was logged, oldest first."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()] if self.log_file.exists() else []

    def rewind(self, step: int) -> None:
        """Forget what was logged after `step`: a resumed run is going to log it again."""
        kept = [json.dumps(line) + "\n" for line in self.lines() if line["step"] <= step]
        self.log_file.write_text("".join(kept))
