"""Calls the handler once, as Lambda would."""
import importlib.util
import sys

missing = [name for name in ("boto3", "urllib3") if importlib.util.find_spec(name) is None]
if missing:
    sys.exit(f"Not installed: {', '.join(missing)}. Run: pip install -r requirements.txt")

from handler import handler  # noqa: E402

print(handler({}, None))
