"""Why a request gets no predictions, as a tree.

Refusal
├── BadRequest      the header makes no sense, or the folder lies outside the data folder
├── Busy            as much is in hand as can be answered soon
├── ClassUnknown    what is to be explained is no class of the model
├── ExportRefused   the model cannot be had in that format
├── ModelMissing    there is no finished model in the folder
├── ModelUnusable   there is one, but it cannot be loaded or its network fails
├── NoRoom          the disk is full
└── TooMuch         the answer would be too large for one frame
"""


class Refusal(Exception):
    """The message is for people; `code` goes to programs, over the socket."""

    code = "internal"


class BadRequest(Refusal):
    code = "bad_request"


class Busy(Refusal):
    code = "busy"


class ClassUnknown(Refusal):
    code = "class_unknown"


class ExportRefused(Refusal):
    code = "export_refused"


class ModelMissing(Refusal):
    code = "model_missing"


class ModelUnusable(Refusal):
    code = "model_unusable"


class NoRoom(Refusal):
    code = "disk_full"


class TooMuch(Refusal):
    code = "answer_too_large"
