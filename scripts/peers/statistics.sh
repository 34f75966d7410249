#!/usr/bin/env bash
# Writes the reference values of scikit-learn, SciPy, pycocotools and seqeval that the tests of src/evaluation compare with.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder="$PWD/.peers/statistics"
packages=(numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2 pycocotools==2.0.11 seqeval==1.2.2)

command -v python3 >/dev/null || { echo 'The reference values need Python 3: install it.' >&2; exit 3; }
if ! "$folder/bin/python" -c 'import sklearn, pycocotools, seqeval; assert sklearn.__version__ == "1.7.2"' 2>/dev/null; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
fi
"$folder/bin/python" scripts/peers/metrics.py __tests__/evaluation/fixtures/reference.json
"$folder/bin/python" scripts/peers/structured.py __tests__/evaluation/fixtures/structured.json
npx prettier --write --log-level warn __tests__/evaluation/fixtures/{reference,structured}.json
