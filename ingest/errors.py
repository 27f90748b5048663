"""Why an upload is refused as a whole, as a tree. What is wrong with one entry only is a `Fault` of its source.

UploadError
├── NotAnArchive     nothing that can be opened
├── ArchiveDamaged   cut short, or it contradicts itself
├── EntryForbidden   an entry that no honest archive of pictures has: a link, a way out of the folder, a password
├── LimitExceeded    more entries or bytes than are taken, or it unpacks to suspiciously many
├── LayoutUnknown    it opens, and there is no data set in it that we know how to read
└── LabelsRefused    the classes are too few, too many, or not names
"""


class UploadError(Exception):
    """`code` is for programs, the message for people and names the entry, `hint` says what to do next."""

    code = "upload_error"
    hint = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint if hint is not None else type(self).hint


class NotAnArchive(UploadError):
    code = "not_an_archive"
    hint = "Send a .zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .npz or .parquet file."


class ArchiveDamaged(UploadError):
    code = "archive_damaged"
    hint = "Make the archive again, test it (unzip -t, tar -tf) and send it anew."


class EntryForbidden(UploadError):
    code = "entry_forbidden"
    hint = "Make the archive again without that entry."


class LimitExceeded(UploadError):
    code = "limit_exceeded"
    hint = "Send fewer or smaller pictures."


class LayoutUnknown(UploadError):
    code = "layout_unknown"


class LabelsRefused(UploadError):
    code = "labels_refused"
