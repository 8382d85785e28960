"""What groups of parameters have in common: types of values, and one line for each error."""

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from next_song.errors import InputError

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LEAST_MEMORY = 128_000_000  # bytes that DuckDB needs to read
BYTES = TypeAdapter(ByteSize)


class Parameters(BaseModel):
    """A group of parameters, which cannot be changed. Unknown keys are rejected.

    Values are of the type that they are declared with, since nodes also read them as they were
    given: 10.0, "10" and true are not a whole number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Validates as pydantic does, but raises InputError with all errors in one line."""
        try:
            return super().model_validate(obj, **kwargs)
        except ValidationError as error:
            raise InputError("; ".join(_one_line(found) for found in error.errors())) from None


def _one_line(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "values"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: found {error['input']!r}; {message[:1].lower()}{message[1:]}"


class DuckDB(Parameters):
    """How much memory DuckDB may use; the names are DuckDB's.

    memory_limit: what a process holds before it spills to files. temp_directory: the folder for
    these files; null is the system's temporary folder.
    """

    memory_limit: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")]
    temp_directory: str | None

    @field_validator("memory_limit")
    @classmethod
    def _is_enough(cls, given: str) -> str:
        if BYTES.validate_python(given) < LEAST_MEMORY:
            raise ValueError(f"expected at least {LEAST_MEMORY // 10**6}MB, which DuckDB needs")
        return given
