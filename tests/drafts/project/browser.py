"""A page that follows the guide and knows nothing of this service but JSON and HTTP.

It keeps the id in its local storage, saves shortly after the last keystroke, treats 404 and 410 as
the end of a session, and otherwise checks only `response.ok`.
"""

import asyncio
from typing import Any

from aiohttp import ClientError, ClientSession

STORED_ID = "projectSessionId"


class Tab:
    """A browser tab; `local_storage` outlives it. `debounce` is in seconds."""

    def __init__(
        self,
        http: ClientSession,
        local_storage: dict[str, str],
        *,
        path: str = "/api/project-session",
        debounce: float = 0.05,
    ) -> None:
        self._http = http
        self._storage = local_storage
        self._path = path
        self._debounce = debounce
        self._timer: asyncio.Task[None] | None = None
        self._unsaved: dict[str, Any] = {}
        self.form: dict[str, Any] = {}
        self.step = 1
        self.completed: list[int] = []
        self.saves = 0
        self.page = "wizard"

    async def open(self) -> None:
        """Load the page: resume the stored session, or create another."""
        if (stored := self._storage.get(STORED_ID)) is not None:
            try:
                status, session = await self._call("GET", f"{self._path}/{stored}")
            except ClientError:
                return
            if status < 400:
                self.form = session["projectData"]
                self.step = session["currentStep"]
                self.completed = session["completedSteps"]
                return
            if status not in {404, 410}:
                return
            del self._storage[STORED_ID]
        status, created = await self._call("POST", self._path)
        assert status < 400, created
        self._storage[STORED_ID] = created["sessionId"]

    def type(self, field: str, value: Any) -> None:
        """Type into a field; the change is saved after a pause."""
        self.form[field] = value
        self._unsaved[field] = value
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.create_task(self._save_later())

    async def next(self) -> None:
        """Click "Next": validate the step and save."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait([self._timer])
        self.completed = [*self.completed, self.step]
        self.step += 1
        await self._save(currentStep=self.step, completedSteps=self.completed)

    async def valid(self) -> bool:
        """Whether this step is valid."""
        status, _ = await self._call(
            "POST",
            f"{self._path}/{self._storage[STORED_ID]}/validate",
            {"step": self.step, "data": self.form},
        )
        return status < 400

    async def saved(self) -> None:
        """Wait until all changes are saved."""
        if self._timer is not None:
            await self._timer

    async def submit(self) -> dict[str, Any]:
        """Click "Create project" and return the project."""
        session_id = self._storage[STORED_ID]
        sent = {**self.form, "sessionId": session_id}
        status, made = await self._call("POST", "/api/projects", sent)
        assert status < 400, made
        # The guide's page then deletes the session and ignores the result.
        await self._call("DELETE", f"{self._path}/{session_id}")
        del self._storage[STORED_ID]
        self.page = f"/api/projects/{made['project']['id']}"
        project: dict[str, Any] = made["project"]
        return project

    async def _save_later(self) -> None:
        await asyncio.sleep(self._debounce)
        await self._save()

    async def _save(self, **steps: Any) -> None:
        unsaved, self._unsaved = self._unsaved, {}
        sent = {"sessionId": self._storage[STORED_ID], "projectData": unsaved, **steps}
        try:
            status, _ = await self._call("PUT", self._path, sent)
        except asyncio.CancelledError:
            # A save that was cut off halfway is part of the next one.
            self._unsaved = {**unsaved, **self._unsaved}
            raise
        self.saves += status < 400

    async def _call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self._http.request(method, path, json=body) as response:
            return response.status, await response.json()
