from modelaudit.core import scan_model_directory_or_file
from protocol import serve


def scan(path):
    found = scan_model_directory_or_file(path)
    severities = {issue.severity.value for issue in found.issues}
    if not found.success or "critical" in severities:
        return "reject"
    return "warn" if "warning" in severities else "ok"


serve(scan)
