from picklescan.scanner import scan_directory_path, scan_file_path
from protocol import serve
import os


def scan(path):
    result = scan_directory_path(path) if os.path.isdir(path) else scan_file_path(path)
    if result.issues_count > 0 or result.scan_err:
        return "reject"
    return "ok"


serve(scan)
