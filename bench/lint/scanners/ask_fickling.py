import os
import zipfile

from fickling import scan_file, scan_zip_archive
from protocol import serve


def results(path):
    if os.path.isdir(path):
        for folder, _, names in os.walk(path):
            for name in names:
                yield from results(os.path.join(folder, name))
    elif zipfile.is_zipfile(path):
        yield from scan_zip_archive(path, graceful=True).values()
    else:
        yield scan_file(path, graceful=True)


def scan(path):
    return "ok" if all(results(path)) else "reject"


serve(scan)
