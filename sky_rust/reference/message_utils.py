"""The spec of the functions of `sky.utils.message_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import json
import re
from typing import Any

#: What stands around a payload, in one line: its type, which may be empty, and its content.
_PAYLOAD_PATTERN = re.compile(r"<sky-payload(.*?)>(.*?)</sky-payload>")


def decode_payload(payload_str: str, payload_type: str | None = None, raise_for_mismatch: bool = True) -> Any:
    """The value that is in a text as JSON between `<sky-payload>` and `</sky-payload>`, whatever is around it.

    Mirrors `sky.utils.message_utils.decode_payload` of SkyPilot 0.14.1. Earlier releases, from 0.10.0 on, raise for
    content that is no JSON, also where nothing else raises; and return the last payload's content where no payload has
    the type.

    Args:
        payload_str: the text.
        payload_type: the payload's type, which stands behind `<sky-payload`; None for the first payload of any type.
        raise_for_mismatch: whether a text without a payload of that type is an error.

    Returns:
        The value. Where nothing is raised for a mismatch: True and the value, or False and the text.

    Raises:
        ValueError: there is no payload of that type, and `raise_for_mismatch`; or its content is no JSON.
        TypeError: the text is no str.
    """
    payloads = _PAYLOAD_PATTERN.findall(payload_str)
    of_type = [content for kind, content in payloads if payload_type is None or payload_type == kind]
    if raise_for_mismatch:
        if not of_type:
            raise ValueError(f"Invalid payload string: \n{payload_str}")
        return json.loads(of_type[0])
    try:
        return (True, json.loads(of_type[0])) if of_type else (False, payload_str)
    except (ValueError, RecursionError):
        return False, payload_str
