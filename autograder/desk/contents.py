"""The files that JupyterLab reads in a student's folder: the start page is made anew whenever it is read, and not on the disk, for a
program that writes an open notebook's file makes JupyterLab ask which of two to keep."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from .start import START, freshen


class Contents(AsyncLargeFileManager):
    """JupyterLab's own files, with a fresh start page."""

    async def get(self, path: str, content: bool = True, *how: Any, **more: Any) -> dict[str, Any]:
        model = await super().get(path, content, *how, **more)
        if content and path.strip("/") == START and model["type"] == "notebook":
            await asyncio.to_thread(freshen, model["content"]["cells"], Path(self.root_dir))
        return model
