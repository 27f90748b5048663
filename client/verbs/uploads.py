"""The verbs of uploads that are not complete. `upload_dataset` and `predict_files` make and fill them."""

from client.connection.sending import TUS
from client.errors import Misunderstood
from client.records.server import UploadLimits
from client.verbs.place import place
from client.verbs.verbs import Verbs


class UploadVerbs(Verbs):
    def upload_limits(self) -> UploadLimits:
        headers = self._server.send("OPTIONS", "/uploads", headers=TUS).headers
        if "tus-version" not in headers:
            raise Misunderstood(f"{self._server.url} does not say what of tus it speaks")
        size = headers.get("tus-max-size", "")
        return UploadLimits(
            version=headers["tus-version"],
            extensions=tuple(headers.get("tus-extension", "").split(",")),
            max_size=int(size) if size.isdecimal() else None,
        )

    def delete_upload(self, upload_id: str) -> None:
        """What has arrived of it is forgotten. Raises Conflict while bytes of it arrive."""
        self._server.send("DELETE", place("uploads", upload_id), headers=TUS, patience=0)
