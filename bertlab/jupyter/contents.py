"""Reads notebooks for JupyterLab, and leaves out widgets that somebody else saved.

A saved widget of anywidget's kind carries its JavaScript with it, in the notebook's metadata, and JupyterLab restores
saved widgets when it opens a notebook, also one that it does not trust: to open it would be to run a stranger's code.
"""

import os
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class SafeWidgets(AsyncLargeFileManager):
    """JupyterLab's usual manager of files, except that only notebooks trusted on this machine keep saved widgets.

    Example: `ServerApp.contents_manager_class = "bertlab.jupyter.contents.SafeWidgets"`

    A notebook is trusted once its cells were run and it was saved here. Another shows its widgets after they are run.
    """

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Look at the signature of a notebook that is being read."""
        if not self.notary.check_signature(nb):
            nb.metadata.pop("widgets", None)
        super().mark_trusted_cells(nb, path)

    def check_and_sign(self, nb: Any, path: str = "", **others: Any) -> None:
        """Sign a notebook that is being saved, unless it comes from outside: then its widgets are left out first.

        A notebook without outputs counts as trusted when it is saved, and so does one that is only being uploaded.
        """
        if not os.path.exists(self._get_os_path(path)):
            nb.metadata.pop("widgets", None)
        super().check_and_sign(nb, path, **others)
