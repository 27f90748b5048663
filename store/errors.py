"""What the store refuses, as a tree.

StoreError
├── Unknown
│   ├── JobMissing         there is no job of that id
│   ├── AliasUnknown       there is no alias of that name
│   ├── DatasetUnknown     there is no data set of that id, or of that name and version
│   ├── PredictionUnknown  there is no prediction of that id
│   ├── SampleMissing      the data set, or the job, has no such picture
│   └── UploadMissing      there is no upload of that id
├── InUse                  jobs under way need it
├── Named                  an alias means its model
├── MoveRefused            the job's state does not allow what was asked
├── UploadBusy             somebody else is sending to it
├── UploadUnfinished       some of its bytes are still to come
├── WrongOffset            it does not go on from there
├── IdempotencyConflict    the key was used for another submission
└── LeaseLost              another worker holds the job, or nobody does
"""


class StoreError(Exception):
    """What was asked of the store cannot be done; the message is for people."""


class Unknown(StoreError):
    what = ""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no {self.what} {name}")


class JobMissing(Unknown):
    what = "job"


class AliasUnknown(Unknown):
    what = "alias"


class DatasetUnknown(Unknown):
    what = "data set"


class PredictionUnknown(Unknown):
    what = "prediction"


class SampleMissing(Unknown):
    what = "picture"


class UploadMissing(Unknown):
    what = "upload"


class InUse(StoreError):
    def __init__(self, name: str, users: list[str]) -> None:
        shown = ", ".join(users[:5]) + (f" and {len(users) - 5} more" if len(users) > 5 else "")
        super().__init__(f"{name} is needed by {shown}: cancel that first, or let it end")
        self.users = users


class Named(StoreError):
    def __init__(self, job_id: str, aliases: list[str]) -> None:
        shown = ", ".join(aliases)
        super().__init__(f"the model of {job_id} is what {shown} means: move or delete that alias first")
        self.aliases = aliases


class MoveRefused(StoreError):
    def __init__(self, job_id: str, event: str, state: str) -> None:
        super().__init__(f"{job_id} is {state}: it cannot {event} now")
        self.state = state


class IdempotencyConflict(StoreError):
    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another body before: use a new key for a new job")


class LeaseLost(StoreError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"{job_id} is not held under this token any more")


class UploadBusy(StoreError):
    def __init__(self, upload_id: str) -> None:
        super().__init__(f"somebody is sending to {upload_id} now")


class UploadUnfinished(StoreError):
    def __init__(self, upload_id: str, offset: int, length: int) -> None:
        super().__init__(f"{upload_id} has {offset} of its {length} bytes: send the rest first")


class WrongOffset(StoreError):
    def __init__(self, upload_id: str, offset: int) -> None:
        super().__init__(f"{upload_id} goes on at byte {offset}")
        self.offset = offset
