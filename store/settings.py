"""Every setting of the service, read once from the environment (prefix `TRAINSHED_`)."""

from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """One value for each `TRAINSHED_<NAME>` variable."""

    model_config = SettingsConfigDict(env_prefix="TRAINSHED_", env_ignore_empty=True, frozen=True)

    home: Path = Field(
        Path(".trainshed"), description="Folder that holds everything: jobs, models, data, Redis."
    )
    host: str = Field(
        "127.0.0.1", description="Address the API listens on. Anything but loopback needs API_KEYS."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port of the API; 0 picks a free one.")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Comma-separated keys, 16 characters or more; clients send one as `Authorization: Bearer`.",
    )
    redis_url: str | None = Field(
        None, description="A Redis to use; unset, a private one is started inside HOME."
    )
    lease_seconds: float = Field(15.0, ge=1, description="A worker silent for this long has lost its job.")
    max_attempts: int = Field(3, ge=1, description="A job that crashes its trainer this often is failed.")
    cancel_grace_seconds: float = Field(
        1.5, ge=0, description="A cancelled trainer may save a checkpoint for this long; then it is killed."
    )
    max_memory_gib: float | None = Field(
        None, gt=0, description="Refuse specs that need more memory to train; unset, the workers' own memory."
    )
    max_image_megapixels: float = Field(25.0, gt=0, description="Larger uploaded images are refused unread.")
    max_upload_mib: float = Field(32.0, gt=0, description="Largest request body, but for data sets.")
    max_dataset_gib: float = Field(64.0, gt=0, description="Largest upload of a data set.")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(key.strip() for key in value.split(",") if key.strip()) if isinstance(value, str) else value
        )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _secure(self) -> "Settings":
        if any(len(key.get_secret_value()) < 16 for key in self.api_keys):
            raise ValueError("TRAINSHED_API_KEYS: each key needs 16 characters or more")
        if not self.api_keys and not _is_loopback(self.host):
            raise ValueError(
                f"TRAINSHED_HOST={self.host} can be reached from other machines: set TRAINSHED_API_KEYS first "
                "(for example to the output of `openssl rand -hex 32`)"
            )
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def settings() -> Settings:
    """The process's settings; the environment is read at the first call only."""
    return Settings()
