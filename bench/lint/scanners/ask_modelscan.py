from modelscan.modelscan import ModelScan
from protocol import serve


def scan(path):
    found = ModelScan().scan(path)
    severities = {issue["severity"] for issue in found["issues"]}
    if found["errors"] or severities & {"CRITICAL", "HIGH"}:
        return "reject"
    return "warn" if severities else "ok"


serve(scan)
