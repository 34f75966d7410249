import onnx
from protocol import serve


def scan(path):
    try:
        onnx.checker.check_model(path)
    except onnx.checker.ValidationError:
        return "reject"
    return "ok"


serve(scan)
